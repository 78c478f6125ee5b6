import Randomness

/// The forks still to run: those of the schedule, then repeats of those that were disturbed.
///
/// Whether a fork is repeated is settled by what happened to it, never by what it measured, so
/// that repeating does not choose among figures. A repeat runs after all planned forks, when what
/// disturbed the machine may have passed. If the repeat is calm it takes the fork's place; if it was
/// disturbed too the fork keeps its place and its mark. What gives way stays on file, set aside. At
/// most half of a workload's forks are repeated, each once.
public struct TurnQueue: Sendable {
    /// A fork whose samples go into no figure.
    public struct SetAside: Hashable, Sendable {
        /// The fork.
        public let turn: Schedule.Turn
        /// Why, in words.
        public let reason: String
    }

    private var turns: [Schedule.Turn]
    private var position = 0
    private var repeatsLeft: [Int]
    private var nextFork: [Int]
    /// By the repeat: the fork that it repeats, and what disturbed that.
    private var repeated: [Schedule.Turn: (of: Schedule.Turn, causes: [String])] = [:]

    /// The forks of `plan`, in the order drawn from the seed.
    public init(_ plan: [PlannedWorkload], seed: Seed) {
        turns = Schedule(plan, seed: seed).turns
        repeatsLeft = plan.map { ($0.forks + 1) / 2 }
        nextFork = plan.map(\.forks)
    }

    /// How many forks were taken from the queue.
    public var taken: Int { position }
    /// How many forks there are, repeats that are known by now among them.
    public var total: Int { turns.count }

    /// Whether `turn` repeats another fork.
    public func isRepeat(_ turn: Schedule.Turn) -> Bool { repeated[turn] != nil }

    /// The next fork; `nil` when all had their turn.
    public mutating func next() -> Schedule.Turn? {
        guard position < turns.count else { return nil }
        defer { position += 1 }
        return turns[position]
    }

    /// Takes note that `turn` gave a record, disturbed by `causes`: may queue a repeat, and gives
    /// the fork that is set aside because of it.
    public mutating func finished(_ turn: Schedule.Turn, causes: [String]) -> SetAside? {
        if let original = repeated[turn] {
            let noise = { (causes: [String]) in ForkNoise.doubt + causes.joined(separator: ", ") }
            return causes.isEmpty
                ? SetAside(
                    turn: original.of,
                    reason: "\(noise(original.causes)); fork \(turn.fork) took its place")
                : SetAside(
                    turn: turn, reason: "\(noise(causes)); it repeated fork \(original.of.fork)")
        }
        guard !causes.isEmpty, repeatsLeft[turn.workload] > 0 else { return nil }
        repeatsLeft[turn.workload] -= 1
        let again = Schedule.Turn(workload: turn.workload, fork: nextFork[turn.workload])
        nextFork[turn.workload] += 1
        repeated[again] = (of: turn, causes: causes)
        turns.append(again)
        return nil
    }
}
