/// A segment that is being written.
final class GrowingSegment<Operations: FileOperations & ~Copyable> {
    /// What has been written, for readers.
    let segment: StoreSegment<Operations>
    /// What the index calls it, once it knows it.
    var ordinal: UInt32 = 0
    private var log: AppendLog<Operations>?
    /// The sequence number of the last record, whether it could be written or not: numbers are
    /// nonces and are never used again.
    private var sequence: UInt64 = 0
    /// How much of the file is durable.
    private(set) var durable: UInt64
    private(set) var length: UInt64
    /// The ciphertext of what is being written.
    private var sealed = IOBuffer(capacity: 0)

    /// Begins the segment `number`: a file with a header, both durable.
    init(
        number: UInt64, growth: AppendFile.Growth, in setting: StoreSetting<Operations>
    ) throws(StorageError) {
        let path = setting.path(of: number)
        let header = SegmentHeader(
            store: setting.store, number: number, protection: Protection(setting.cipher),
            salt: setting.makeSalt())
        var log = try AppendLog(
            path: path,
            options: AppendFile.Options(
                engine: setting.options.engine, creation: .required, growth: growth,
                permissions: setting.options.permissions),
            operations: setting.make(true))
        _ = try log.append(header.bytes.span, thenSync: true)
        segment = try StoreSegment(
            header, path: path, cipher: setting.cipher, operations: setting.make(false))
        length = log.length
        durable = log.length
        self.log = consume log
    }

    /// Why it takes no more writes, once it does not.
    var failure: StorageError? { log?.failure ?? nil }
    /// How often the kernel was asked to sync its data.
    var syncs: UInt64 { log?.syncs ?? 0 }

    /// Makes the records in `buffer` whole and appends them, durably if `thenSync`; gives where they
    /// begin. In an encrypted store `buffer` keeps the plain text.
    func append(
        _ buffer: inout IOBuffer, thenSync: Bool
    ) throws(StorageError) -> UInt64 {
        let start = length
        defer {
            length = log?.length ?? length
        }
        if segment.session == nil {
            complete(&buffer)
            _ = try log?.append(contentsOf: &buffer, thenSync: thenSync)
        } else {
            sealed.removeAll()
            if sealed.capacity < buffer.count { sealed = IOBuffer(capacity: buffer.capacity) }
            sealed.append(contentsOf: buffer)
            complete(&sealed)
            _ = try log?.append(contentsOf: &sealed, thenSync: thenSync)
        }
        if thenSync { durable = log?.length ?? durable }
        return start
    }

    /// Makes all that was appended durable.
    func sync() throws(StorageError) {
        try log?.sync()
        durable = log?.length ?? durable
    }

    /// Closes the file for writing. Does not sync.
    func close() throws(StorageError) { try log.take()?.close() }

    /// Gives the records their numbers and makes them whole.
    private func complete(_ buffer: inout IOBuffer) {
        let (segment, start, durable) = (segment, length, durable)
        var sequence = sequence
        buffer.withMutableBytes { bytes in
            var position = 0
            while position < bytes.count {
                guard var header = RecordHeader(bytes.span, at: position) else {
                    preconditionFailure("something else than a record is to be written")
                }
                sequence += 1
                header.sequence = sequence
                header.durable = durable
                RecordSeal.close(
                    header, at: position, of: &bytes,
                    place: segment.place(start + UInt64(position)), salt: segment.salt,
                    session: segment.session)
                position += header.recordCount(isSealed: segment.session != nil)
            }
        }
        self.sequence = sequence
    }
}
