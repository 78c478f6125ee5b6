import Network
import ShenRing
import StateMachines

/// Connections, made and lost.
extension NodeShell {
    /// The number of the timer at which strangers are looked at; those of peers are the peers'
    /// numbers.
    private static var strangersTimer: UInt64 { 1 << 32 }

    /// Calls a node at this address from now on.
    mutating func introduce(_ node: NodeID, at address: Address, on loop: inout EventLoop) {
        guard node != options.id else { return }
        let place = peers.insert(node, at: address)
        let isMoved = peers[place].address != address
        peers[place].address = address
        switch peers[place].stage {
        case .idle, .resting: call(place, on: &loop)
        case .calling(let connection), .open(let connection, _):
            // Its end has the peer called, at the new address.
            if isMoved { loop.abort(connection) }
        }
    }

    private mutating func call(_ place: Int, on loop: inout EventLoop) {
        guard let address = peers[place].address else { return }
        do throws(NetworkError) {
            let made = try loop.connect(to: address, options: connection)
            peers[place].stage = .calling(made)
            peers.bind(made, to: peers[place].node)
        } catch {
            // No descriptor or no room: both may come.
            rest(place, on: &loop)
        }
    }

    /// Waits before the peer is called again.
    private mutating func rest(_ place: Int, on loop: inout EventLoop) {
        let now = MonotonicClock.now
        if case .open(_, let since) = peers[place].stage, now - since >= options.backoff.most {
            peers[place].failures = 0
        }
        peers[place].stage = .resting
        peers[place].failures += 1
        let wait = options.backoff.wait(after: peers[place].failures, &generator)
        schedule(UInt64(peers[place].node.rawValue), at: now + wait, on: &loop)
    }

    mutating func timer(_ number: UInt64, on loop: inout EventLoop) {
        // Whose it is, whoever has told it knows.
        let number = number & (1 << Self.timerBits - 1)
        guard number != Self.strangersTimer else { return endStrangers(on: &loop) }
        guard let place = peers.place(of: NodeID(UInt32(number))),
            case .resting = peers[place].stage
        else { return }
        call(place, on: &loop)
    }

    mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {
        guard let node = peers.senders[connection], let place = peers.place(of: node),
            case .calling(connection) = peers[place].stage
        else { return loop.abort(connection) }
        guard isProved(node, on: connection, of: loop) else {
            return refuse(connection, \.impostors, on: &loop)
        }
        statistics.connected += 1
        open(place, on: connection)
        greet(node, on: connection, of: &loop)
    }

    mutating func accepted(
        _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop
    ) {
        let now = MonotonicClock.now
        if strangers.isEmpty {
            schedule(Self.strangersTimer, at: now + options.greetingDeadline, on: &loop)
        }
        strangers.append((connection, now))
    }

    mutating func turnedAway(
        _ reason: ClosureReason, by listener: ListenerID, on loop: inout EventLoop
    ) { count(reason) }

    /// Whether the other end of a connection is a node, as far as the transport proves anything: its
    /// certificate names it.
    func isProved(
        _ node: NodeID, on connection: ConnectionID, of loop: borrowing EventLoop
    ) -> Bool {
        guard loop.transport.provesPeers else { return true }
        let names = loop.identity(of: connection)?.names ?? []
        return names.contains(NodeOptions.certifiedName(of: node))
    }

    /// Ends connections of those who have not said in time who they are.
    private mutating func endStrangers(on loop: inout EventLoop) {
        let due = MonotonicClock.now - options.greetingDeadline
        let late = strangers.prefix { $0.since <= due }
        for (connection, _) in late where loop.isOpen(connection) {
            if peers.senders[connection] == nil { refuse(connection, \.strangers, on: &loop) }
        }
        strangers.removeFirst(late.count)
        if let first = strangers.first {
            schedule(Self.strangersTimer, at: first.since + options.greetingDeadline, on: &loop)
        }
    }

    /// Has a node that calls be answered on the connection that it made last.
    mutating func answer(
        _ node: NodeID, on connection: ConnectionID, of loop: inout EventLoop
    ) {
        let place = peers.insert(node, at: nil)
        guard peers[place].address == nil else {
            // One that calls is there to be called.
            if case .resting = peers[place].stage { call(place, on: &loop) }
            return
        }
        if let former = peers[place].connection {
            statistics.unreachable += peers[place].drop()
            loop.abort(former)
        }
        open(place, on: connection)
    }

    private mutating func open(_ place: Int, on connection: ConnectionID) {
        peers[place].stage = .open(connection, since: MonotonicClock.now)
        peers[place].isFull = false
        application.peer(peers[place].node, isReachable: true, at: MonotonicClock.now)
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        count(reason)
        guard let node = peers.unbind(connection), let place = peers.place(of: node) else { return }
        switch peers[place].stage {
        case .calling(connection): break
        case .open(connection, _):
            application.peer(node, isReachable: false, at: MonotonicClock.now)
        case .idle, .resting, .calling, .open: return
        }
        statistics.unreachable += peers[place].drop()
        if peers[place].address != nil {
            rest(place, on: &loop)
        } else {
            peers.remove(place)
        }
    }

    private mutating func count(_ reason: ClosureReason) {
        switch reason {
        case .malformed(.cluster): statistics.otherCluster += 1
        case .malformed(.version): statistics.otherVersion += 1
        case .malformed(.tooLong), .malformed(.reserved), .malformed(.checksum):
            statistics.noFrames += 1
        case .insecure: statistics.insecure += 1
        case .asked, .endOfStream, .failed, .connectDeadline, .frameDeadline, .stalled, .idle: break
        }
    }
}
