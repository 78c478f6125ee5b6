import Glibc
import NIOCore
import NIOPosix
import NIOSSL
import Network
import StateMachines
import Storage

/// A loop's sockets in SwiftNIO's hands, on one thread.
final class NIOCarrier: SocketCarrier, @unchecked Sendable {
    // Sendable: what is `let` never changes and may be used by any thread; what varies is used on
    // the thread of `loop` alone.
    private let group: MultiThreadedEventLoopGroup
    private let loop: any NIOCore.EventLoop
    private let inbox: CarrierInbox
    private let security: TransportSecurity?

    private var connections: [ConnectionID: CarriedChannel] = [:]
    private var newcomers: [Newcomer: CarriedChannel] = [:]
    private var listeners: [ListenerID: (channel: any Channel, gate: AcceptGate)] = [:]
    private var nextNumber: UInt64 = 0

    /// What the handler of TLS is called in a pipeline.
    static let securityName = "security"

    init(_ inbox: CarrierInbox, _ security: TransportSecurity?) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        loop = group.next()
        self.inbox = inbox
        self.security = security
    }

    // What the loop's thread calls.

    func submit(_ orders: [CarrierOrder]) {
        loop.execute { [self] in
            for order in orders { obey(order) }
        }
    }

    func listen(at descriptor: Int32, as listener: ListenerID) throws(ErrorNumber) {
        let bootstrap = ServerBootstrap(group: loop)
            .serverChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try guardAccepting(channel, listener) }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture { try welcome(channel, by: listener) }
            }
        do {
            _ = try bootstrap.withBoundSocket(descriptor).wait()
        } catch {
            throw (error as? IOError).map { ErrorNumber(code: $0.errnoCode) }
                ?? ErrorNumber(code: ECONNABORTED)
        }
    }

    func stopListening(_ listener: ListenerID) {
        let closed = loop.flatSubmit { [self] in
            listeners.removeValue(forKey: listener)?.channel.close()
                ?? loop.makeSucceededVoidFuture()
        }
        // One that could not be closed is closed already.
        try? closed.wait()
    }

    func end() {
        let told = loop.submit { [self] in
            for channel in Array(connections.values) + Array(newcomers.values) {
                // A last word, for which nobody waits.
                channel.close(isOrderly: true)
                channel.close(isOrderly: false)
            }
        }
        try? told.wait()
        // Nothing that can fail is left, and nobody who could be told.
        try? group.syncShutdownGracefully()
    }

    // What the carrier's thread calls.

    private func obey(_ order: CarrierOrder) {
        switch order {
        case .connect(let id, let address, let patience):
            connect(id, to: address, patience: .nanoseconds(patience.nanoseconds))
        case .admit(let newcomer, let id):
            guard let channel = take(newcomer) else { return }
            if !channel.isGone { connections[id] = channel }
            channel.admit(as: id)
        case .turnAway(let newcomer):
            take(newcomer)?.close(isOrderly: false)
        case .read(let id): connections[id]?.want(true)
        case .rest(let id): connections[id]?.want(false)
        case .took(let id, let count): connections[id]?.take(count)
        case .send(let id, let bytes): connections[id]?.send(bytes)
        case .close(let id, let isOrderly): connections[id]?.close(isOrderly: isOrderly)
        }
    }

    private func connect(_ id: ConnectionID, to address: Address, patience: TimeAmount) {
        let end = CarriedChannel(inbox, isSecured: security != nil, name: id)
        connections[id] = end
        let place: NIOCore.SocketAddress
        do {
            place = try address.forNIO
        } catch {
            end.fail(error)
            return vanish(end)
        }
        ClientBootstrap(group: loop)
            .connectTimeout(patience)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { [security] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security {
                        try pipeline.addHandler(
                            NIOSSLClientHandler(context: security.client, serverHostname: nil),
                            name: Self.securityName)
                    }
                    try pipeline.addHandler(end)
                }
            }
            .connect(to: place)
            .whenComplete { [self] outcome in
                switch outcome {
                case .success(let channel):
                    channel.closeFuture.whenComplete { [self] _ in vanish(end) }
                case .failure(let error):
                    end.fail(error)
                    vanish(end)
                }
            }
    }

    /// Makes an end for a channel that was accepted, and tells the loop.
    private func welcome(_ channel: any Channel, by listener: ListenerID) throws {
        let pipeline = channel.pipeline.syncOperations
        if let security {
            try pipeline.addHandler(
                NIOSSLServerHandler(context: security.server), name: Self.securityName)
        }
        let end = CarriedChannel(inbox, isSecured: security != nil)
        try pipeline.addHandler(end)
        channel.closeFuture.whenComplete { [self] _ in vanish(end) }
        let newcomer = Newcomer(number: nextNumber)
        nextNumber += 1
        newcomers[newcomer] = end
        inbox.post(.accepted(newcomer, listener))
    }

    /// Has a listener's channel pause where nobody can be accepted, and hold back from accepting more
    /// than the loop has heard of.
    private func guardAccepting(_ channel: any Channel, _ listener: ListenerID) throws {
        let gate = AcceptGate(inbox) { [unowned self] in
            newcomers.count < CarrierLimits.newcomers
        }
        listeners[listener] = (channel, gate)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(
            AcceptBackoffHandler(shouldForwardIOErrorCaught: true) { _ in .milliseconds(100) })
        try pipeline.addHandler(gate)
    }

    /// The newcomer, which the loop has heard of.
    private func take(_ newcomer: Newcomer) -> CarriedChannel? {
        defer { for (_, gate) in listeners.values { gate.goOn() } }
        return newcomers.removeValue(forKey: newcomer)
    }

    private func vanish(_ end: CarriedChannel) {
        if let name = end.name { connections[name] = nil }
        end.vanish()
    }
}
