import Glibc

/// Where a socket is: an IPv4 or IPv6 address and a port.
public struct Address: Hashable, Sendable, CustomStringConvertible {
    /// The machine.
    public enum Host: Hashable, Sendable {
        /// An IPv4 address, its first part in the highest byte.
        case v4(UInt32)
        /// An IPv6 address, its first eight bytes in `high`, the first of them highest.
        case v6(high: UInt64, low: UInt64)
    }

    /// The machine.
    public let host: Host
    /// The port; 0 where the kernel is to choose one.
    public let port: UInt16

    /// The address of a port of a machine.
    public init(_ host: Host, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// A port of this machine alone, 127.0.0.1; 0 for one that is free.
    public static func loopback(port: UInt16 = 0) -> Address {
        Address(.v4(0x7F00_0001), port: port)
    }

    /// `192.0.2.1:80` or `[2001:db8::1]:80`.
    public var description: String {
        switch host {
        case .v4: "\(text):\(port)"
        case .v6: "[\(text)]:\(port)"
        }
    }

    /// The host as the C library writes it.
    private var text: String {
        var bytes = networkBytes
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        // SAFETY: the address has as many bytes as its family's addresses, and the text has room
        // for the longest of either.
        let found = unsafe inet_ntop(family, &bytes, &text, socklen_t(text.count))
        precondition(unsafe found != nil, "inet_ntop refuses \(bytes)")
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The host's bytes, the first first.
    var networkBytes: [UInt8] {
        switch host {
        case .v4(let address): Self.bytes(address)
        case .v6(let high, let low): Self.bytes(high) + Self.bytes(low)
        }
    }

    private static func bytes<Number: FixedWidthInteger & UnsignedInteger>(
        _ number: Number
    ) -> [UInt8] {
        stride(from: Number.bitWidth - 8, through: 0, by: -8).map {
            UInt8(truncatingIfNeeded: number >> $0)
        }
    }
}
