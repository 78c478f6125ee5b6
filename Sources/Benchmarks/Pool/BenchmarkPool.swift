import Hardware
import Measurement
import SharedNothing

/// Pools for the benchmarks: their workers on the processing units behind the measuring thread's.
enum BenchmarkPool {
    /// The wait strategies by the names that profiles give them.
    static let waitStrategies = Profile.WaitStrategy.allCases.map(\.rawValue)

    /// How workers wait.
    static func waitParameter(default value: Profile.WaitStrategy) -> ParameterSpecification {
        ParameterSpecification(
            "wait", "what workers and senders do while there is nothing to do or no room",
            .choice(waitStrategies), default: value.rawValue, profileField: "wait-strategy")
    }

    /// The `workers` parameter.
    static func workers(default count: Int) -> ParameterSpecification {
        ParameterSpecification(
            "workers", "workers of the pool, on the processing units that are left, in turns",
            .integer(1...1024), default: "\(count)")
    }

    /// The `capacity` parameter.
    static let capacity = ParameterSpecification(
        "capacity", "messages that an inbox holds", .integer(1...65_536), default: "1024",
        profileField: "ring-capacity")

    /// The `skew` parameter.
    static let skew = ParameterSpecification(
        "skew", "exponent of Zipf's law by which keys are drawn; 0 for evenly", .number(0...3),
        default: "0")

    /// The `contenders` parameter of a benchmark of partitioners.
    static func partitioners(_ names: [String]) -> ParameterSpecification {
        ParameterSpecification(
            "contenders", "partitioners that run side by side", .subset(of: names),
            default: names.joined(separator: ","))
    }

    /// A configuration for a fork's processing units: for those behind the measuring thread's, unless
    /// others are named.
    static func configuration(
        workers: Int, capacity: Int, wait: String, partitioning: Partitioning = .consistent,
        on chosen: [Int]? = nil, in context: ForkContext
    ) throws -> PoolConfiguration {
        guard let strategy = Profile.WaitStrategy(rawValue: wait) else {
            preconditionFailure("wait strategy '\(wait)' was accepted but does not exist")
        }
        var configuration = try unbound { try PoolConfiguration(profile: .testing) }
        let units = context.request.processingUnits
        let others = units.count > 1 ? Array(units.dropFirst()) : units
        configuration.workers = workers
        configuration.capacity = capacity
        configuration.waitStrategy = strategy
        configuration.pinning = .core
        configuration.cores = (chosen ?? others).compactMap { unit in
            guard var core = configuration.cores?.first(where: { $0.pus.contains(unit) })
            else { return nil }
            core.pus = [unit]
            return core
        }
        configuration.allowsOversubscription = true
        configuration.partitioning = partitioning
        return configuration
    }

    /// Examines the machine, for pools that are made of nothing but their worker: what the first of a
    /// process finds is kept.
    static func examineMachine() throws {
        _ = try unbound { try PoolConfiguration() }
    }

    /// What `body` gives where the calling thread may run wherever the process may: of a thread that is
    /// bound, as the measuring one is, the kernel says that the process has its hardware thread alone.
    static func unbound<Answer>(_ body: () throws -> Answer) throws -> Answer {
        let bound = try ThreadBinding.bindingOfCurrentThread()
        try ThreadBinding.bindCurrentThread(to: ThreadBinding.allowedPUs())
        let answer = Result { try body() }
        try ThreadBinding.bindCurrentThread(to: bound)
        return try answer.get()
    }

    /// Processor time that all threads of the process but the calling one have used, in nanoseconds.
    static func othersProcessorTime() -> Double {
        Double(ProcessorTime.ofProcess()) - Double(ProcessorTime.ofThread())
    }

    /// How long to wait for what does not fail to come.
    static let patience = Duration.seconds(60)
}

/// Adds up what it is sent, and answers with the sum.
struct SummingWorker: Worker {
    func start(_ context: borrowing WorkerContext<UInt64, UInt64>) -> UInt64 { 0 }

    func handle(
        _ number: UInt64, _ sum: inout UInt64, _ context: borrowing WorkerContext<UInt64, UInt64>
    ) -> UInt64 {
        sum &+= number
        return sum
    }
}
