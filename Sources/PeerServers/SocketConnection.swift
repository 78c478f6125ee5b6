import Glibc
import Hardware

/// A stream to a server on the same machine. It waits for at most ``patience`` for anything.
///
/// For one thread at a time. Closed when it is released.
public final class SocketConnection {
    /// How long a server may take for one answer, in seconds, before it is taken for dead.
    public static let patience = 20

    let server: String
    let descriptor: Int32

    /// Connects to `endpoint`; `server` is what errors call it.
    public init(to endpoint: Endpoint, server: String) throws(PeerFailure) {
        self.server = server
        switch endpoint {
        case .unix(let path):
            descriptor = try SocketAddress.unix(path).connected(server)
        case .tcp(let port):
            descriptor = try SocketAddress.loopback(port).connected(server)
            var on: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            // SAFETY: `on` outlives the call.
            unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size)
        }
        var patience = timeval(tv_sec: Self.patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        // SAFETY: `patience` outlives the calls.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
    }

    // Opened in `init`, owned by this object alone.
    deinit { close(descriptor) }

    /// Sends the first `count` bytes of `bytes`, all of them.
    @inline(__always)
    func send(_ bytes: [UInt8], count: Int) throws(PeerFailure) {
        var sent = 0
        while sent < count {
            // SAFETY: the range lies in the array, which stays valid during the call.
            let result = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress.map { unsafe $0 + sent }, count - sent,
                    Int32(MSG_NOSIGNAL))
            }
            if result > 0 {
                sent += result
            } else if result == 0 || errno != EINTR {
                throw disconnected(result)
            }
        }
    }

    /// Receives what is there into `bytes` from `start` on, waiting for something; gives how much.
    @inline(__always)
    func receive(into bytes: inout [UInt8], from start: Int) throws(PeerFailure) -> Int {
        while true {
            let room = bytes.count - start
            // SAFETY: at most the rest of the array is written, which stays valid during the call.
            let result = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress.map { unsafe $0 + start }, room, 0)
            }
            if result > 0 { return result }
            guard result < 0, errno == EINTR else { throw disconnected(result) }
        }
    }

    private func disconnected(_ result: Int) -> PeerFailure {
        let why =
            result == 0
            ? "it was closed"
            : errno == EAGAIN ? "no answer in \(Self.patience) s" : "\(SystemError(errno))"
        return .disconnected(server: server, why: why)
    }
}

/// The address of a socket on this machine, as the kernel takes it.
struct SocketAddress {
    private var storage = sockaddr_storage()
    private var size: socklen_t
    private let family: Int32
    private let name: String

    /// The longest path of a socket, without the zero that ends it.
    static let longestPath = 107

    /// A path of the filesystem.
    static func unix(_ path: String) throws(PeerFailure) -> SocketAddress {
        let bytes = Array(path.utf8)
        guard bytes.count <= longestPath else { throw .longSocketPath(path) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the path and its zero fit into the field, which was zeroes before.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return SocketAddress(address, AF_UNIX, path)
    }

    /// A port of 127.0.0.1, or of another host address, which is one of loopback as well; 0 for any that is
    /// free.
    static func loopback(_ port: UInt16, at host: UInt32 = 0x7F00_0001) -> SocketAddress {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr = in_addr(s_addr: host.bigEndian)
        return SocketAddress(address, AF_INET, "\(text(host)):\(port)")
    }

    /// A host address as it is written.
    static func text(_ host: UInt32) -> String {
        stride(from: 24, through: 0, by: -8).map { "\(host >> UInt32($0) & 0xFF)" }
            .joined(separator: ".")
    }

    private init<Address: BitwiseCopyable>(_ address: Address, _ family: Int32, _ name: String) {
        size = socklen_t(MemoryLayout<Address>.size)
        self.family = family
        self.name = name
        // SAFETY: every address fits into the storage, and both are plain bytes.
        unsafe withUnsafeMutableBytes(of: &storage) { storage in
            unsafe withUnsafeBytes(of: address) { unsafe storage.copyMemory(from: $0) }
        }
    }

    /// A socket connected to this address.
    func connected(_ server: String) throws(PeerFailure) -> Int32 {
        let descriptor = try opened()
        // SAFETY: the address outlives the call, which reads as much as its size says.
        guard unsafe with({ unsafe connect(descriptor, $0, $1) }) == 0 else {
            let reason = SystemError(errno)
            close(descriptor)
            throw .disconnected(server: server, why: "connect to \(name): \(reason)")
        }
        return descriptor
    }

    /// A socket that listens at this address.
    func listening() throws(PeerFailure) -> Int32 {
        let descriptor = try opened()
        // SAFETY: the address outlives the call, which reads as much as its size says.
        guard unsafe with({ unsafe bind(descriptor, $0, $1) }) == 0, listen(descriptor, 1024) == 0
        else {
            let reason = SystemError(errno)
            close(descriptor)
            throw .refused(operation: "listen at", path: name, reason)
        }
        return descriptor
    }

    /// The port that a socket which listens has.
    static func port(of descriptor: Int32) -> UInt16 {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: the kernel writes at most `size` bytes into `address`; both outlive the call.
        _ = unsafe withUnsafeMutablePointer(to: &address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// The port that was asked for, or else one that was free a moment ago: another process may take
    /// it before a server does.
    static func port(_ asked: UInt16?) throws(PeerFailure) -> UInt16 {
        if let asked { return asked }
        let listener = try loopback(0).listening()
        defer { close(listener) }
        return port(of: listener)
    }

    /// So many ports that were free a moment ago, none of them twice.
    static func freePorts(
        _ count: Int, at host: UInt32 = 0x7F00_0001
    ) throws(PeerFailure) -> [UInt16] {
        var listeners: [Int32] = []
        defer { for listener in listeners { close(listener) } }
        for _ in 0..<count { listeners.append(try loopback(0, at: host).listening()) }
        return listeners.map(port(of:))
    }

    private func opened() throws(PeerFailure) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else {
            throw .refused(operation: "open a socket for", path: name, SystemError(errno))
        }
        return descriptor
    }

    private func with(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        // SAFETY: the storage is large enough and aligned for every address, and outlives the call.
        unsafe withUnsafePointer(to: storage) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, size) }
        }
    }
}
