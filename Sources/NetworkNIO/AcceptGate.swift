import NIOCore
import Network

/// Holds a listening channel back from accepting more than its loop has heard of, and tells the loop
/// when nobody could be accepted. Used on the channel's thread alone.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = any Channel

    private let inbox: CarrierInbox
    /// Whether the loop has heard of nearly all who were accepted.
    private let isOpen: () -> Bool
    private var context: ChannelHandlerContext?
    /// Whether the channel has asked to accept, and was held back.
    private var isHeldBack = false

    init(_ inbox: CarrierInbox, isOpen: @escaping () -> Bool) {
        self.inbox = inbox
        self.isOpen = isOpen
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if isOpen() { context.read() } else { isHeldBack = true }
    }

    /// Has the channel accept again, where it was held back and need not be.
    func goOn() {
        guard isHeldBack, isOpen() else { return }
        isHeldBack = false
        context?.read()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.post(.acceptFailed)
        context.fireErrorCaught(error)
    }
}
