import StateMachines
import Storage

/// Where the batch stands that comes after those that were read: reading on from there is no search.
package struct BatchPlace: Sendable {
    let salt: UInt64
    let frame: SparseIndex.Entry
}

/// Reading batches as they were stored, for a replica that lacks them.
extension LogEngine where Operations: ~Copyable {
    /// What a replica that wants records is given: at least one batch, and of more no more than have `limit`
    /// bytes with it. Nil where this log does not have what is wanted.
    ///
    /// - Parameters:
    ///   - applied: the place up to which everything that was agreed on is stored here.
    ///   - place: where the next batch stands, for the next call.
    /// - Throws: what reading finds.
    func copy(
        for demand: RecordDemand, applied: UInt64, upTo limit: Int, at place: inout BatchPlace?
    ) throws(LogError) -> RecordCopy? {
        let view = currentView
        guard applied >= demand.place, (view.first...view.end).contains(demand.first) else {
            return nil
        }
        let batches = try batches(from: demand.first, upTo: limit, in: view, at: &place)
        let end = batches.last.map { $0.first + UInt64($0.batch.count) } ?? demand.first
        return RecordCopy(
            first: demand.first, batches: batches, place: end == view.end ? applied : nil)
    }

    /// The batches from `offset` on, at least one where there are any.
    private func batches(
        from offset: UInt64, upTo limit: Int, in view: LogView, at place: inout BatchPlace?
    ) throws(LogError) -> [AgreedBatch] {
        var reading = BatchReading(from: offset, before: view.end, limit: limit)
        for entry in view.entries where !reading.isOver && (entry.isOpen || entry.end > offset) {
            try translating { () throws(StorageError) in
                try read(entry, into: &reading, from: place)
            }
        }
        place = reading.next
        return reading.batches
    }

    private func read(
        _ entry: LogManifest.Entry, into reading: inout BatchReading, from place: BatchPlace?
    ) throws(StorageError) {
        let segment = try OpenSegment(entry, log: identity, in: setting)
        var scanner = SegmentScanner(
            segment, upTo: entry.isOpen ? try segment.size() : entry.length,
            operations: try setting.make())
        var start: SparseIndex.Entry?
        if let place, place.salt == entry.salt, place.frame.first == reading.end {
            start = place.frame
        }
        let outcome = try scanner.scan(from: start) { header, position, frame in
            reading.take(header, at: position, in: entry, frame)
        }
        let end = entry.isOpen ? reading.last : min(entry.end, reading.last)
        guard reading.isOver || outcome.end >= end else {
            throw .store(
                path: segment.path,
                .damaged(
                    offset: outcome.length,
                    why: outcome.damage?.why ?? "it ends before offset \(end)"))
        }
    }
}

/// Batches as they are read, up to a limit.
private struct BatchReading {
    /// The offset behind those that there are.
    private(set) var end: UInt64
    /// The offset at which the log ends.
    let last: UInt64
    private let limit: Int
    private var bytes = 0
    private(set) var batches: [AgreedBatch] = []
    /// Where the batch stands at which reading ended before the log did.
    private(set) var next: BatchPlace?

    init(from offset: UInt64, before last: UInt64, limit: Int) {
        (end, self.last, self.limit) = (offset, last, limit)
    }

    /// Whether no more are wanted.
    var isOver: Bool { end >= last || next != nil }

    /// Takes the batch of a frame, if it is wanted; whether more are.
    mutating func take(
        _ header: FrameHeader, at position: UInt64, in entry: LogManifest.Entry,
        _ frame: Swift.Span<UInt8>
    ) -> Bool {
        // Frames without a producer hold places alone.
        guard header.end > end, let stamp = header.stamp else { return !isOver }
        guard batches.isEmpty || bytes + header.byteCount <= limit else {
            next = BatchPlace(
                salt: entry.salt,
                frame: SparseIndex.Entry(first: header.first, position: position))
            return false
        }
        var batch = RecordBatch(time: Moment(nanoseconds: header.time))
        batch.mark = header.mark
        _ = FrameRecords.visit(frame, header) { _, record in
            batch.add(record)
            return true
        }
        batches.append(
            AgreedBatch(place: header.mark, first: header.first, stamp: stamp, batch: batch))
        bytes += header.byteCount
        end = header.end
        return !isOver
    }
}

/// Storing what another replica has given.
extension LogEngine where Operations: ~Copyable {
    /// Stores a copy. Gives the image of the log, which is durable then, where nothing is missing any more.
    func take(_ copy: RecordCopy) throws(LogError) -> PartitionImage? {
        for batch in copy.batches { try store(batch) }
        guard let place = copy.place else { return nil }
        try note(place: place)
        try sync()
        return try image()
    }
}
