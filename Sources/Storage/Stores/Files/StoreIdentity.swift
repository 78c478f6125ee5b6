/// 16 random bytes that a store is made with: they tell its files from those of another store.
struct StoreIdentity: Hashable, Sendable, CustomStringConvertible {
    /// How many bytes it takes in a file.
    static let size = 16

    let low: UInt64
    let high: UInt64

    /// An identity that no other store has.
    static func random() -> StoreIdentity {
        // The system's generator is the kernel's, which is fit for keys.
        var generator = SystemRandomNumberGenerator()
        return StoreIdentity(low: generator.next(), high: generator.next())
    }

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Reads what `append(to:)` wrote.
    init(_ bytes: Span<UInt8>, at offset: Int) {
        low = bytes.number(UInt64.self, at: offset)
        high = bytes.number(UInt64.self, at: offset + 8)
    }

    /// Appends the 16 bytes.
    func append(to bytes: inout [UInt8]) {
        bytes.append(number: low)
        bytes.append(number: high)
    }

    /// What distinguishes the checksums of the store's file `number`.
    func salt(ofFile number: UInt64) -> UInt64 {
        (low ^ (high << 1 | high >> 63)) &+ number &* 0xD6E8_FEB8_6659_FD93
    }

    var description: String { hexadecimal(high) + hexadecimal(low) }
}

/// The 16 hexadecimal digits of a number.
package func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

/// The number that `hexadecimal` made this text from; `nil` for any other text.
func number(hexadecimal text: Substring) -> UInt64? {
    guard text.utf8.count == 16, let number = UInt64(text, radix: 16),
        hexadecimal(number) == text
    else { return nil }
    return number
}
