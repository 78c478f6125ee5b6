/// An ID of 64 bits that compares as its time does; `ScarabLayout` says what its bits mean.
///
/// It has two texts: the decimal number, and 13 characters of Crockford's base 32, which sort as the
/// IDs do.
public struct ScarabID: Hashable, Comparable, Sendable, RawRepresentable,
    CustomStringConvertible, LosslessStringConvertible
{
    /// The 64 bits.
    public let rawValue: UInt64

    /// The ID of these bits.
    @inlinable
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Orders by time, then by machine, then by sequence.
    @inlinable
    public static func < (left: ScarabID, right: ScarabID) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The decimal number.
    public var description: String { String(rawValue) }

    /// The ID whose decimal number is `text`: digits only, no more than `description` would have.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = UInt64(text),
            text.utf8.count == 1 || text.utf8.first != 48
        else { return nil }
        rawValue = value
    }
}

extension ScarabID {
    /// Base 32 without I, L, O and U (Crockford, "Base 32", 2002), in the order of the characters.
    private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    /// How many characters hold 64 bits.
    private static let width = 13

    /// Thirteen characters that sort as the IDs do.
    public var sortableText: String {
        let characters = (0..<Self.width).map { place in
            Self.digits[Int((rawValue >> UInt64(5 * (Self.width - 1 - place))) & 31)]
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// The ID whose `sortableText` this is, read as Crockford has it: small letters too, I and L as
    /// 1, O as 0.
    public init?(sortableText text: String) {
        guard text.utf8.count == Self.width else { return nil }
        var value: UInt64 = 0
        for (place, character) in text.utf8.enumerated() {
            guard let digit = Self.digit(character), place > 0 || digit < 16 else { return nil }
            value = value << 5 | digit
        }
        rawValue = value
    }

    private static func digit(_ character: UInt8) -> UInt64? {
        let capital = (97...122).contains(character) ? character - 32 : character
        switch capital {
        case UInt8(ascii: "I"), UInt8(ascii: "L"): return 1
        case UInt8(ascii: "O"): return 0
        default: return digits.firstIndex(of: capital).map(UInt64.init)
        }
    }
}

/// IDs that follow each other without a gap.
public struct ScarabRun: Sequence, Hashable, Sendable {
    /// The first of them.
    public let first: ScarabID
    /// How many there are; at least one.
    public let count: Int

    @usableFromInline
    init(first: UInt64, count: Int) {
        self.first = ScarabID(rawValue: first)
        self.count = count
    }

    /// The IDs in their order.
    @inlinable
    public func makeIterator() -> Iterator {
        Iterator(upcoming: first.rawValue, end: first.rawValue &+ UInt64(count))
    }

    /// Goes through the IDs of a run.
    public struct Iterator: IteratorProtocol {
        @usableFromInline var upcoming: UInt64
        @usableFromInline let end: UInt64

        @usableFromInline
        init(upcoming: UInt64, end: UInt64) {
            self.upcoming = upcoming
            self.end = end
        }

        /// The next ID; `nil` after the last.
        @inlinable
        public mutating func next() -> ScarabID? {
            guard upcoming != end else { return nil }
            defer { upcoming &+= 1 }
            return ScarabID(rawValue: upcoming)
        }
    }
}
