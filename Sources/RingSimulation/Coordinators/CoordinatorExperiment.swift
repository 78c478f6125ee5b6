public import Randomness
public import ShenRing
public import Simulation
public import StateMachines

/// A system of coordinators and clients under an open load, to measure rather than to break: latencies,
/// fail-over, the share of time-outs that were wrong, and how often timestamps contradict real time.
public struct CoordinatorExperiment: Sendable {
    /// How many coordinators there are: 1 to the layout's machines.
    public var coordinators = 1_024
    /// How many clients ask them.
    public var clients = 64
    /// How many requests a second each client makes, at random times (exponential gaps between them).
    public var rate = 200.0
    /// How many timestamps each request is for.
    public var count: UInt64 = 1
    /// How long the load lasts; then what was asked for is waited for.
    public var duration = Span.seconds(5)
    /// The most that a wall clock is behind true time, or ahead of it, each node's its own.
    public var skew = Span.milliseconds(1)
    /// By how much clocks run fast or slow at most, as a share.
    public var drift = 1e-5
    /// After how long without an answer a client asks the next coordinator.
    public var timeout = Span.milliseconds(300)
    /// How many of a key's coordinators a client asks in turn.
    public var preferences = 3
    /// How many coordinators crash at a third of the time, and restart at two thirds.
    public var crashes = 0
    /// Whether coordinators and clients are cut into two halves from one third to two thirds of the time.
    public var isCut = false
    /// The network between all of them.
    public var network = NetworkConditions()
    /// What a sync of a coordinator's disk takes.
    public var disk = DiskConditions()
    /// What a message takes of a node's processor.
    public var costs = ProcessingCosts.none
    /// How timestamps are divided.
    public var layout = StampLayout.standard

    /// What came out.
    public struct Outcome: Sendable {
        /// Requests that were answered.
        public var answered = 0
        /// Identifiers in their answers.
        public var identifiers = 0
        /// Requests that nobody answered.
        public var failed = 0
        /// Identifiers that were given out twice: 0 unless something is broken.
        public var duplicates = 0
        /// Answers whose timestamps are not above one that was known before they were asked for.
        public var order: RealTimeOrder
        /// From asking to the answer, ascending.
        public var latencies: [Span] = []
        /// The same of requests whose coordinator was down or cut off when they were made, ascending.
        public var affected: [Span] = []
        /// For each client and each coordinator that crashed: from the first request for one of the
        /// coordinator's keys since the crash to the first answer to any such. Ascending.
        public var outages: [Span] = []
        /// Time-outs of clients.
        public var timeouts = 0
        /// Those among them of a coordinator that ran and was in reach all the time.
        public var wrongTimeouts = 0
        /// Requests made during the cut.
        public var madeInCut = 0
        /// Those of them that were answered during it.
        public var answeredInCut = 0
        /// Messages that were sent, by all.
        public var messages = 0
        /// How long it took by the simulator's clock.
        public var simulated = Span.zero
        /// The digest of the simulation's steps.
        public var trace: UInt64 = 0

        /// The latency that a share of the answers stayed within; nil without answers.
        public func latency(at share: Double) -> Span? {
            Outcome.quantile(share, of: latencies)
        }

        /// The smallest of ascending values that a share of them does not exceed; nil where there are none.
        public static func quantile(_ share: Double, of values: [Span]) -> Span? {
            guard !values.isEmpty else { return nil }
            let rank = Int((share * Double(values.count)).rounded(.up))
            return values[min(max(rank, 1), values.count) - 1]
        }
    }

    /// The defaults: 1 024 coordinators, nothing wrong.
    public init() {}

    /// Finds what cannot be run.
    public func validate() throws(CoordinatorError) {
        _ = try CoordinatorDirectory(
            of: (0..<coordinators).map(NodeID.init(place:)), layout: layout, virtualNodes: 1)
    }

    /// Runs it: equal settings and seeds give equal outcomes.
    ///
    /// - Precondition: the rate is positive; clients, count, preferences and duration too.
    /// - Throws: what `validate` finds.
    public func run(seed: Seed) throws(CoordinatorError) -> Outcome {
        precondition(
            clients >= 1 && rate > 0 && count >= 1 && preferences >= 1 && duration > .zero,
            "\(clients) clients, \(rate) requests a second for \(count), \(duration)")
        var trial = CoordinatorTrial(self, seed: seed, directory: try directory())
        return trial.run()
    }

    /// A run that is driven step by step.
    ///
    /// - Precondition: `validate` finds nothing wrong.
    func trial(seed: Seed) -> CoordinatorTrial {
        do throws(CoordinatorError) {
            return CoordinatorTrial(self, seed: seed, directory: try directory())
        } catch { preconditionFailure("\(error)") }
    }

    private func directory() throws(CoordinatorError) -> CoordinatorDirectory {
        // Fewer points where there are many: their spread is that of all together.
        try CoordinatorDirectory(
            of: (0..<coordinators).map(NodeID.init(place:)), layout: layout,
            virtualNodes: coordinators > 64 ? 40 : AnkhRing.defaultVirtualNodes)
    }
}
