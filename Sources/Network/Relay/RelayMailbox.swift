import StateMachines
import Storage

/// What is asked of a relay by other threads.
enum RelayCommand: Sendable {
    /// Nothing passes these links from now on.
    case cut([Link])
    /// All passes these again.
    case heal([Link])
    /// Connections over these end at once, and what is under way on them is lost.
    case reset([Link])
    /// What comes from now on meets these conditions.
    case change([Link], LinkConditions)
    /// Says what it did so far.
    case report
    /// It ends.
    case stop
}

/// What passes between a relay's thread and others.
final class RelayMailbox: @unchecked Sendable {
    // Sendable: all that varies is used under the lock.
    private let lock = WaitLock()
    private let changed = WaitCondition()
    private var commands: [RelayCommand] = []
    private var posted: UInt64 = 0
    private var done: UInt64 = 0
    private var waker: Waker?
    private var addresses: [Link: Address]?
    private var outcome: Result<Void, RelayFailure>?
    private var figures = RelayStatistics()

    // The side of others.

    /// Has a command done, and waits until it is, or the relay has ended. What the relay has done so
    /// far.
    @discardableResult
    func perform(_ command: RelayCommand) -> RelayStatistics {
        lock.lock()
        defer { lock.unlock() }
        guard outcome == nil else { return figures }
        commands.append(command)
        posted += 1
        let ticket = posted
        waker?.ring()
        while done < ticket, outcome == nil { changed.wait(lock) }
        return figures
    }

    /// Waits until the relay listens, and says where.
    func awaitBeginning() throws(RelayFailure) -> [Link: Address] {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let addresses { return addresses }
            if case .failure(let failure)? = outcome { throw failure }
            precondition(outcome == nil, "a relay ended before it began")
            changed.wait(lock)
        }
    }

    /// Why the relay ended by itself, if it did.
    var failure: RelayFailure? {
        lock.lock()
        defer { lock.unlock() }
        if case .failure(let failure)? = outcome { return failure }
        return nil
    }

    // The relay's side.

    /// Whether there is a command.
    var hasCommands: Bool {
        lock.lock()
        defer { lock.unlock() }
        return !commands.isEmpty
    }

    func begun(at addresses: [Link: Address], wakenBy waker: Waker) {
        lock.lock()
        self.addresses = addresses
        self.waker = waker
        lock.unlock()
        changed.broadcast()
    }

    /// Takes all commands, in order.
    func takeCommands() -> [RelayCommand] {
        lock.lock()
        defer { lock.unlock() }
        var taken: [RelayCommand] = []
        swap(&taken, &commands)
        return taken
    }

    /// So many more commands are done.
    func finish(_ count: Int, _ figures: RelayStatistics) {
        lock.lock()
        done += UInt64(count)
        self.figures = figures
        lock.unlock()
        changed.broadcast()
    }

    func ended(_ outcome: Result<Void, RelayFailure>) {
        lock.lock()
        self.outcome = outcome
        lock.unlock()
        changed.broadcast()
    }
}
