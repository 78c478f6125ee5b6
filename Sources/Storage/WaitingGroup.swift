/// Who waits for one thing that happens once: threads before a gate, and tasks.
///
/// The tasks are guarded by the lock under which it is decided who waits for what; the gate needs none.
@safe package final class WaitingGroup {
    /// Where threads wait.
    package let gate = Gate()
    private var tasks: [UnsafeContinuation<Void, Never>] = unsafe []

    /// Without anybody.
    package init() {}

    /// Whether a task is among them.
    package var hasTasks: Bool { unsafe !tasks.isEmpty }

    /// Takes a task in, which goes on when it has happened. Under the lock.
    package func join(_ task: UnsafeContinuation<Void, Never>) { unsafe tasks.append(task) }

    /// Has all go on. Outside the lock, by the one who has taken care that nobody joins any more.
    package func letGo() {
        gate.open()
        unsafe tasks.forEach { unsafe $0.resume() }
        unsafe tasks.removeAll(keepingCapacity: true)
    }
}
