/// Something that tasks have asked for and that one thread does for all of them.
package protocol Committable: AnyObject, Sendable {
    /// Does what was asked for, and has those go on who wait for it. Called by the executor's thread.
    func commit()
}

/// Runs tasks on a thread of its own and, when none of them can go on, commits what they wait for.
///
/// A task that waits for a device and a thread that makes it durable hand over to each other twice for
/// each value. Between threads that is two wake-ups, which cost more than a fast device's sync as soon
/// as callers are many. Tasks that prefer the executor run on the very thread that syncs, so that a
/// group of any size is gathered, synced and let go without a wake-up:
///
///     await withTaskExecutorPreference(try orders.executor) { … try await orders.next() … }
///
/// Tasks elsewhere may wait for the same things. A task that computes for long holds up the syncs of
/// all, and while the thread syncs none of its tasks runs: it is for those that mostly wait.
///
/// Any thread may enqueue. The thread starts with the executor, sleeps while there is nothing to do,
/// and ends when nobody holds the executor any more, tasks that prefer it included.
public final class CommitExecutor: TaskExecutor {
    let loop = CommitLoop()

    /// Starts the thread.
    ///
    /// - Throws: `StorageError.refused`, where the system has no more threads.
    public init() throws(StorageError) {
        let loop = loop
        // SAFETY: jobs are run with it while tasks that prefer this executor hold it.
        unsafe loop.use(UnownedTaskExecutor(ordinary: self))
        // Nobody joins it: the last one to let go of the executor may be a task on that thread.
        try WorkerThread.detach { loop.run() }
    }

    deinit { loop.end() }

    /// Has `job` run on the thread.
    public func enqueue(_ job: consuming ExecutorJob) { loop.add(UnownedJob(job)) }

    /// Has `work` committed once the tasks that could join it have run. It is held until then.
    package func request(_ work: any Committable) { loop.add(work) }

    /// Has the thread run `body`, which may wait for a device, and gives its result. The task is suspended.
    nonisolated(nonsending) package func perform<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let errand = Errand(body)
        await unsafe withUnsafeContinuation { (task: Errand<Value, Failure>.Waiting.Member) in
            unsafe errand.waiting.join(task)
            request(errand)
        }
        return try errand.waiting.outcome.get()
    }
}

/// What one task has a thread do.
private final class Errand<Value: Sendable, Failure: Error>: Committable, @unchecked Sendable {
    // Sendable: the task joins before the thread gets it, and what came of it lies behind the gate.
    typealias Waiting = WaitingGroup<Result<Value, Failure>>

    let waiting = Waiting()
    private let body: @Sendable () throws(Failure) -> Value

    init(_ body: @escaping @Sendable () throws(Failure) -> Value) { self.body = body }

    func commit() {
        let answer: Result<Value, Failure>
        do throws(Failure) {
            answer = .success(try body())
        } catch {
            answer = .failure(error)
        }
        waiting.letGo(answer)
    }
}

/// What an executor's thread has to do. It outlives the executor by the end of the thread.
@safe final class CommitLoop: @unchecked Sendable {
    // Sendable: all that changes is guarded by `lock`, but for `executor`, which is set before the thread
    // starts.
    private let lock = WaitLock()
    private let wake = WaitCondition()
    private var executor: UnownedTaskExecutor?
    private var jobs: [UnownedJob] = []
    private var requests: [any Committable] = []
    private var isAsleep = false
    private var isOver = false

    fileprivate func use(_ executor: UnownedTaskExecutor) { unsafe self.executor = executor }

    fileprivate func add(_ job: UnownedJob) { change { jobs.append(job) } }

    fileprivate func add(_ work: any Committable) { change { requests.append(work) } }

    fileprivate func end() { change { isOver = true } }

    private func change(_ body: () -> Void) {
        lock.lock()
        body()
        // Under the lock: once it is given up, the thread may do all that there is, end, and take this with it.
        if isAsleep { wake.signal() }
        isAsleep = false
        lock.unlock()
    }

    /// What the thread does until there is nobody left to do it for.
    fileprivate func run() {
        var jobs: [UnownedJob] = []
        var patience = CommitPatience()
        while takeJobs(into: &jobs) {
            guard let executor = unsafe executor else {
                preconditionFailure("a loop before its executor")
            }
            for job in jobs { unsafe job.runSynchronously(on: executor) }
            // What the tasks ask for is committed when they all wait, or have gone on for too long.
            guard patience.isOver(isIdle: jobs.isEmpty) else { continue }
            let requests = takeRequests()
            guard !requests.isEmpty else { continue }
            patience.begin()
            for work in requests { work.commit() }
            patience.end()
        }
    }

    /// Gives the jobs that wait, none if only requests do; `false` at the end.
    private func takeJobs(into batch: inout [UnownedJob]) -> Bool {
        batch.removeAll(keepingCapacity: true)
        lock.lock()
        defer { lock.unlock() }
        while jobs.isEmpty && requests.isEmpty {
            if isOver { return false }
            isAsleep = true
            wake.wait(lock)
        }
        swap(&batch, &jobs)
        return true
    }

    private func takeRequests() -> [any Committable] {
        lock.lock()
        defer { lock.unlock() }
        var taken: [any Committable] = []
        swap(&taken, &requests)
        return taken
    }
}

/// How long tasks may keep a commit waiting: as long as the last one took.
private struct CommitPatience {
    private var endedAt = WaitCondition.Instant.after(0)
    private var began = WaitCondition.Instant.after(0)
    private var limit: UInt64 = 0

    func isOver(isIdle: Bool) -> Bool { isIdle || WaitCondition.Instant.after(0) - endedAt > limit }

    mutating func begin() { began = .after(0) }

    mutating func end() {
        endedAt = .after(0)
        limit = endedAt - began
    }
}
