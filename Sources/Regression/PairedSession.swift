import Counters
import Measurement
import Quantities
import Randomness

/// Runs the forks of two builds in pairs, on the same cores, with the same seeds.
///
/// Pairs come in the order of a `TurnQueue`: all first pairs shuffled, then all second ones. The two
/// processes of a pair live at the same time and take turns, round by round (see `ProcessTurns`), so
/// that what happens to the machine happens to both; benchmarks without rounds run one after the
/// other. Base and new go first by turns (A B, B A, …). A pair in which either fork was disturbed is
/// measured again as a whole, and what gives way is set aside on both sides.
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
        /// How often base and new handed over to each other in a pair that both finished.
        case handedOver(Schedule.Turn, base: Int, new: Int)
        /// A pair goes into no figure.
        case setAside(TurnQueue.SetAside)
    }

    private let plan: [PlannedWorkload]
    private let seed: Seed
    private let processingUnits: [Int]
    private let directory: ForkRequest.MeasuredPath
    private let counters: [CounterName]
    private let processes: [ForkProcess]
    private let turns: ProcessTurns

    /// A session of `plan`.
    ///
    /// - Parameters:
    ///   - processingUnits: where the forks' threads are bound, the measuring thread first.
    ///   - directory: where storage workloads write.
    ///   - counters: what to count beside the figures.
    ///   - base: runs forks of the build that is the standard.
    ///   - new: runs forks of the build that is judged; with a scratch directory of its own.
    ///   - turns: those that the two processes of a pair take.
    public init(
        _ plan: [PlannedWorkload], seed: Seed, processingUnits: [Int],
        directory: ForkRequest.MeasuredPath, counters: [CounterName] = [], base: ForkProcess,
        new: ForkProcess, turns: ProcessTurns
    ) {
        self.plan = plan
        self.seed = seed
        self.processingUnits = processingUnits
        self.directory = directory
        self.counters = counters
        processes = [base, new]
        self.turns = turns
    }

    /// The order of a pair: base first in even pairs, new first in odd ones.
    static func order(of turn: Schedule.Turn) -> [Side] {
        turn.fork.isMultiple(of: 2) ? [.base, .new] : [.new, .base]
    }

    /// Runs every pair; `observe` is called from the calling thread. A pair that is interrupted goes
    /// nowhere.
    public func run(
        shouldStop: () -> Bool, observe: (Event) throws -> Void
    ) rethrows -> Session.Ending {
        var queue = TurnQueue(plan, seed: seed)
        while let turn = queue.next() {
            if shouldStop() { return .interrupted }
            let order = PairedSession.order(of: turn)
            for side in order {
                try observe(.started(side, turn, done: queue.taken - 1, total: queue.total))
            }
            let results = ForkPair(processes, turns, request(turn), first: order[0].rawValue)
                .run(shouldStop: shouldStop)
            let isStopped = results.contains {
                if case .failure(ForkProcess.Failure.stopped) = $0 { true } else { false }
            }
            if isStopped { return .interrupted }
            var causes: [String] = []
            var given = 0
            for side in order {
                switch results[side.rawValue] {
                case .success(let record):
                    try observe(.finished(side, turn, record))
                    given += 1
                    causes += record.disturbances.filter { !causes.contains($0) }
                case .failure(let error): try observe(.failed(side, turn, reason: "\(error)"))
                }
            }
            // A repeat of a pair that failed would fail again; one that was disturbed may not be.
            guard given == PairedSession.Side.allCases.count else { continue }
            try observe(
                .handedOver(
                    turn, base: turns.rounds(of: Side.base.rawValue),
                    new: turns.rounds(of: Side.new.rawValue)))
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
