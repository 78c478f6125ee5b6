import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// A thread that runs tasks, and between them commits what they wait for.
@Suite(.timeLimit(.minutes(5))) struct CommitExecutorTests {
    /// What a test has committed.
    private final class Work: Committable {
        let commits = Atomic(0)
        let thread = Atomic<UInt>(0)

        func commit() {
            // Long enough that tasks could go on for a while meanwhile.
            usleep(2_000)
            commits.add(1, ordering: .relaxed)
            thread.store(CommitExecutorTests.currentThread, ordering: .relaxed)
        }
    }

    private static var currentThread: UInt { UInt(pthread_self()) }

    @Test func `tasks that prefer it run on one thread, before and after they wait`() async throws {
        let executor = try CommitExecutor()
        let own = Self.currentThread
        let threads = await withTaskGroup(of: [UInt].self) { group in
            for _ in 0..<8 {
                group.addTask(executorPreference: executor) {
                    let before = Self.currentThread
                    await Task.yield()
                    return [before, Self.currentThread]
                }
            }
            return await group.reduce(into: Set<UInt>()) { $0.formUnion($1) }
        }
        #expect(threads.count == 1 && !threads.contains(own))
    }

    @Test func `what is asked for is committed by its thread, once for each request`() async throws
    {
        let executor = try CommitExecutor()
        let work = Work()
        for count in 1...3 {
            executor.request(work)
            await yield { work.commits.load(ordering: .relaxed) == count }
        }
        let thread = await Task(executorPreference: executor) { Self.currentThread }.value
        #expect(work.thread.load(ordering: .relaxed) == thread)
    }

    @Test func `a commit is made when all tasks have come, not when the first one has`()
        async throws
    {
        let executor = try CommitExecutor()
        let work = Work()
        let task = Task(executorPreference: executor) {
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        executor.request(work)
                        return work.commits.load(ordering: .relaxed)
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(await task.value == [0, 0, 0, 0, 0])
        await yield { work.commits.load(ordering: .relaxed) == 5 }
    }

    @Test func `tasks that never wait do not keep a commit from being made`() async throws {
        let executor = try CommitExecutor()
        let work = Work()
        let busy = Task(executorPreference: executor) {
            // The second one is kept for as long as the first one took, and no longer.
            while work.commits.load(ordering: .relaxed) < 2 { await Task.yield() }
        }
        for count in 1...2 {
            executor.request(work)
            await yield { work.commits.load(ordering: .relaxed) >= count }
        }
        await busy.value
        #expect(work.commits.load(ordering: .relaxed) == 2)
    }

    @Test func `a body is run by its thread, and its result or error comes back`() async throws {
        let executor = try CommitExecutor()
        let thread = await Task(executorPreference: executor) { Self.currentThread }.value
        #expect(await executor.perform { () throws(Never) in Self.currentThread } == thread)
        await #expect(throws: StorageError.closed(path: "x")) {
            try await executor.perform { () throws(StorageError) -> Int in
                throw .closed(path: "x")
            }
        }
    }

    @Test
    func `the thread ends with the last who holds the executor, also where that is its own task`()
        async throws
    {
        weak var loop: CommitLoop?
        do {
            let executor = try CommitExecutor()
            loop = executor.loop
            Task(executorPreference: executor) { await Task.yield() }
        }
        // The thread holds it until it ends.
        await yield { loop == nil }
    }
}
