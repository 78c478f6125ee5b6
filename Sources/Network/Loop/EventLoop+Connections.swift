import CUring
import Glibc
public import StateMachines
import Storage

/// Beginning and ending.
extension EventLoop {
    /// Connects to `address`. The handler hears `connected` when it is done, or `closed` with the
    /// reason why it could not be, in a later turn. What is sent before then is `closed`.
    ///
    /// - Throws: `NetworkError.tooManyConnections`, or `.refused` where the kernel gives no socket.
    public mutating func connect(
        to address: Address, options: ConnectionOptions
    ) throws(NetworkError) -> ConnectionID {
        let table = table
        options.check()
        guard let slot = table.take() else {
            throw .tooManyConnections(limit: table.capacity)
        }
        if let carriage {
            carriage.orders.append(
                .connect(table.id(slot), address, patience: options.connectDeadline))
        } else {
            do throws(ErrorNumber) {
                try ask(toConnect: slot, to: SocketAddress(address))
            } catch {
                if table[slot].descriptor >= 0 { Glibc.close(table[slot].descriptor) }
                table.release(slot)
                throw .refused(.socket, error)
            }
        }
        table[slot].requests = 1
        table[slot].stage = .connecting
        table[slot].options = options
        table[slot].connectBegan = Clock.now
        watchDeadline(slot)
        return table.id(slot)
    }

    /// Has the kernel connect a socket, which is made for it.
    private func ask(toConnect slot: Int, to place: SocketAddress) throws(ErrorNumber) {
        table[slot].descriptor = try Sockets.open(.stream, for: place)
        let token = token(.connect, slot)
        let entry = unsafe try ring.entry(token)
        let room = unsafe targets.place(for: place)
        // SAFETY: the address stays where it is until the request was handed over; the kernel has
        // copied it then.
        unsafe io_uring_prep_connect(entry, table[slot].descriptor, room, place.size)
        unsafe entry.pointee.user_data = token.rawValue
    }

    mutating func connected<Handler: NetworkHandler & ~Copyable>(
        _ completion: Completion, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        let slot = completion.token.slot
        table[slot].requests -= 1
        guard table[slot].stage == .connecting else { return endIfIdle(slot) }
        guard completion.result == 0 else {
            return end(slot, .failed(ErrorNumber(code: -completion.result)))
        }
        try begin(slot)
        handler.connected(table.id(slot), on: &self)
    }

    /// Opens a connection whose socket is there.
    mutating func begin(_ slot: Int) throws(ErrorNumber) {
        let table = table
        table[slot].stage = .open
        table[slot].lastHeard = now
        if case .frames(let limits, let cluster) = table[slot].options.content {
            table[slot].decoder = FrameDecoder(limits: limits, cluster: cluster)
        }
        try receive(slot)
        if table[slot].options.idleDeadline != nil { watchDeadline(slot) }
    }

    /// Ends a connection when what was said on it has left. Nothing that it sends is told any more
    /// but `closed`, which comes in a later turn.
    public mutating func close(_ connection: ConnectionID) {
        guard let slot = table.slot(of: connection) else { return }
        end(slot, .asked, afterSending: true)
    }

    /// Ends a connection at once; what was said on it and has not left is lost.
    public mutating func abort(_ connection: ConnectionID) {
        guard let slot = table.slot(of: connection) else { return }
        end(slot, .asked)
    }

    /// Whether a connection is there and may be sent on.
    public func isOpen(_ connection: ConnectionID) -> Bool {
        table.slot(of: connection).map { table[$0].isOpen } ?? false
    }

    /// Where the other end of a connection is; nil where it has ended.
    public func peer(of connection: ConnectionID) -> Address? {
        guard let slot = table.slot(of: connection) else { return nil }
        guard carriage == nil else { return table[slot].carried.peer }
        return Sockets.peerAddress(of: table[slot].descriptor)
    }

    /// Who the other end of a connection has proved to be; nil where it has ended, and where the
    /// transport proves nothing.
    public func identity(of connection: ConnectionID) -> PeerIdentity? {
        table.slot(of: connection).flatMap { table[$0].carried.identity }
    }

