import Glibc
import Testing

@testable import Network

/// The other end of a connection, by plain system calls: what a stranger may do to a loop.
final class RawPeer {
    let descriptor: Int32

    /// Connects to `address`, which the kernel does before anybody accepts.
    init(to address: Address) throws {
        let place = SocketAddress(address)
        descriptor = try Sockets.open(.stream, for: place)
        // SAFETY: the address outlives the call.
        let answer = unsafe place.with { unsafe Glibc.connect(descriptor, $0, $1) }
        try #require(answer == 0, "connect: errno \(errno)")
    }

    deinit { close(descriptor) }

    /// Says `bytes`; how many the kernel took without waiting for anybody to read them.
    @discardableResult
    func say(_ bytes: [UInt8]) -> Int {
        // SAFETY: the array has as many bytes as are named.
        unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    /// What there is to hear now; nil when the other end is closed, empty when nothing has come.
    func hear() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        // SAFETY: the array has as many bytes as are named.
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EAGAIN { return [] }
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    /// Has the end of this connection be a reset rather than a word.
    func resetAtEnd() {
        var lingering = linger(l_onoff: 1, l_linger: 0)
        // SAFETY: the structure outlives the call.
        let answer = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_LINGER, &lingering,
            socklen_t(MemoryLayout<linger>.size))
        precondition(answer == 0, "setsockopt: errno \(errno)")
    }
}
