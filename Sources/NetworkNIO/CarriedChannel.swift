import NIOCore
import NIOSSL
import NIOTLS
import Network

/// The end of a channel of SwiftNIO's that a loop has: tells the loop what comes, and holds the
/// channel back from reading more than the loop takes.
///
/// It is made, called and told orders on the channel's thread alone.
final class CarriedChannel: ChannelDuplexHandler, @unchecked Sendable {
    // Sendable: all of it is used on the channel's thread alone.
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let inbox: CarrierInbox
    private let isSecured: Bool
    /// The loop's name for it; nil for one that was accepted and not admitted.
    private(set) var name: ConnectionID?
    /// What happened before it had a name.
    private var early: [(ConnectionID) -> CarrierEvent] = []
    private var context: ChannelHandlerContext?

    /// Whether it can be used.
    private var hasBegun = false
    /// Whether the loop wants what comes.
    private var isWanted = false
    /// Whether the channel has asked to read, and was held back.
    private var isHeldBack = false
    /// Bytes that the loop has not taken.
    private var outstanding = 0
    /// Whether the loop has ended it.
    private var isEnding = false
    /// Whether the loop was told why it is of no more use.
    private var hasFailed = false
    /// Whether there is nothing left of it.
    private(set) var isGone = false

    init(_ inbox: CarrierInbox, isSecured: Bool, name: ConnectionID? = nil) {
        self.inbox = inbox
        self.isSecured = isSecured
        self.name = name
    }

    /// Tells the loop something, as soon as there is a name that it knows.
    private func tell(_ event: @escaping (ConnectionID) -> CarrierEvent) {
        if let name { inbox.post(event(name)) } else { early.append(event) }
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // What the channel says.

    func channelActive(context: ChannelHandlerContext) {
        context.fireChannelActive()
        if !isSecured { begin(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted: begin(context)
        case ChannelEvent.inputClosed: if !isEnding { tell { .endOfStream($0) } }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard !hasBegun, !isEnding else { return }
        hasBegun = true
        let peer = context.remoteAddress.flatMap { Address($0) }
        let certificate =
            isSecured ? try? context.pipeline.syncOperations.nioSSL_peerCertificate() : nil
        let identity = certificate.map { PeerIdentity($0) }
        tell { .begun($0, peer, identity) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        // A copy, so that a byte does not hold on to the whole of what it was read into.
        var buffer = unwrapInboundIn(data)
        let bytes = buffer.readBytes(length: buffer.readableBytes) ?? []
        outstanding += bytes.count
        tell { .received($0, bytes) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error) }

    /// Tells the loop that the channel is of no more use; of several reasons the first.
    func fail(_ error: any Error) {
        guard !isEnding, !hasFailed else { return }
        hasFailed = true
        let reason = ClosureReason(error)
        tell { .failed($0, reason) }
    }

    /// Notes that there is nothing left of the channel.
    func vanish() {
        guard !isGone else { return }
        isGone = true
        tell { .gone($0) }
    }

    // Reading no more than is taken.

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { isHeldBack = true }
    }

    /// While it is proved who the peer is, the library reads; when the channel ends, it hears the
    /// last word.
    private var mayRead: Bool {
        isEnding || (isSecured && !hasBegun)
            || (isWanted && outstanding < CarrierLimits.received)
    }

    private func goOnReading() {
        guard isHeldBack, mayRead else { return }
        isHeldBack = false
        context?.read()
    }

    // What the loop orders.

    /// Gives it the name that the loop knows it by.
    func admit(as name: ConnectionID) {
        self.name = name
        for event in early { inbox.post(event(name)) }
        early = []
    }

    func want(_ isWanted: Bool) {
        self.isWanted = isWanted
        goOnReading()
    }

    func take(_ count: Int) {
        outstanding -= count
        goOnReading()
    }

    func send(_ bytes: [UInt8]) {
        guard let context, !isEnding, !isGone else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [self] outcome in
            switch outcome {
            case .success: tell { .sent($0, bytes.count) }
            case .failure(let error): fail(error)
            }
        }
        let buffer = context.channel.allocator.buffer(bytes: bytes)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: promise)
    }

    /// Ends the channel, with a last word where that is orderly.
    func close(isOrderly: Bool) {
        isEnding = true
        guard let context else { return }
        if isOrderly {
            context.close(promise: nil)
        } else {
            outermost(context).close(promise: nil)
        }
        goOnReading()
    }

    /// Where the channel is closed at once: before the library that would first say goodbye.
    private func outermost(_ context: ChannelHandlerContext) -> ChannelHandlerContext {
        guard isSecured else { return context }
        return (try? context.pipeline.syncOperations.context(name: NIOCarrier.securityName))
            ?? context
    }
}
