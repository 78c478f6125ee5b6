/// Which cluster frames belong to: a number drawn when the cluster was made, so that nodes of two
/// that share a network do not take each other's messages.
public struct ClusterTag: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// The cluster of this number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// The number in hexadecimal digits.
    public var description: String { String(rawValue, radix: 16) }
}

/// What a frame may be.
public struct FrameLimits: Hashable, Sendable {
    /// The most bytes of payload that a frame may announce.
    public let maximumPayload: Int

    /// Limits for payloads of at most `maximumPayload` bytes, which is from 0 up to 1 GiB.
    public init(maximumPayload: Int = 1 << 20) {
        precondition(
            (0...1 << 30).contains(maximumPayload), "payloads of up to \(maximumPayload) bytes")
        self.maximumPayload = maximumPayload
    }
}
