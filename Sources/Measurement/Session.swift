import Counters
import Quantities
import Randomness

/// Runs the forks of a plan, one after the other, and hands over each record as it comes.
public struct Session {
    /// What a session tells its observer.
    public enum Event {
        /// A fork is about to run.
        case started(Schedule.Turn, of: PlannedWorkload, done: Int, total: Int)
        /// A fork gave its record.
        case finished(Schedule.Turn, ForkRecord)
        /// A fork gave none.
        case failed(Schedule.Turn, reason: String)
        /// A fork was not run because the budget was spent.
        case skipped(Schedule.Turn)
        /// A fork that gave its record goes into no figure.
        case setAside(TurnQueue.SetAside)
    }

    /// How a session ended.
    public enum Ending: String, Codable, Sendable {
        /// Every fork had its turn, or was skipped for the budget.
        case complete
        /// The caller asked to stop.
        case interrupted
    }

    /// The plan.
    public let plan: [PlannedWorkload]
    let seed: Seed
    let processingUnits: [Int]
    let directory: ForkRequest.MeasuredPath
    let budget: Nanoseconds?
    let counters: [CounterName]
    let process: ForkProcess

    /// A session of `plan`.
    ///
    /// - Parameters:
    ///   - processingUnits: where the forks' threads are bound, the measuring thread first.
    ///   - directory: where storage workloads write.
    ///   - budget: forks that would start after it are skipped; each workload runs at least once.
    ///   - counters: what to count beside the figures.
    ///   - process: runs a fork.
    public init(
        _ plan: [PlannedWorkload], seed: Seed, processingUnits: [Int],
        directory: ForkRequest.MeasuredPath,
        budget: Nanoseconds?, counters: [CounterName] = [], process: ForkProcess
    ) {
        self.plan = plan
        self.seed = seed
        self.processingUnits = processingUnits
        self.directory = directory
        self.budget = budget
        self.counters = counters
        self.process = process
    }

    /// Runs every fork; `observe` is called from the calling thread. A fork that fails does not
    /// end the session; one that was disturbed is repeated as ``TurnQueue`` has it, if its time
    /// fits into the budget.
    public func run(
        shouldStop: () -> Bool, observe: (Event) throws -> Void
    ) rethrows -> Ending {
        var queue = TurnQueue(plan, seed: seed)
        let start = TickClock.monotonicRaw()
        while let turn = queue.next() {
            if shouldStop() { return .interrupted }
            let planned = plan[turn.workload]
            let elapsed = Double(TickClock.monotonicRaw() - start)
            if queue.isRepeat(turn) {
                if let budget, elapsed + planned.time > budget.rawValue { continue }
            } else if turn.fork > 0, let budget, elapsed > budget.rawValue {
                try observe(.skipped(turn))
                continue
            }
            try observe(
                .started(turn, of: planned, done: queue.taken - 1, total: queue.total))
            let result = Result { try process.run(request(turn, planned), shouldStop: shouldStop) }
            switch result {
            case .success(let record):
                try observe(.finished(turn, record))
                if let aside = queue.finished(turn, causes: record.disturbances) {
                    try observe(.setAside(aside))
                }
            case .failure(ForkProcess.Failure.stopped): return .interrupted
            case .failure(let error): try observe(.failed(turn, reason: "\(error)"))
            }
        }
        return .complete
    }

    private func request(_ turn: Schedule.Turn, _ planned: PlannedWorkload) -> ForkRequest {
        ForkRequest(
            fork: turn.fork, of: planned, seed: seed, processingUnits: processingUnits,
            directory: directory, counters: counters)
    }
}
