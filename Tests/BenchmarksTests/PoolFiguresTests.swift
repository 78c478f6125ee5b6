import Hardware
import Measurement
import Randomness
import SharedNothing
import Synchronization
import Testing

@testable import Benchmarks

/// What the figures of pools count: each is given something that it has to find.
@Suite struct PoolFiguresTests {
    /// Workers that share one processing unit, so that they come to their messages late.
    private func configuration(workers: Int) throws -> PoolConfiguration {
        var configuration = try PoolConfiguration(profile: .testing)
        configuration.workers = workers
        configuration.capacity = 256
        configuration.waitStrategy = .spinThenPark
        configuration.pinning = .core
        configuration.allowsOversubscription = true
        configuration.cores = configuration.cores?.prefix(1).map { core in
            var core = core
            core.pus = [core.pus.indexes[0]]
            return core
        }
        return configuration
    }

    @Test func `a fault strikes the worker that it is meant for, and no other`() throws {
        for seed in 0..<20 {
            let fault = Fault()
            let pool = try WorkerPool(
                FaultyWorker(fault: fault), configuration(workers: 4),
                policy: SupervisionRestart.policy(Seed(UInt64(seed))))
            let isolation = try FaultIsolation(of: pool, failingBy: fault, messages: 100)
            #expect(isolation == FaultIsolation(affected: 0, lost: 0))
        }
    }

    @Test func `a worker that dies with another, or forgets, is affected`() {
        struct Died: Error {}
        let found = FaultIsolation(
            crash: { throw Died() }, messages: 10,
            others: [{ throw Died() }, { 1 }, { nil }, { 11 }], each: 11)
        #expect(found == FaultIsolation(affected: 3, lost: 10))
    }

    @Test func `what takes longer than its neighbours does fewer operations a turn`() throws {
        var runs = 0
        let turns = FewerOperations(SingleOperations(LoopBody { _ in runs += 1 }), by: 5)
        #expect(try turns.turn(operations: 20, clock: TickClock()).count == 4)
        #expect(runs == 4)
        #expect(turns.performed(of: 20) == 4 && turns.performed(of: 2) == 1)
    }

    /// A worker whose `start` hands out what all of them share.
    private struct SharingWorker: Worker {
        /// @unchecked Sendable: it is not, which is to be found; nobody writes to it.
        private final class Shared: @unchecked Sendable {
            let ledger = Ledger()
        }

        private let shared = Shared()

        func start(_ context: borrowing WorkerContext<LedgerMessage, WorkerHoldings?>) -> Ledger {
            shared.ledger
        }

        func handle(
            _ message: LedgerMessage, _ ledger: inout Ledger,
            _ context: borrowing WorkerContext<LedgerMessage, WorkerHoldings?>
        ) -> WorkerHoldings? { ledger.holdings }
    }

    @Test func `a state that workers share is found, with what it owns`() throws {
        let pool = try WorkerPool(SharingWorker(), configuration(workers: 3))
        let holdings = try WorkerHoldings.ofWorkers(of: pool, after: 0)
        try pool.stop(within: .seconds(10))
        #expect(holdings.count == 3)
        #expect(WorkerHoldings.shared(among: holdings) == 2)
    }

    @Test func `states of workers of their own are not shared`() throws {
        let pool = try WorkerPool(LedgerWorker(), configuration(workers: 3))
        let holdings = try WorkerHoldings.ofWorkers(of: pool, after: 500)
        try pool.stop(within: .seconds(10))
        #expect(holdings.map(\.threads) == [1, 1, 1])
        #expect(WorkerHoldings.shared(among: holdings) == 0)
        let touched = WorkerHoldings(places: [1, 2], threads: 2, isLocal: nil)
        #expect(WorkerHoldings.shared(among: [touched]) == 1)
    }

