import Glibc

/// Reads records, by as many threads at once as there are slots: each has operations and a buffer of
/// its own.
final class ReaderPool<Operations: FileOperations & ~Copyable>: Sendable {
    private static var slotCount: Int { 16 }
    private let slots: [Slot]

    /// A pool that reads through what `make` gives.
    init(_ make: () throws(StorageError) -> Operations) throws(StorageError) {
        var slots: [Slot] = []
        for _ in 0..<Self.slotCount { slots.append(Slot(try make())) }
        self.slots = slots
    }

    /// The value of a record, which must be the one that the index has for `key`.
    func value(
        of key: Span<UInt8>, in found: KeyIndex<Operations>.Found
    ) throws(StorageError) -> [UInt8] {
        // Threads that run at the same time have different addresses; the lowest bits are the same
        // for all.
        let thread = UInt64(pthread_self())
        let slot = slots[Int((thread &* 0x9E37_79B9_7F4A_7C15) >> 60)]
        slot.lock.lock()
        defer { slot.lock.unlock() }
        return try slot.value(of: key, in: found)
    }

    private final class Slot: @unchecked Sendable {
        // Sendable: everything is used under `lock` alone.
        let lock = WaitLock()
        private var operations: Operations
        private var buffer = IOBuffer(capacity: Slot.usual)

        /// Room for most records; a larger one gets a buffer of its own.
        private static var usual: Int { 64 << 10 }

        init(_ operations: consuming Operations) { self.operations = operations }

        func value(
            of key: Span<UInt8>, in found: KeyIndex<Operations>.Found
        ) throws(StorageError) -> [UInt8] {
            let count = Int(found.location.count)
            guard count > Self.usual else {
                return try value(of: key, in: found, count, &buffer)
            }
            var large = IOBuffer(capacity: count)
            return try value(of: key, in: found, count, &large)
        }

        private func value(
            of key: Span<UInt8>, in found: KeyIndex<Operations>.Found, _ count: Int,
            _ buffer: inout IOBuffer
        ) throws(StorageError) -> [UInt8] {
            let (segment, offset) = (found.segment, found.location.offset)
            buffer.removeAll()
            _ = try operations.read(
                count, into: &buffer, from: segment.file, at: offset, path: segment.path)
            do throws(StoreProblem) {
                return try buffer.withMutableBytes { record throws(StoreProblem) in
                    try Self.value(of: key, in: &record, count, segment, offset)
                }
            } catch {
                throw .store(path: segment.path, error)
            }
        }

        /// Checks a record that was read, and takes its value out.
        private static func value(
            of key: Span<UInt8>, in record: inout MutableSpan<UInt8>, _ count: Int,
            _ segment: StoreSegment<Operations>, _ offset: UInt64
        ) throws(StoreProblem) -> [UInt8] {
            guard record.count == count else {
                throw .missing(why: "it ends within the record at offset \(offset)")
            }
            guard let header = RecordHeader(record.span, at: 0),
                header.recordCount(isSealed: segment.session != nil) == count,
                RecordSeal.holds(record.span, at: offset, salt: segment.salt)
            else { throw .damaged(offset: offset, why: "a record that was whole is not any more") }
            if let session = segment.session {
                guard
                    RecordSeal.open(
                        header, &record, place: segment.place(offset), session: session)
                else { throw .tampered(offset: offset) }
            }
            let content = record.span.extracting(
                RecordHeader.size..<RecordHeader.size + header.contentCount)
            guard header.kind == .put,
                content.extracting(first: header.keyCount).holdsSame(as: key)
            else { throw .damaged(offset: offset, why: "a record of another key") }
            return [UInt8](content.extracting(droppingFirst: header.keyCount))
        }
    }
}
