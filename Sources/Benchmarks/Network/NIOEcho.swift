import Glibc
import NIOCore
import NIOPosix

/// SwiftNIO as a contender: one thread and a handler that writes what it reads, as in the library's
/// own example of an echo.
enum NIOEcho {
    /// Serves until `stop` has something to read. Takes `socket` over, which listens.
    static func serve(_ socket: Int32, stop: Int32) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Nothing that can fail is left at the end.
        defer { try? group.syncShutdownGracefully() }
        _ = try ServerBootstrap(group: group)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Echo())
                }
            }
            .withBoundSocket(socket).wait()
        var place = pollfd(fd: stop, events: Int16(POLLIN), revents: 0)
        // SAFETY: the structure outlives the call. A signal ends the wait before its time.
        while unsafe poll(&place, 1, -1) < 1 {}
    }

    private final class Echo: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.write(data, promise: nil)
        }

        func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
