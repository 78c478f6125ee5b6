import Counters
import Measurement
import Quantities
import Randomness

/// Runs the forks of two builds in turns, on the same cores, with the same seeds.
///
/// Pairs come in the order of a `TurnQueue`: all first pairs shuffled, then all second ones. Within a
/// pair base and new go first by turns (A B, B A, …), so that neither always follows the other. A
/// pair in which either fork was disturbed is measured again as a whole, and what gives way is set aside
/// on both sides.
public struct PairedSession {
    /// Which build.
    public enum Side: Int, CaseIterable, Sendable {
        /// The build that is the standard.
        case base
        /// The build that is judged.
        case new
    }

    /// What a session tells its observer.
    public enum Event {
        /// A fork is about to run.
        case started(Side, Schedule.Turn, done: Int, total: Int)
        /// A fork gave its record.
        case finished(Side, Schedule.Turn, ForkRecord)
        /// A fork gave none.
        case failed(Side, Schedule.Turn, reason: String)
        /// A pair goes into no figure.
        case setAside(TurnQueue.SetAside)
    }

    private let plan: [PlannedWorkload]
    private let seed: Seed
    private let processingUnits: [Int]
    private let directory: ForkRequest.MeasuredPath
    private let counters: [CounterName]
    private let processes: [ForkProcess]

    /// A session of `plan`.
    ///
    /// - Parameters:
    ///   - processingUnits: where the forks' threads are bound, the measuring thread first.
    ///   - directory: where storage workloads write.
    ///   - counters: what to count beside the figures.
    ///   - base: runs forks of the build that is the standard.
    ///   - new: runs forks of the build that is judged.
    public init(
        _ plan: [PlannedWorkload], seed: Seed, processingUnits: [Int],
        directory: ForkRequest.MeasuredPath, counters: [CounterName] = [], base: ForkProcess,
        new: ForkProcess
    ) {
        self.plan = plan
        self.seed = seed
        self.processingUnits = processingUnits
        self.directory = directory
        self.counters = counters
        processes = [base, new]
    }

    /// The order of a pair: base first in even pairs, new first in odd ones.
    static func order(of turn: Schedule.Turn) -> [Side] {
        turn.fork.isMultiple(of: 2) ? [.base, .new] : [.new, .base]
    }

    /// Runs every pair; `observe` is called from the calling thread.
    public func run(
        shouldStop: () -> Bool, observe: (Event) throws -> Void
    ) rethrows -> Session.Ending {
        var queue = TurnQueue(plan, seed: seed)
        while let turn = queue.next() {
            var causes: [String] = []
            var given = 0
            for side in PairedSession.order(of: turn) {
                if shouldStop() { return .interrupted }
                try observe(.started(side, turn, done: queue.taken - 1, total: queue.total))
                let result = Result {
                    try processes[side.rawValue].run(request(turn), shouldStop: shouldStop)
                }
                switch result {
                case .success(let record):
                    try observe(.finished(side, turn, record))
                    given += 1
                    causes += record.disturbances.filter { !causes.contains($0) }
                case .failure(ForkProcess.Failure.stopped): return .interrupted
                case .failure(let error): try observe(.failed(side, turn, reason: "\(error)"))
                }
            }
            // A repeat of a pair that failed would fail again; one that was disturbed may not be.
            guard given == PairedSession.Side.allCases.count else { continue }
            if let aside = queue.finished(turn, causes: causes) { try observe(.setAside(aside)) }
        }
        return .complete
    }

    private func request(_ turn: Schedule.Turn) -> ForkRequest {
        ForkRequest(
            fork: turn.fork, of: plan[turn.workload], seed: seed, processingUnits: processingUnits,
            directory: directory, counters: counters)
    }
}
