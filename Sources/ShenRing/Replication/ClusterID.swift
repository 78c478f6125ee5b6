/// Which cluster a message belongs to: nodes ignore what was meant for another one.
///
/// Chosen once, when the cluster is founded; two clusters must not share one.
public struct ClusterID: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public let rawValue: UInt64

    /// The cluster of this number.
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    /// `cluster` and the number.
    public var description: String { "cluster \(rawValue)" }
}
