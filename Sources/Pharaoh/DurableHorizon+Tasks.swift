import Storage
import Synchronization

/// Tasks that wait for the horizon.
///
/// They lead nobody: whoever leads waits for a device, and a task must not block its thread. Where no
/// thread is about to move the horizon, the executor's does.
extension DurableHorizon where Operations: ~Copyable {
    /// As `cover` for threads: suspends the task until `number` is below the horizon.
    @inline(__always)
    nonisolated(nonsending) package func cover(_ number: UInt64) async throws(ObeliskError) {
        // As for threads.
        if number < quiet.load(ordering: .acquiring) { return }
        try await coverSlowly(number)
    }

    @inline(never)
    nonisolated(nonsending) private func coverSlowly(_ number: UInt64) async throws(ObeliskError) {
        if number < position { return callThread(for: number) }
        try ask(for: number)
        if !hasExecutor.load(ordering: .relaxed) { _ = try startedExecutor() }
        while number >= position {
            var admission: TaskAdmission<Waiters>?
            await unsafe withUnsafeContinuation { (task: Waiters.Member) in
                admission = locked { unsafe admit(task, for: number) }
                guard let admission else { return unsafe task.resume() }
                admission.executor?.request(self)
            }
            let told = admission?.group.outcome ?? nil
            if number < position { return }
            if let problem = told ?? locked({ problem }) { throw problem }
        }
    }
}

/// What a task waits for that has to.
struct TaskAdmission<Group> {
    /// Those who go on together.
    let group: Group
    /// Who is to move the horizon for them, if nobody is about to.
    let executor: CommitExecutor?
}

extension DurableHorizon: Committable where Operations: ~Copyable {
    /// Moves the horizon for the tasks that wait for that.
    package func commit() { locked { moveForTasks() } }
}
