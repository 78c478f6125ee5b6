/// How a store is encrypted, as its files say it: the algorithm and the key's identifier.
struct Protection: Hashable, Sendable {
    /// How many bytes it takes in a file.
    static let size = 24

    /// 0 for none.
    let algorithm: UInt32
    let key: KeyIdentifier

    /// That of stores which are opened with `cipher`.
    init(_ cipher: (any RecordCipher)?) {
        algorithm = cipher?.algorithm ?? 0
        key = cipher?.keyIdentifier ?? .none
        precondition((algorithm == 0) == (cipher == nil), "an algorithm with the number 0")
    }

    /// Reads what `append(to:)` wrote.
    init(_ bytes: Span<UInt8>, at offset: Int) {
        algorithm = bytes.number(UInt32.self, at: offset)
        key = KeyIdentifier(
            low: bytes.number(UInt64.self, at: offset + 8),
            high: bytes.number(UInt64.self, at: offset + 16))
    }

    /// Appends the 24 bytes.
    func append(to bytes: inout [UInt8]) {
        bytes.append(number: algorithm)
        bytes.append(number: UInt32(0))
        bytes.append(number: key.low)
        bytes.append(number: key.high)
    }

    /// Why what has this protection cannot be read with `given`; `nil` where it can.
    func problem(with given: Protection) -> StoreProblem? {
        if self == given { return nil }
        if algorithm == 0 { return .mismatch(why: "not encrypted, and opened with a key") }
        if given.algorithm == 0 {
            return .mismatch(why: "encrypted under the key \(key), and opened without one")
        }
        if algorithm != given.algorithm {
            return .mismatch(
                why: "encrypted by algorithm \(algorithm), and opened with algorithm "
                    + "\(given.algorithm)")
        }
        return .wrongKey(stored: key, given: given.key)
    }
}
