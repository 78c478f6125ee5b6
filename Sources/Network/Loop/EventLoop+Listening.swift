import CUring
import Glibc
import StateMachines
import Storage

/// A place at which a loop listens.
struct Listener {
    var descriptor: Int32 = -1
    var generation: UInt32 = 0
    var options = ConnectionOptions(content: .bytes)
    /// Whether the kernel has the request to accept.
    var isAccepting = false
    /// The timer at whose end it accepts again.
    var timer: TimerID?
}

/// Listening.
extension EventLoop {
    /// How long nothing is accepted after it could not be for want of descriptors or memory: trying
    /// at once would fail at once, for ever.
    private static var acceptPause: Span { .milliseconds(100) }

    /// Listens at `address` for connections with `options`. With port 0 the kernel chooses one,
    /// which ``address(of:)-(ListenerID)`` tells.
    ///
    /// - Parameter backlog: how many connections may wait to be accepted; the kernel has a limit of
    ///   its own.
    /// - Parameter isShared: whether other loops may listen at the same address, each for a share
    ///   of the
    ///   connections (`SO_REUSEPORT`).
    /// - Throws: `NetworkError.listen` where the kernel refuses.
    @discardableResult
    public mutating func listen(
        at address: Address, options: ConnectionOptions, backlog: Int = 1024, isShared: Bool = false
    ) throws(NetworkError) -> ListenerID {
        options.check()
        let descriptor: Int32
        do throws(ErrorNumber) {
            descriptor = try Sockets.listening(at: address, backlog: backlog, isShared: isShared)
        } catch {
            throw .listen(address, error)
        }
        return try adopt(listener: descriptor, options: options)
    }

    /// Accepts connections with `options` at a socket that listens already, such as one that a
    /// supervisor keeps open from one life of this process to the next. The loop closes it, also
    /// when this throws.
    @discardableResult
    public mutating func adopt(
        listener descriptor: Int32, options: ConnectionOptions
    ) throws(NetworkError) -> ListenerID {
        options.check()
        let slot = listeners.firstIndex { $0.descriptor < 0 && !$0.isAccepting } ?? listeners.count
        if slot == listeners.count { listeners.append(Listener()) }
        listeners[slot].descriptor = descriptor
        listeners[slot].options = options
        let id = ListenerID(slot: UInt32(slot), generation: listeners[slot].generation)
        do throws(ErrorNumber) {
            if let carriage {
                try carriage.carrier.listen(at: descriptor, as: id)
            } else {
                try accept(slot)
            }
        } catch {
            if carriage == nil { Glibc.close(descriptor) }
            listeners[slot].descriptor = -1
            throw .refused(carriage == nil ? .ring : .socket, error)
        }
        return id
    }

    /// Where a listener listens; nil once it does not.
    public func address(of listener: ListenerID) -> Address? {
        guard let slot = slot(of: listener) else { return nil }
        return Sockets.ownAddress(of: listeners[slot].descriptor)
    }

    /// Listens no more. Connections that were accepted go on.
    public mutating func stopListening(_ listener: ListenerID) throws(NetworkError) {
        guard let slot = slot(of: listener) else { return }
        if let carriage {
            carriage.carrier.stopListening(listener)
        } else {
            do throws(ErrorNumber) {
                try cancel(token(ofListener: slot))
            } catch {
                throw .refused(.ring, error)
            }
            if let timer = listeners[slot].timer { timers.remove(timer) }
            listeners[slot].timer = nil
            Glibc.close(listeners[slot].descriptor)
        }
        listeners[slot].descriptor = -1
        listeners[slot].generation &+= 1
    }

    func slot(of listener: ListenerID) -> Int? {
        let slot = Int(listener.slot)
        guard slot < listeners.count, listeners[slot].generation == listener.generation,
            listeners[slot].descriptor >= 0
        else { return nil }
        return slot
    }

    private func token(ofListener slot: Int) -> RequestToken {
        RequestToken(.accept, slot: slot, generation: listeners[slot].generation)
    }

    /// Has the kernel accept, as often as somebody connects.
    mutating func accept(_ slot: Int) throws(ErrorNumber) {
        let token = token(ofListener: slot)
        let entry = unsafe try ring.entry(token)
        // SAFETY: the kernel is given no memory; whoever connects is asked for later.
        unsafe io_uring_prep_multishot_accept(
            entry, listeners[slot].descriptor, nil, nil, Int32(SOCK_CLOEXEC.rawValue))
        unsafe entry.pointee.user_data = token.rawValue
        listeners[slot].isAccepting = true
    }

    mutating func accepted<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let slot = completion.token.slot
        if !completion.hasMore { listeners[slot].isAccepting = false }
        // One that was stopped meanwhile may have accepted before it heard.
        let isCurrent =
            listeners[slot].generation == completion.token.generation
            && listeners[slot].descriptor >= 0
        if completion.result >= 0 {
            guard isCurrent else {
                Glibc.close(completion.result)
                return
            }
            let id = ListenerID(slot: UInt32(slot), generation: listeners[slot].generation)
            try admit(completion.result, by: id, &handler)
        }
        // The handler may have stopped it in the call.
        guard !completion.hasMore, isCurrent, listeners[slot].descriptor >= 0,
            listeners[slot].generation == completion.token.generation
        else { return }
        switch completion.result {
        // The kernel wants to be asked again, or whoever wanted to connect thought better of it.
        case 0..., -ECONNABORTED, -EINTR, -ECANCELED, -EPROTO: try accept(slot)
        default:
            statistics.acceptFailures += 1
            listeners[slot].timer = timers.insert(.listener(slot), at: now + Self.acceptPause)
        }
    }

    /// Takes a connection that was accepted, where there is room.
    private mutating func admit<Handler: NetworkHandler & ~Copyable>(
        _ descriptor: Int32, by listener: ListenerID, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        guard let slot = table.take() else {
            Glibc.close(descriptor)
            statistics.turnedAway += 1
            return
        }
        statistics.accepted += 1
        table[slot].descriptor = descriptor
        table[slot].options = listeners[Int(listener.slot)].options
        try begin(slot)
        handler.accepted(table.id(slot), by: listener, on: &self)
    }
}
