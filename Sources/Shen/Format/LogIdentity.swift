import Storage

/// 16 random bytes that a log is made with: they tell its files from those of another log.
public struct LogIdentity: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes it takes in a file.
    static let size = 16

    /// The first 8 bytes, little-endian.
    public let low: UInt64
    /// The last 8 bytes, little-endian.
    public let high: UInt64

    /// The identity of the given 16 bytes.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// An identity that no other log has.
    static func random() -> LogIdentity {
        var generator = SystemRandomNumberGenerator()
        return LogIdentity(low: generator.next(), high: generator.next())
    }

    /// 32 hexadecimal digits.
    public var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// The 20 decimal digits of an offset: as names they sort like the numbers.
func decimal(_ offset: UInt64) -> String {
    let digits = String(offset)
    return String(repeating: "0", count: 20 - digits.utf8.count) + digits
}

/// The offset that `decimal` made this text from; `nil` for any other text.
func offset(decimal text: Substring) -> UInt64? {
    guard text.utf8.count == 20, let number = UInt64(text), decimal(number) == text else {
        return nil
    }
    return number
}
