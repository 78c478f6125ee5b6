import Storage

/// A crash-safe sequence of numbers for one thread: a value that was given out is never given out
/// again, whatever crashes.
///
/// The counter is the size of a sparse file. Before a value is given out, the file has been extended
/// beyond it (`ftruncate`) and synced, so that recovery is a look at the size:
///
///     var orders = try Obelisk(path: "orders", reserving: .values(4096))
///     let number = try orders.next()
///     try orders.close()
///
/// Values rise. After a crash, or a drop without `close`, those that were reserved and not given out
/// are skipped, at most as many as the reservation says. The file is one block longer than the
/// counter is high: that block holds marks by which a file that was cut is known.
///
/// The file has one user: an exclusive lock (`flock`) keeps others out, in this process and in
/// others. After a failed sync the sequencer gives out nothing more until it is opened again; what it
/// finds then may be higher, never lower. When there is no room for the size (`EFBIG`: 16 TiB on
/// ext4) the call fails, and nothing else is lost.
///
/// Not covered: a file that is replaced by an older copy, or removed and made anew; a device that
/// forgets what it has called durable; a process that goes on in both halves after `fork`.
///
/// One thread at a time; it may be handed to another. `SharedObelisk` is for many at once.
public struct Obelisk: ~Copyable, Sendable {
    @usableFromInline var values: ObeliskBlock
    private let source: ObeliskSource<SystemOperations>

    /// Opens the counter at `path`, or makes it if `creation` says so.
    ///
    /// Recovery is an `open`, a lock, a look at the size and a read of 4096 bytes. Nothing is synced,
    /// unless the process that made the file died before it had synced the directory. A new file is
    /// made under the name with `.new` behind it and renamed.
    ///
    /// - Parameters:
    ///   - path: where the counter is.
    ///   - reservation: how many values are made durable at once; by default each for itself.
    ///   - creation: whether the file may be there already.
    ///   - first: the first value of a new counter, below 2^62; without meaning for others.
    /// - Throws: `ObeliskError.file` when the kernel refuses a step or another opener holds the lock;
    ///   `.cut`, `.unmarked` or `.otherPurpose` for a file that cannot be trusted.
    public init(
        path: String, reserving reservation: ObeliskReservation = .values(1),
        creation: AppendFile.Creation = .ifMissing, startingAt first: UInt64 = 0
    ) throws(ObeliskError) {
        source = try .ofOne(path: path, reservation, creation: .init(creation, first: first))
        values = ObeliskBlock(source: source)
    }

    /// The next value: a few instructions as long as the reservation lasts.
    ///
    /// - Throws: `ObeliskError`, when values cannot be reserved; none is given out then.
    @inlinable @inline(__always)
    public mutating func next() throws(ObeliskError) -> UInt64 { try values.next() }

    /// How often the file was synced since it was opened.
    public var syncs: UInt64 { source.horizon.syncCount }

    /// How many bytes of the device the file takes up: one block, where files may have holes.
    public func allocated() throws(ObeliskError) -> UInt64 { try source.horizon.allocated() }

    /// Marks how far the counter has come, closes the file and gives up its lock.
    ///
    /// Values that were reserved and not given out are skipped: a file never shrinks.
    ///
    /// - Throws: what went wrong; the file is closed all the same.
    public consuming func close() throws(ObeliskError) { try source.horizon.close() }
}

/// Values that were taken together, and are given out one by one.
@usableFromInline
struct ObeliskBlock: ~Copyable, Sendable {
    @usableFromInline var upcoming: UInt64 = 0
    @usableFromInline var end: UInt64 = 0
    private let source: ObeliskSource<SystemOperations>
    /// How many are taken; `nil` for as many as the horizon has at once.
    private let count: UInt64?

    init(source: ObeliskSource<SystemOperations>, count: UInt64? = nil) {
        self.source = source
        self.count = count
    }

    @inlinable @inline(__always)
    mutating func next() throws(ObeliskError) -> UInt64 {
        if upcoming == end { try refill() }
        let value = upcoming
        upcoming &+= 1
        return value
    }

    @usableFromInline @inline(never)
    mutating func refill() throws(ObeliskError) {
        let count = self.count ?? source.blockSize
        let first = try source.take(count)
        (upcoming, end) = (first, first + count)
    }
}

extension ObeliskSource where Operations == SystemOperations {
    /// Opens what one thread uses.
    static func ofOne(
        path: String, _ reservation: ObeliskReservation, creation: ObeliskCreation
    ) throws(ObeliskError) -> ObeliskSource {
        try ObeliskSource(
            ObeliskFile(
                path: path, creation: creation,
                operations: SystemOperations(because: .asked)), forOne: reservation)
    }
}
