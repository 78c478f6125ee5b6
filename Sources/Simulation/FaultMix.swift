public import StateMachines

/// What a random plan is made of: how dense faults are, which kinds, how long each lasts, and how many
/// nodes may be away at once.
///
/// Weights say how often a kind is drawn against the others; 0 leaves it out. Every fault has its end
/// within the plan, and after `end` nothing is wrong any more: every node runs, every link works, so that
/// a test can ask for progress then.
public struct FaultMix: Hashable, Sendable {
    /// The mean time between the beginnings of two faults; times between are exponential.
    public var interval: Span
    /// How long a fault lasts, from the least to the most.
    public var duration: ClosedRange<Span>
    /// The most nodes that are down, frozen, or without their disk at once.
    public var mostAway: Int
    /// Crashes whose disk keeps what was synced.
    public var crashes = 3.0
    /// Crashes with a torn tail.
    public var tornCrashes = 2.0
    /// Crashes after which the disk is empty. Most protocols promise nothing then: none by default.
    public var lostDisks = 0.0
    /// Freezes.
    public var freezes = 2.0
    /// Partitions into two groups, in halves or with one node apart.
    public var partitions = 2.0
    /// Partitions into two groups with a node in both.
    public var bridges = 1.0
    /// Links blocked one way.
    public var blocks = 2.0
    /// Times in which the network loses, doubles and delays.
    public var storms = 1.0
    /// Syncs that fail, once.
    public var failedSyncs = 1.0
    /// Disks that hang.
    public var stalls = 1.0
    /// Clocks that leap ahead, by up to the longest duration.
    public var clockJumps = 0.0

    /// Faults every `interval` on average that last `duration`, at most `mostAway` nodes away.
    public init(interval: Span, duration: ClosedRange<Span>, mostAway: Int) {
        self.interval = interval
        self.duration = duration
        self.mostAway = mostAway
    }

    /// Every kind with its weight, in the order in which they are drawn.
    var weights: [(kind: Kind, weight: Double)] {
        [
            (.crash, crashes), (.tornCrash, tornCrashes), (.lostDisk, lostDisks),
            (.freeze, freezes), (.partition, partitions), (.bridge, bridges), (.block, blocks),
            (.storm, storms), (.failedSync, failedSyncs), (.stall, stalls),
            (.clockJump, clockJumps),
        ]
    }

    /// A kind of fault that a plan has.
    enum Kind {
        case crash, tornCrash, lostDisk, freeze, partition, bridge, block, storm, failedSync, stall
        case clockJump

        /// How many nodes it takes.
        var nodes: Int {
            switch self {
            case .partition, .block: 2
            case .bridge: 3
            default: 1
            }
        }
    }

    /// Finds an interval of nothing, negative durations, counts and weights, and weights without end.
    public func validate() throws(SimulationProblem) {
        try SimulationProblem.check(
            interval, "the interval of faults", least: Span(nanoseconds: 1))
        try SimulationProblem.check(duration.lowerBound, "the least duration of faults")
        try SimulationProblem.check(duration.upperBound, "the longest duration of faults")
        try SimulationProblem.check(mostAway, "nodes that may be away", least: 0, most: .max)
        for (kind, weight) in weights where !(weight >= 0 && weight.isFinite) {
            throw .number("the weight of \(kind)", weight, expected: "a number from 0")
        }
    }
}