    /// Begins the end of a connection.
    mutating func end(_ slot: Int, _ reason: ClosureReason, afterSending: Bool = false) {
        let table = table
        let stage = table[slot].stage
        guard stage != .free, stage != .closing else { return }
        if table[slot].reason == nil { table[slot].reason = reason }
        if afterSending, stage == .open || stage == .flushing, table[slot].unsent > 0 {
            table[slot].stage = .flushing
            watchDeadline(slot)
            return
        }
        table[slot].stage = .closing
        switch reason {
        case .malformed: statistics.malformed += 1
        case .connectDeadline, .frameDeadline, .stalled, .idle: statistics.deadlines += 1
        case .insecure: statistics.insecure += 1
        case .asked, .endOfStream, .failed: break
        }
        if let timer = table[slot].timer {
            timers.remove(timer)
            table[slot].timer = nil
        }
        if let carriage {
            let isOrderly = (afterSending || stage == .flushing) && table[slot].unsent == 0
            carriage.orders.append(.close(table.id(slot), isOrderly: isOrderly))
        } else {
            // Ends what is under way on the socket, but for connecting, which is cancelled.
            shutdown(table[slot].descriptor, Int32(SHUT_RDWR))
            if stage == .connecting { cancelQuietly(token(.connect, slot)) }
        }
        endIfIdle(slot)
    }

    /// Has a connection told as ended once the kernel has let go of it.
    mutating func endIfIdle(_ slot: Int) {
        let table = table
        guard table[slot].stage == .closing, table[slot].requests == 0, !table[slot].isListedAsEnded
        else { return }
        table[slot].isListedAsEnded = true
        ended.append(slot)
    }

    /// Tells the ends of connections, and gives up their places.
    mutating func tellEnds<Handler: NetworkHandler & ~Copyable>(_ handler: inout Handler) {
        // A call may end others.
        while let slot = ended.popLast() {
            let id = table.id(slot)
            let reason = table[slot].reason ?? .asked
            let listener = table[slot].carried.listener
            if table[slot].descriptor >= 0 { Glibc.close(table[slot].descriptor) }
            if table[slot].isAwaitingSend { awaitingSend.removeAll { $0 == slot } }
            if table[slot].isAwaitingReceive { awaitingReceive.removeAll { $0 == slot } }
            table.release(slot)
            if let listener {
                handler.turnedAway(reason, by: listener, on: &self)
            } else {
                handler.closed(id, reason, on: &self)
            }
        }
    }

    func token(_ kind: RequestToken.Kind, _ slot: Int) -> RequestToken {
        RequestToken(kind, slot: slot, generation: table[slot].generation)
    }

    /// Asks the kernel to end a request, which then completes in some way.
    func cancel(_ token: RequestToken) throws(ErrorNumber) {
        let entry = unsafe try ring.entry(RequestToken(.cancel))
        unsafe io_uring_prep_cancel64(entry, token.rawValue, 0)
        unsafe entry.pointee.user_data = RequestToken(.cancel).rawValue
    }

    /// As `cancel`, where it only hastens what comes anyway. A ring that fails says so at its next
    /// entry.
    func cancelQuietly(_ token: RequestToken) { try? cancel(token) }
}

/// Deadlines and timers.
extension EventLoop {
    /// Has `timer` called with `number` at `moment`, or as soon as a turn ends after it.
    @discardableResult
    public mutating func schedule(_ number: UInt64, at moment: Moment) -> TimerID {
        timers.insert(.handler(number), at: moment)
    }

    /// Takes a timer back; false where it was called or taken back before.
    @discardableResult
    public mutating func cancel(_ timer: TimerID) -> Bool { timers.remove(timer) }

    /// Sets the timer of a connection for its next deadline, where none is set that comes earlier.
    /// One that comes early finds nothing overdue and is set anew: so a deadline that moves with
    /// every message costs a timer once in a while.
    mutating func watchDeadline(_ slot: Int) {
        let table = table
        guard let deadline = table[slot].deadline else { return }
        if let set = table[slot].timerMoment, table[slot].timer != nil {
            guard deadline < set else { return }
        }
        if let timer = table[slot].timer { timers.remove(timer) }
        table[slot].timer = timers.insert(.connection(slot), at: deadline)
        table[slot].timerMoment = deadline
    }

    mutating func expire<Handler: NetworkHandler & ~Copyable>(
        _ id: TimerID, _ owner: TimerHeap.Owner, _ handler: inout Handler
    ) throws(ErrorNumber) {
        let table = table
        switch owner {
        case .handler(let number): handler.timer(number, on: &self)
        case .connection(let slot):
            table[slot].timer = nil
            if let reason = table[slot].overdue(at: now) {
                end(slot, reason)
            } else {
                watchDeadline(slot)
            }
        case .listener(let slot):
            listeners[slot].timer = nil
            if !listeners[slot].isAccepting { try accept(slot) }
        }
    }
}
