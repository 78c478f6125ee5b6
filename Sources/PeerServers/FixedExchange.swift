import Glibc

/// A request and its reply, the same bytes every time but for the digits of a number that the reply
/// may carry: what lets one client, with the same work for each, measure unlike servers.
public struct FixedExchange: Sendable {
    /// The request.
    public let request: [UInt8]
    /// A reply. The digits of its number are those of one reply.
    public let reply: [UInt8]
    /// Where the digits are; empty when every reply is the same.
    public let digits: Range<Int>

    /// An exchange; the digits must lie in the reply.
    public init(request: [UInt8], reply: [UInt8], digits: Range<Int> = 0..<0) {
        precondition(!request.isEmpty && !reply.isEmpty, "an exchange has a request and a reply")
        precondition(digits.isEmpty || reply.indices.contains(digits.upperBound - 1))
        self.request = request
        self.reply = reply
        self.digits = digits
    }

    /// The exchange whose reply is `reply`, with the longest row of digits in it as the number;
    /// `nil` when there is none.
    static func carryingNumber(request: [UInt8], reply: [UInt8]) -> FixedExchange? {
        var longest = 0..<0
        var start = 0
        for index in 0...reply.count {
            if index < reply.count, isDigit(reply[index]) { continue }
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest.isEmpty
            ? nil : FixedExchange(request: request, reply: reply, digits: longest)
    }

    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The number that the reply at `start` of `bytes` carries, 0 when it has none; `nil` when it is
    /// not the reply that was expected.
    @inline(__always)
    func value(in bytes: [UInt8], at start: Int) -> Int64? {
        let after = digits.upperBound
        guard matches(bytes, start, 0, digits.lowerBound),
            matches(bytes, start, after, reply.count)
        else { return nil }
        var value: Int64 = 0
        for index in digits {
            let byte = bytes[start + index]
            guard Self.isDigit(byte) else { return nil }
            value = value &* 10 &+ Int64(byte &- 0x30)
        }
        return value
    }

    /// Whether the bytes of the reply from `low` to before `high` are there.
    @inline(__always)
    private func matches(_ bytes: [UInt8], _ start: Int, _ low: Int, _ high: Int) -> Bool {
        precondition(start + reply.count <= bytes.count, "a reply is not there as a whole")
        guard high > low else { return true }
        // SAFETY: both ranges lie in their arrays, which stay valid during the call.
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe reply.withUnsafeBytes { reply in
                guard let found = bytes.baseAddress, let wanted = reply.baseAddress else {
                    return false
                }
                return unsafe memcmp(found + start + low, wanted + low, high - low) == 0
            }
        }
    }
}
