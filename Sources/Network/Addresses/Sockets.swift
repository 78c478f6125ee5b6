import Glibc
import Storage

/// The system calls that make sockets, which go beside the ring: they are made once for a
/// connection at most, and wait for nothing.
package enum Sockets {
    /// The kinds of sockets.
    enum Kind {
        case stream
        case datagram
    }

    /// A socket of `kind` for addresses like `address`. It blocks: a ring waits for such a one by
    /// itself, and would give up at once on one that does not.
    static func open(_ kind: Kind, for address: SocketAddress) throws(ErrorNumber) -> Int32 {
        let type = kind == .stream ? SOCK_STREAM : SOCK_DGRAM
        let made = socket(
            address.family, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard made >= 0 else { throw ErrorNumber(code: errno) }
        // Without Nagle's delay: what is to be sent together is put together here.
        if kind == .stream { set(made, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
        return made
    }

    /// A socket that listens at `address`. Those that it accepts inherit its options.
    package static func listening(
        at address: Address, backlog: Int, isShared: Bool
    ) throws(ErrorNumber) -> Int32 {
        let place = SocketAddress(address)
        let made = try open(.stream, for: place)
        do throws(ErrorNumber) {
            try bind(made, to: place, isShared: isShared)
            guard listen(made, Int32(backlog)) == 0 else { throw ErrorNumber(code: errno) }
        } catch {
            Glibc.close(made)
            throw error
        }
        return made
    }

    /// A socket for datagrams at `address`.
    package static func datagram(
        at address: Address, isShared: Bool = false
    ) throws(ErrorNumber) -> Int32 {
        let place = SocketAddress(address)
        let made = try open(.datagram, for: place)
        do throws(ErrorNumber) {
            try bind(made, to: place, isShared: isShared)
        } catch {
            Glibc.close(made)
            throw error
        }
        return made
    }

    /// A socket that is connected to `address`, which is waited for here: a stream, or one for
    /// datagrams to and from there alone.
    package static func connected(
        to address: Address, datagrams: Bool = false
    ) throws(ErrorNumber) -> Int32 {
        let place = SocketAddress(address)
        let made = try open(datagrams ? .datagram : .stream, for: place)
        // SAFETY: the address outlives the call, which reads as much as its size says.
        guard unsafe place.with({ unsafe Glibc.connect(made, $0, $1) }) == 0 else {
            let number = ErrorNumber(code: errno)
            Glibc.close(made)
            throw number
        }
        return made
    }

    /// Binds a socket to its own address.
    static func bind(
        _ descriptor: Int32, to place: SocketAddress, isShared: Bool
    ) throws(ErrorNumber) {
        set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        if isShared { set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
        if place.family == AF_INET6 { set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        // SAFETY: the address outlives the call, which reads as much as its size says.
        guard unsafe place.with({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0 else {
            throw ErrorNumber(code: errno)
        }
    }

    /// The address of this end of a socket.
    package static func ownAddress(of descriptor: Int32) -> Address? {
        var found = SocketAddress()
        // SAFETY: the kernel writes within the room that it is told of.
        guard unsafe found.fill({ unsafe getsockname(descriptor, $0, $1) }) == 0 else { return nil }
        return found.address
    }

    /// The address of the other end of a socket.
    static func peerAddress(of descriptor: Int32) -> Address? {
        var found = SocketAddress()
        // SAFETY: the kernel writes within the room that it is told of.
        guard unsafe found.fill({ unsafe getpeername(descriptor, $0, $1) }) == 0 else { return nil }
        return found.address
    }

    /// Sets an option that every kernel has; one that refuses it works without.
    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: the value outlives the call.
        _ = unsafe setsockopt(descriptor, level, option, &value, size)
    }
}
