public import Quantities
public import Storage

extension SegmentedLog {
    /// How to open a log.
    public struct Options: Hashable, Sendable {
        /// When an append counts as done.
        public var durability: Durability
        /// Whether the log may be there already.
        public var creation: AppendFile.Creation
        /// When a new segment is begun: once one has so many bytes. At most 1 TiB. Retention removes
        /// whole segments.
        public var segmentSize: ByteCount
        /// How many bytes of batches share a sync at most, under `Durability.group`.
        public var groupCapacity: ByteCount
        /// How segments grow.
        public var growth: AppendFile.Growth
        /// How many bytes lie between two entries of a segment's index: what a read looks through on
        /// average is half of it.
        public var indexInterval: ByteCount
        /// How many producers are remembered.
        public var producerLimit: Int
        /// How many segments are kept open for reading, each with its index in memory.
        public var openSegments: Int
        /// The permission bits of created files, before the process's umask. The directory has the bits
        /// to enter for whoever may read.
        public var permissions: UInt32

        /// Options with the given durability, and what suits most logs otherwise: segments
        /// of 256 MiB that are extended ahead by 4 MiB, an index entry each 4 KiB.
        public init(
            durability: Durability,
            creation: AppendFile.Creation = .ifMissing,
            segmentSize: ByteCount = .mebibytes(256), groupCapacity: ByteCount = .mebibytes(1),
            growth: AppendFile.Growth = .zeroFilled(step: .mebibytes(4)),
            indexInterval: ByteCount = .kibibytes(4), producerLimit: Int = 1 << 16,
            openSegments: Int = 64, permissions: UInt32 = 0o644
        ) {
            self.durability = durability
            self.creation = creation
            self.segmentSize = segmentSize
            self.groupCapacity = groupCapacity
            self.growth = growth
            self.indexInterval = indexInterval
            self.producerLimit = producerLimit
            self.openSegments = openSegments
            self.permissions = permissions
        }
    }
}
