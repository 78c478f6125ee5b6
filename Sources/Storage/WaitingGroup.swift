/// Who waits for one thing that happens once: threads before a gate, and tasks, which are resumed.
///
/// The tasks are guarded by the lock under which it is decided who waits for what; the gate needs none.
/// What came of it lies here, behind the gate, and not in the continuations: one store for all, in an order that
/// ThreadSanitizer sees.
@safe package final class WaitingGroup<Outcome: Sendable> {
    /// A task that waits.
    package typealias Member = UnsafeContinuation<Void, Never>

    /// Where threads wait.
    package let gate = Gate()
    private var tasks: [Member] = unsafe []
    /// Set before the gate opens, and not touched after that.
    private var result: Outcome?

    /// Without anybody.
    package init() {}

    /// Whether a task is among them.
    package var hasTasks: Bool { unsafe !tasks.isEmpty }

    /// Takes a task in, which goes on when it has happened. Under the lock.
    package func join(_ task: Member) { unsafe tasks.append(task) }

    /// Has all go on. Outside the lock, by the one who has taken care that nobody knows the group any more but
    /// who waits.
    package func letGo(_ outcome: Outcome) {
        result = outcome
        let members = unsafe tasks
        unsafe tasks = unsafe []
        gate.open()
        unsafe members.forEach { unsafe $0.resume() }
    }

    /// What came of it: for members that go on, who find the gate open.
    package var outcome: Outcome {
        gate.wait()
        guard let result else { preconditionFailure("a gate that was opened without an outcome") }
        return result
    }
}
