import Quantities

/// What a key-value store commits to: the segment that is being written, and the list of all.
///
/// One thread at a time, as its queue sees to. Invariants: `members` are the segments in the order of
/// age, of which the last is the growing one where there is one; the manifest on the device names
/// every member, since no record is written to a segment before the manifest that names it is
/// durable; every record of a member is in the index or was superseded there.
struct KeyValueLog<Operations: FileOperations & ~Copyable>: CommitLog, ~Copyable {
    /// A segment of the store.
    struct Member {
        let segment: StoreSegment<Operations>
        /// What the index calls it.
        let ordinal: UInt32
        /// How many of its bytes count, all of them durable unless it is the growing one.
        var length: UInt64
    }

    private let setting: StoreSetting<Operations>
    private(set) var members: [Member]
    private var growing: GrowingSegment<Operations>?
    private var staging = IOBuffer(capacity: 64 << 10)
    private(set) var failure: StorageError?
    /// Bytes that were appended since the store was opened.
    private(set) var length: UInt64 = 0
    private var earlierSyncs: UInt64 = 0
    /// Whether the manifest says of every member how long it is.
    private var isListed = true

    var path: String { setting.path }
    var syncs: UInt64 { earlierSyncs + (growing?.syncs ?? 0) }

    /// A log behind `members`, which are durable and named by the manifest.
    init(_ setting: StoreSetting<Operations>, members: [Member]) {
        self.setting = setting
        self.members = members
    }

    mutating func append(
        _ bytes: Span<UInt8>, thenSync: Bool
    ) throws(StorageError) -> UInt64 {
        var buffer = staging.take()
        buffer.removeAll()
        if buffer.capacity < bytes.count { buffer = IOBuffer(capacity: bytes.count) }
        buffer.append(bytes)
        let result: Result<UInt64, StorageError>
        do throws(StorageError) {
            result = .success(try append(contentsOf: &buffer, thenSync: thenSync))
        } catch {
            result = .failure(error)
        }
        staging = buffer
        return try result.get()
    }

    mutating func append(
        contentsOf buffer: inout IOBuffer, thenSync: Bool
    ) throws(StorageError) -> UInt64 {
        try checkUsable()
        let growing = try segmentWithRoom()
        let start: UInt64
        do throws(StorageError) {
            start = try growing.append(&buffer, thenSync: thenSync)
        } catch {
            failure = growing.failure
            throw error
        }
        length += UInt64(buffer.count)
        apply(buffer, at: start, in: growing)
        return start
    }

    mutating func sync() throws(StorageError) {
        try checkUsable()
        guard let growing else { return }
        do throws(StorageError) {
            try growing.sync()
        } catch {
            failure = growing.failure
            throw error
        }
    }

    /// Makes everything durable, says so in the manifest, and closes the files.
    consuming func close() throws(StorageError) {
        guard failure == nil else {
            try growing?.close()
            return
        }
        let uncut = try finishGrowing()
        if !isListed { try publish(listed()) }
        if let uncut { throw uncut }
    }

    private func checkUsable() throws(StorageError) {
        if let failure { throw .poisoned(path: path, cause: failure) }
    }

    /// Applies what has been written to the index, in its order.
    private func apply(
        _ buffer: borrowing IOBuffer, at start: UInt64, in growing: GrowingSegment<Operations>
    ) {
        var collector = ChangeCollector(
            growing.segment, ordinal: growing.ordinal, index: setting.index)
        let isSealed = growing.segment.session != nil
        buffer.withBytes { bytes in
            var position = 0
            while position < bytes.count {
                guard let header = RecordHeader(bytes, at: position) else {
                    preconditionFailure("something else than a record was written")
                }
                let first = position + RecordHeader.size
                collector.take(
                    header, at: start + UInt64(position),
                    bytes.extracting(first..<first + header.contentCount))
                position += header.recordCount(isSealed: isSealed)
            }
        }
    }
}