    @Test func `turns of one sender are even, also where most inboxes are full`() throws {
        let configuration = try configuration(workers: 4)
        #expect(try PoolPartitions.differenceOfTurns(configuration, messages: 1001) == 1)
        #expect(try PoolPartitions.differenceOfTurns(configuration, messages: 1000) == 0)
    }

    @Test func `a rule is obeyed, and one that says something else each time is not`() throws {
        let configuration = try configuration(workers: 4)
        #expect(
            try PoolPartitions.obeying(PoolPartitions.gappedRule, configuration, keys: 140) == 140)
        let calls = Calls()
        let fickle = try PoolPartitions.obeying(
            { _, count in calls.number.wrappingAdd(1, ordering: .relaxed).newValue % count },
            configuration, keys: 50)
        #expect(fickle == 0)
    }

    private final class Calls: Sendable {
        let number = Atomic(0)
    }

    @Test func `a route that is refused fails instead of waiting for ever`() throws {
        var configuration = try configuration(workers: 2)
        configuration.partitioning = .custom(CustomPartitioner { _, count in count })
        let route = try Route(configuration, keys: [UInt64](repeating: 7, count: 1 << 16))
        #expect(throws: SendFailure<UInt64>.self) { try route.body.run(iterations: 3) }
    }

    @Test func `workers of a route sleep between its windows`() throws {
        let route = try Route(
            configuration(workers: 2), keys: [UInt64](repeating: 7, count: 1 << 16))
        for iterations in [1, 1000] {
            try route.body.run(iterations: iterations)
            #expect(route.pool.vitals.allSatisfy { $0.read().phase == .paused })
        }
        // Those that were sent, and a question to each worker after either window.
        #expect(route.pool.statistics.reduce(0) { $0 + $1.handled } == 1001 + 4)
        try route.pool.stop(within: .seconds(10))
    }

    @Test func `a phase tells what followed its step from what nothing called for`() {
        func phase(_ changes: [(at: UInt64, workers: Int)]) -> LoadPhase {
            LoadPhase(
                isHigh: true, begin: 1000, end: 2000, workersAtEnd: changes.last?.workers ?? 1,
                changes: changes.map { .init(at: $0.at, workers: $0.workers) },
                marks: (UInt64(0)...10).map {
                    LoadPhase.Mark(at: 1000 + 100 * $0, handled: 7 + 5 * $0)
                })
        }
        let settled = phase([(1100, 2), (1400, 3)])
        #expect(settled.follow == 400)
        #expect(settled.lateChanges.isEmpty)
        // Five messages in each tenth of a microsecond, wherever the ends lie between two marks.
        #expect(settled.throughput(from: settled.middle, to: settled.end) == 5e7)
        #expect(settled.throughput(from: 1001, to: 1399) == 5e7)
        #expect(settled.throughput(from: 1001, to: 1101) == nil)
        let restless = phase([(1100, 2), (1500, 3), (1900, 2)])
        #expect(restless.follow == 100)
        #expect(restless.lateChanges.map(\.workers) == [3, 2])
        #expect(phase([]).follow == nil)
    }

    @Test func `a turn is held against the wake-up of its own round`() {
        func turn(_ round: Int, _ latency: Double) -> RoundTripTurn {
            var turn = RoundTripTurn(latency: latency, singles: [])
            turn.round = round
            return turn
        }
        let least = [turn(0, 10), turn(2, 20)]
        #expect(
            PoolRoundTrip.ratios(of: [turn(2, 30), turn(0, 20), turn(1, 5)], to: least) == [1.5, 2])
        #expect(PoolRoundTrip.ratios(of: least, to: []) == [])
    }

    @Test func `what workers add is told in throughputs of the first`() {
        #expect(PoolScaling.added(by: 2, together: 100, alone: 100) == 1)
        #expect(PoolScaling.added(by: 2, together: 200, alone: 100) == 0)
        #expect(PoolScaling.added(by: 5, together: 100, alone: 60) == 0.5)
    }
}
