/// The identity of a node on a ring: a string of bytes, compared and ordered as bytes.
///
/// Two names are one name only when their bytes are equal. Swift's `String` would also call two
/// spellings of "é" equal; machines that hash the names would not agree on that.
public struct NodeName: Hashable, Sendable {
    /// The bytes, exactly as given.
    public let bytes: [UInt8]

    /// The name whose bytes are the UTF-8 of `text`; nothing is normalised.
    public init(_ text: String) { bytes = Array(text.utf8) }

    /// The name with these bytes, which need not be text.
    public init(bytes: some Sequence<UInt8>) { self.bytes = Array(bytes) }
}

extension NodeName: Comparable {
    /// Orders by bytes, a prefix before what it begins.
    public static func < (left: NodeName, right: NodeName) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension NodeName: ExpressibleByStringLiteral {
    /// The name whose bytes are the UTF-8 of the literal.
    public init(stringLiteral value: String) { self.init(value) }
}

extension NodeName: CustomStringConvertible {
    /// The text where the bytes are UTF-8, otherwise `0x` and the bytes in hexadecimal.
    public var description: String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return bytes.reduce(into: "0x") { text, byte in
            text += (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
}
