import NIOCore
import Network

extension Address {
    /// The address that SwiftNIO has; nil for one of another family.
    init?(_ place: NIOCore.SocketAddress) {
        guard let host = place.ipAddress, let port = place.port else { return nil }
        let text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        guard let address = try? Address(parsing: text) else { return nil }
        self = address
    }

    /// The address as SwiftNIO has it.
    var forNIO: NIOCore.SocketAddress {
        get throws {
            let text = description
            let host = text.prefix(upTo: text.lastIndex(of: ":") ?? text.endIndex)
            return try NIOCore.SocketAddress(
                ipAddress: host.filter { $0 != "[" && $0 != "]" }, port: Int(port))
        }
    }
}
