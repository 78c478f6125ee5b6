/// A worker's state that can be written down and read back, possibly by a later version of the
/// program.
public protocol StateSnapshot: ~Copyable {
    /// The version in which this program writes the state; rises by one with every change of what
    /// the bytes mean.
    static var snapshotVersion: UInt32 { get }

    /// Appends the state's bytes.
    borrowing func encodeSnapshot(into bytes: inout [UInt8])

    /// Reads bytes of the current version, all of them.
    init(snapshot bytes: RawSpan) throws(WireError)

    /// Makes the bytes of version `version + 1` of those of `version`, which is below the current
    /// one. Nil (the default) where that version is no longer understood.
    static func migrate(_ bytes: [UInt8], from version: UInt32) throws(WireError) -> [UInt8]?
}

extension StateSnapshot where Self: ~Copyable {
    /// Understands no earlier version.
    public static func migrate(
        _ bytes: [UInt8], from version: UInt32
    ) throws(WireError) -> [UInt8]? { nil }
}
