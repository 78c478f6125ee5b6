/// What opening a log found.
public struct LogRecovery: Hashable, Sendable {
    /// The end of a segment that was written but never synced when the log's process or machine stopped,
    /// and is not whole: nobody was told that it was durable. It was cut off.
    public struct Cut: Hashable, Sendable {
        /// The segment's file.
        public let path: String
        /// Where in the file what is whole ends.
        public let position: UInt64
        /// How many bytes were cut off.
        public let bytes: UInt64
        /// What there was instead of a batch.
        public let why: String
    }

    /// How many segments the log has.
    public var segments = 0
    /// How many batches were read: those of the last segment.
    public var batches = 0
    /// How many bytes were read.
    public var bytes: UInt64 = 0
    /// The mark of the last batch, or the last that was noted; 0 where there is none.
    public var mark: UInt64 = 0
    /// What was cut off; `nil` after the log was closed, and mostly after a crash as well.
    public var cut: Cut?
}