/// One segment after the other.
extension KeyValueLog where Operations: ~Copyable {
    /// The segment that the next append goes to: a new one when there is none or it is full.
    private mutating func segmentWithRoom() throws(StorageError) -> GrowingSegment<Operations> {
        if let growing, growing.length < setting.options.segmentSize.rawValue { return growing }
        let fresh = try begin()
        _ = try finishGrowing()
        fresh.ordinal = setting.index.add(fresh.segment)
        members.append(
            Member(segment: fresh.segment, ordinal: fresh.ordinal, length: fresh.length))
        growing = fresh
        return fresh
    }

    /// Begins a segment, and names it in the manifest behind the others, of which the growing one is
    /// made durable first: what is behind a whole segment must not survive it.
    private mutating func begin() throws(StorageError) -> GrowingSegment<Operations> {
        try sync()
        let number = setting.takeNumber()
        do throws(StorageError) {
            let fresh = try GrowingSegment(
                number: number, growth: setting.options.growth, in: setting)
            var segments = listed()
            segments.append(
                Manifest.Segment(number: number, durable: fresh.length, isOpen: true))
            try publish(segments)
            isListed = false
            return fresh
        } catch {
            // Nothing was written to it. What cannot be removed now is swept on the next opening,
            // unless the manifest may name it.
            if failure == nil { try? setting.removeSegment(number) }
            throw error
        }
    }

    /// Makes the growing segment, if there is one, durable and closes it for writing.
    ///
    /// Returns why its file could not be cut to its content, if that is so. It harms nothing but the
    /// room that it takes up: all that was appended is durable by then, and the manifest says where
    /// it ends. So nobody's change fails for it.
    private mutating func finishGrowing() throws(StorageError) -> StorageError? {
        guard let growing else { return nil }
        if growing.durable < growing.length { try sync() }
        members[members.count - 1].length = growing.length
        earlierSyncs += growing.syncs
        isListed = false
        self.growing = nil
        do throws(StorageError) {
            try growing.close()
            return nil
        } catch {
            return error
        }
    }

    /// The members as the manifest is to name them when nothing grows any more.
    private func listed() -> [Manifest.Segment] {
        members.enumerated().map { index, member in
            let isGrowing = growing != nil && index == members.count - 1
            return Manifest.Segment(
                number: member.segment.number,
                durable: isGrowing ? growing?.durable ?? member.length : member.length,
                isOpen: false)
        }
    }

    private mutating func publish(_ segments: [Manifest.Segment]) throws(StorageError) {
        do throws(SmallFile.ReplaceFailure) {
            try setting.publish(segments)
        } catch {
            if case .unknown(let cause) = error { failure = cause }
            throw error.cause
        }
    }

    /// Closes the growing segment and gives all segments, none of which will change.
    mutating func settle() throws(StorageError) -> [Member] {
        try checkUsable()
        _ = try finishGrowing()
        return members
    }

    /// Puts `copies` in the place of `originals` in the manifest.
    ///
    /// What was not copied because something newer supersedes it goes with the originals. Under
    /// `Durability.none` the newer record may be in the page cache alone, so it is made durable
    /// first: otherwise a power cut would take both.
    mutating func replace(
        _ originals: [Member], by copies: [Member]
    ) throws(StorageError) {
        try checkUsable()
        if let growing, growing.durable < growing.length { try sync() }
        let gone = Set(originals.map(\.ordinal))
        let first = members.firstIndex { gone.contains($0.ordinal) } ?? 0
        var changed = members.filter { !gone.contains($0.ordinal) }
        changed.insert(contentsOf: copies, at: min(first, changed.count))
        let before = members
        members = changed
        var segments = listed()
        if let growing {
            segments[segments.count - 1] = Manifest.Segment(
                number: growing.segment.number, durable: growing.durable, isOpen: true)
        }
        do throws(StorageError) {
            try publish(segments)
            isListed = growing == nil
        } catch {
            members = before
            throw error
        }
    }

    /// Refuses writes from now on, for a reason that its files do not know of.
    mutating func poison(_ cause: StorageError) { failure = failure ?? cause }
}
