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
            let told = await unsafe withUnsafeContinuation { (task: Waiters.Member) in
                switch locked({ unsafe admit(task, for: number) }) {
                case .refused: unsafe task.resume(returning: nil)
                case .expected: break
                case .first(let executor): executor?.request(self)
                }
            }
            if number < position { return }
            if let problem = told ?? locked({ problem }) { throw problem }
        }
    }
}

/// What becomes of a task that would wait for the horizon.
enum Admission {
    /// It goes on.
    case refused
    /// It waits for a move that goes on, or that somebody is about to make.
    case expected
    /// It waits for a move that nobody makes yet, but which the executor could.
    case first(CommitExecutor?)
}

extension DurableHorizon: Committable where Operations: ~Copyable {
    /// Moves the horizon for the tasks that wait for that.
    package func commit() { locked { moveForTasks() } }
}
