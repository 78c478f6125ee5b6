import Randomness
import StateMachines

/// The handler of a relay's loop: tunnels between who calls and who is called.
///
/// What an end says is put on the line to the other one with the time at which it comes, and said there
/// when the line's timer is due. An end is not read from while its window is under way, and a line
/// waits while the other end has no room.
struct Relay: NetworkHandler, ~Copyable {
    let mailbox: RelayMailbox
    let seed: Seed
    var links: LinkTable
    var routes: [RelayRoute] = []
    var listeners: [ListenerID: Int] = [:]
    var tunnels: [UInt64: Tunnel] = [:]
    var ends: [ConnectionID: TunnelEnd] = [:]
    var statistics = RelayStatistics()
    var isStopped = false
    private var made: UInt64 = 0

    private init(_ plan: RelayPlan, _ mailbox: RelayMailbox) {
        self.mailbox = mailbox
        seed = plan.seed
        links = LinkTable(plan)
    }

    /// Relays on the calling thread, until it is told to stop.
    static func run(_ plan: RelayPlan, _ mailbox: RelayMailbox) throws(NetworkError) {
        var loop = try EventLoop(options: .init(maximumConnections: 1 << 12))
        var relay = Relay(plan, mailbox)
        let addresses = try relay.listen(for: plan, on: &loop)
        mailbox.begun(at: addresses, wakenBy: loop.waker)
        while !relay.isStopped { try loop.turn(&relay) }
    }

    private mutating func listen(
        for plan: RelayPlan, on loop: inout EventLoop
    ) throws(NetworkError) -> [Link: Address] {
        var addresses: [Link: Address] = [:]
        for call in plan.calls {
            guard let target = plan.targets[call.to] else { continue }
            let listener = try loop.listen(
                at: Address(plan.listening, port: 0), options: Self.options)
            listeners[listener] = routes.count
            routes.append(
                RelayRoute(
                    target: target, there: links.place(of: call),
                    back: links.place(of: call.reversed)))
            addresses[call] = loop.address(of: listener)
        }
        return addresses
    }

    /// Connections end when their ends do, not because a link is slow or cut.
    static var options: ConnectionOptions {
        ConnectionOptions(content: .bytes, maximumUnsent: 1 << 20, stallDeadline: .seconds(86_400))
    }

    var hasWork: Bool { mailbox.hasCommands }

    mutating func accepted(
        _ connection: ConnectionID, by listener: ListenerID, on loop: inout EventLoop
    ) {
        guard let route = listeners[listener] else { return loop.abort(connection) }
        statistics.connections += 1
        made += 1
        let end = TunnelEnd(made, .near)
        tunnels[made] = Tunnel(
            route: route, caller: connection, connected: loop.now + roundTrip(of: route),
            seed: seed.derived(for: Int(truncatingIfNeeded: made)))
        ends[connection] = end
        put(.begin, from: end, on: &loop)
    }

    mutating func connected(_ connection: ConnectionID, on loop: inout EventLoop) {
        guard let end = ends[connection] else { return loop.abort(connection) }
        tunnels[end.tunnel]?[end.side].stage = .open(connection)
        tunnels[end.tunnel]?[end.other.side].line.hold(until: Clock.now)
        give(from: end.other, on: &loop)
    }

    mutating func received(
        _ bytes: Bytes, from connection: ConnectionID, on loop: inout EventLoop
    ) {
        guard let end = ends[connection] else { return }
        // What was kept while the connection was paused comes in one, and may be more than an end has
        // room for at once.
        for start in stride(from: 0, to: bytes.count, by: Self.mostOfPiece) {
            let range = start..<min(bytes.count, start + Self.mostOfPiece)
            // SAFETY: the bytes are copied while they are borrowed, and the range is within them.
            let copy = unsafe bytes.withUnsafeBytes { unsafe Array($0[range]) }
            put(.bytes(copy), from: end, on: &loop)
        }
    }

    /// Bytes of a piece at most; every connection has room for more.
    private static var mostOfPiece: Int { 1 << 16 }

    mutating func drained(_ connection: ConnectionID, on loop: inout EventLoop) {
        guard let end = ends[connection] else { return }
        tunnels[end.tunnel]?[end.other.side].line.hold(until: Clock.now)
        give(from: end.other, on: &loop)
    }

    mutating func timer(_ number: UInt64, on loop: inout EventLoop) {
        let end = TunnelEnd(timer: number)
        tunnels[end.tunnel]?[end.side].timer = nil
        give(from: end, on: &loop)
    }

    mutating func closed(
        _ connection: ConnectionID, _ reason: ClosureReason, on loop: inout EventLoop
    ) {
        guard let end = ends.removeValue(forKey: connection),
            let stage = tunnels[end.tunnel]?[end.side].stage
        else { return }
        if case .opening = stage { statistics.refused += 1 }
        tunnels[end.tunnel]?[end.side].stage = .ended
        // Nobody is there to hear it any more.
        tunnels[end.tunnel]?[end.other.side].line.removeAll()
        guard let other = tunnels[end.tunnel]?[end.other.side].stage else { return }
        guard !other.isEnded else { return remove(end.tunnel, on: &loop) }
        resume(end.other, on: &loop)
        put(.end, from: end, on: &loop)
    }

    mutating func turnEnded(on loop: inout EventLoop) {
        let commands = mailbox.takeCommands()
        guard !commands.isEmpty else { return }
        for command in commands { obey(command, on: &loop) }
        mailbox.finish(commands.count, statistics)
    }

    /// Forgets a tunnel.
    mutating func remove(_ tunnel: UInt64, on loop: inout EventLoop) {
        guard let gone = tunnels.removeValue(forKey: tunnel) else { return }
        for side in [Tunnel.Side.near, .far] {
            if let timer = gone[side].timer { loop.cancel(timer.id) }
        }
    }

    /// The time there and back of a route, as its links are now.
    func roundTrip(of route: Int) -> Span {
        links[routes[route].there].conditions.delay + links[routes[route].back].conditions.delay
    }
}
