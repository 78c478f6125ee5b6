import Glibc

/// Why a text is no address.
public enum AddressError: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is no colon with a port behind it.
    case missingPort(String)
    /// What stands behind the colon is no port.
    case port(String, text: String)
    /// What stands before it is no address of either kind. Names are not looked up.
    case host(String, text: String)

    /// What was found, and what was expected.
    public var description: String {
        switch self {
        case .missingPort(let text):
            "'\(text)' has no port: expected 192.0.2.1:80 or [2001:db8::1]:80"
        case .port(let port, let text):
            "'\(port)' in '\(text)' is no port: expected 0 to 65535"
        case .host(let host, let text):
            "'\(host)' in '\(text)' is no address: expected 192.0.2.1 or [2001:db8::1]"
        }
    }
}

extension Address {
    /// The address that `text` is: an IPv4 address or, in brackets, an IPv6 address, a colon, and a
    /// port. Names and zones of IPv6 are not taken.
    ///
    /// - Throws: what is wrong with the text.
    public init(parsing text: String) throws(AddressError) {
        guard let colon = text.lastIndex(of: ":") else { throw .missingPort(text) }
        let host = String(text[..<colon])
        let digits = String(text[text.index(after: colon)...])
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
        else {
            // A bare IPv6 address ends in something that may look like a port.
            throw host.contains(":") && !host.hasSuffix("]")
                ? .missingPort(text) : .port(digits, text: text)
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let bytes = Self.bytes(of: String(host.dropFirst().dropLast()), AF_INET6, 16)
            else { throw .host(host, text: text) }
            self.init(
                .v6(high: Self.number(bytes[..<8]), low: Self.number(bytes[8...])), port: port)
        } else {
            guard !host.contains(":") else { throw .missingPort(text) }
            guard let bytes = Self.bytes(of: host, AF_INET, 4) else {
                throw .host(host, text: text)
            }
            self.init(.v4(UInt32(Self.number(bytes[...]))), port: port)
        }
    }

    private static func bytes(of text: String, _ family: Int32, _ count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: an address of the family has so many bytes; the text is a C string for the call.
        let answer = unsafe inet_pton(family, text, &bytes)
        // A zero within the text would hide what follows it.
        return answer == 1 && !text.utf8.contains(0) ? bytes : nil
    }

    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
