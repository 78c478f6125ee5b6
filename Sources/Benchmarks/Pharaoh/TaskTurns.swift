import Foundation
import Measurement
import Storage
import Synchronization

/// Turns in which several tasks take values of one sequencer as fast as they get them, on the thread of an
/// executor: who goes on takes the next.
///
/// The tasks are made before the clock is read, and run after it, since they do so on the thread that makes them.
final class TaskTurns: TimedTurns {
    /// Takes a value.
    typealias Work = nonisolated(nonsending) @Sendable () async throws -> Void

    private let callers: Int
    private let executor: CommitExecutor
    private let work: Work

    /// Turns of `callers` tasks that prefer `executor`. Its thread, where this thread has started it, is bound as
    /// this one is: it syncs where a single caller would, and what a sync takes differs from core to core.
    init(callers: Int, on executor: CommitExecutor, _ work: @escaping Work) {
        precondition(callers > 0, "\(callers) callers")
        self.callers = callers
        self.executor = executor
        self.work = work
    }

    /// One value each at least.
    func performed(of operations: Int) -> Int { max(callers, operations) }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let turn = Turn(
            callers: callers, count: performed(of: operations), clock: clock, work: work)
        let isDone = DispatchSemaphore(value: 0)
        Task(executorPreference: executor) {
            await turn.run()
            isDone.signal()
        }
        isDone.wait()
        return try turn.times.get()
    }
}

/// One turn, and what it came to.
private final class Turn: Sendable {
    private let callers: Int
    private let count: Int
    private let clock: TickClock
    private let work: TaskTurns.Work
    private let left: Atomic<Int>
    private let outcome = Mutex<Result<[Double], any Error>>(.success([]))

    init(callers: Int, count: Int, clock: TickClock, work: @escaping TaskTurns.Work) {
        (self.callers, self.count, self.clock, self.work) = (callers, count, clock, work)
        left = Atomic(count)
    }

    var times: Result<[Double], any Error> { outcome.withLock { $0 } }

    func run() async {
        let result: Result<[Double], any Error>
        do {
            result = .success(callers == 1 ? try await alone() : [try await together()])
        } catch {
            result = .failure(error)
        }
        outcome.withLock { $0 = result }
    }

    /// The time for each value, when one caller takes them.
    private func alone() async throws -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(count)
        for _ in 0..<count {
            let start = clock.begin()
            try await work()
            times.append(clock.nanoseconds(from: start, to: clock.end()))
        }
        return times
    }

    /// The mean time for a value, when all callers take them.
    private func together() async throws -> Double {
        let elapsed = try await withThrowingTaskGroup { group in
            for _ in 0..<callers {
                group.addTask { [self] in
                    while takesOne() { try await work() }
                }
            }
            let start = clock.begin()
            try await group.waitForAll()
            return clock.nanoseconds(from: start, to: clock.end())
        }
        return elapsed / Double(count)
    }

    private func takesOne() -> Bool { left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0 }
}
