import Quantities
import Randomness

/// One workload under one set of resolved parameters and one profile: what a fork measures.
public struct PlannedWorkload: Codable, Hashable, Sendable {
    /// The workload's name; figures carry it.
    public let workload: String
    /// The benchmark that measures it.
    public let benchmark: String
    /// Every parameter of the benchmark with its value.
    public let parameters: ParameterSet
    /// The profile that gave the values that the workload left open.
    public let profile: String
    /// How many fresh processes measure it.
    public let forks: Int
    /// How long each of them measures, in nanoseconds.
    public var time: Double
    /// The commands that it measures; `nil` for every benchmark but `command`.
    public var commands: MeasuredCommands?

    /// A planned workload.
    public init(
        workload: String, benchmark: String, parameters: ParameterSet, profile: String,
        forks: Int, time: Nanoseconds, commands: MeasuredCommands? = nil
    ) {
        precondition(forks > 0, "a workload needs at least one fork, got \(forks)")
        self.workload = workload
        self.benchmark = benchmark
        self.parameters = parameters
        self.profile = profile
        self.forks = forks
        self.time = time.rawValue
        self.commands = commands
    }
}

/// The order in which forks run.
public struct Schedule: Sendable {
    /// One fork of one planned workload.
    public struct Turn: Hashable, Sendable {
        /// Index of the planned workload.
        public let workload: Int
        /// Which fork of it, from 0.
        public let fork: Int

        /// A turn.
        public init(workload: Int, fork: Int) {
            self.workload = workload
            self.fork = fork
        }
    }

    /// The turns in order.
    public let turns: [Turn]

    /// All first forks in an order drawn from the seed, then all second ones in another: a run
    /// that is cut short has something of everything, and no workload always follows the same one.
    public init(_ plan: [PlannedWorkload], seed: Seed) {
        var generator = seed.derived(for: "schedule").generator()
        var turns: [Turn] = []
        for fork in 0..<(plan.map(\.forks).max() ?? 0) {
            let present = plan.indices.filter { plan[$0].forks > fork }
            turns += present.shuffled(by: &generator).map { Turn(workload: $0, fork: fork) }
        }
        self.turns = turns
    }
}
