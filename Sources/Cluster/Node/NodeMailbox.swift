import Network
import StateMachines
import Storage
import Synchronization

/// What other threads tell a node's loop, and what they are told.
final class NodeMailbox<Request: Sendable>: @unchecked Sendable {
    /// Something to do.
    enum Command: Sendable {
        /// Asks this of the machine.
        case request(Request)
        /// A node is to be called at this address from now on.
        case introduce(NodeID, Address)
        /// The node ends: in order, or as if it were killed.
        case stop(isAbrupt: Bool)
    }

    // Sendable: all that varies is used under the lock, or is atomic.
    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var commands: [Command] = []
    private var waker: Waker?
    private var address: Address??
    private var outcome: Result<Void, NodeFailure>?
    private var figures = NodeStatistics()
    private let isFilled = Atomic<Bool>(false)

    /// Whether there is a command. May be asked by the loop at any time.
    var hasCommands: Bool { isFilled.load(ordering: .acquiring) }

    /// Puts a command in and wakes the loop.
    func post(_ command: Command) {
        lock.lock()
        commands.append(command)
        isFilled.store(true, ordering: .releasing)
        let waker = waker
        lock.unlock()
        waker?.ring()
    }

    /// Takes all commands, in order.
    func takeCommands() -> [Command] {
        guard hasCommands else { return [] }
        lock.lock()
        defer { lock.unlock() }
        isFilled.store(false, ordering: .releasing)
        var taken: [Command] = []
        swap(&taken, &commands)
        return taken
    }

    /// The loop is there.
    func attach(_ waker: Waker) {
        lock.lock()
        self.waker = waker
        lock.unlock()
    }

    /// The node has begun; it listens at `address`, if anywhere.
    func begun(at address: Address?) {
        lock.lock()
        self.address = .some(address)
        lock.unlock()
        changed.broadcast()
    }

    /// The node has ended.
    func ended(_ outcome: Result<Void, NodeFailure>) {
        lock.lock()
        self.outcome = outcome
        lock.unlock()
        changed.broadcast()
    }

    /// Waits until the node has begun, and says where it listens.
    func awaitBeginning() throws(NodeFailure) -> Address? {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let address { return address }
            if case .failure(let failure)? = outcome { throw failure }
            precondition(outcome == nil, "a node ended before it began")
            changed.wait(lock)
        }
    }

    /// Waits until the node has ended, and says why.
    func awaitEnd() throws(NodeFailure) {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let outcome { return try outcome.get() }
            changed.wait(lock)
        }
    }

    /// What the node last said of itself.
    var statistics: NodeStatistics {
        get {
            lock.lock()
            defer { lock.unlock() }
            return figures
        }
        set {
            lock.lock()
            figures = newValue
            lock.unlock()
        }
    }
}
