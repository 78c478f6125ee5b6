/// A number of bytes.
public struct ByteCount: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many bytes.
    public var rawValue: UInt64

    /// `rawValue` bytes.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// `count` KiB.
    public static func kibibytes(_ count: UInt64) -> ByteCount { ByteCount(count << 10) }
    /// `count` MiB.
    public static func mebibytes(_ count: UInt64) -> ByteCount { ByteCount(count << 20) }
    /// `count` GiB.
    public static func gibibytes(_ count: UInt64) -> ByteCount { ByteCount(count << 30) }

    /// The size in the binary unit that suits it.
    public var description: String { Quantity(Double(rawValue), .bytes).description }

    /// Orders by size.
    public static func < (left: ByteCount, right: ByteCount) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension ByteCount {
    /// Parses a size with its unit, such as `64 B`, `4KiB` or `1 GiB`; it must be whole bytes.
    public init(parsing text: String) throws(Quantity.ParseError) {
        let quantity = try Quantity(parsing: text)
        guard quantity.unit.isCommensurable(with: .bytes) else {
            throw .unknownUnit(quantity.unit.symbol, text: text)
        }
        let bytes = quantity.baseValue
        guard bytes >= 0, bytes < 0x1p64, bytes == bytes.rounded() else { throw .notANumber(text) }
        self.init(UInt64(bytes))
    }
}
