/// Who waits for one thing that happens once: threads before a gate, and tasks, which are told what came of it.
///
/// The tasks are guarded by the lock under which it is decided who waits for what; the gate needs none.
@safe package final class WaitingGroup<Outcome: Sendable> {
    /// A task that waits.
    package typealias Member = UnsafeContinuation<Outcome, Never>

    /// Where threads wait.
    package let gate = Gate()
    private var tasks: [Member] = unsafe []

    /// Without anybody.
    package init() {}

    /// Whether a task is among them.
    package var hasTasks: Bool { unsafe !tasks.isEmpty }

    /// Takes a task in, which goes on when it has happened. Under the lock.
    package func join(_ task: Member) { unsafe tasks.append(task) }

    /// Has all go on. Outside the lock, by the one who has taken care that nobody knows the group any more but
    /// who waits.
    package func letGo(_ outcome: Outcome) {
        gate.open()
        unsafe tasks.forEach { unsafe $0.resume(returning: outcome) }
        unsafe tasks.removeAll()
    }
}
