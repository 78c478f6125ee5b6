import Glibc

/// Making requests. Each needs room (`hasRoom`), and completes once.
extension FileRing {
    /// Reads up to `count` bytes at `offset`, behind what `buffer` holds, which has room for them.
    ///
    /// - Parameters:
    ///   - count: at least 1. For direct I/O a multiple of the file's alignment, as is `offset`, and
    ///     so is what the buffer holds already.
    ///   - tag: what the completion is to be known by.
    public mutating func read(
        _ count: Int, into buffer: consuming IOBuffer, from file: DataFile, at offset: UInt64,
        tag: UInt64
    ) {
        precondition(count > 0 && count <= buffer.room, "\(count) bytes into \(buffer.room)")
        let start = buffer.count
        var transfer = Transfer()
        transfer.kind = .read
        transfer.tag = tag
        transfer.file = files.index(of: file)
        transfer.offset = offset
        transfer.start = start
        transfer.count = count
        transfer.buffer = consume buffer
        begin(transfer, at: offset, start, count)
    }

    /// Writes `part` of what `buffer` holds at `offset`; with `thenSync`, the completion comes when
    /// it is durable, and nothing else need be: earlier writes have theirs.
    ///
    /// - Parameters:
    ///   - part: not empty. For direct I/O both its bounds are multiples of the file's alignment, as
    ///     is `offset`.
    ///   - tag: what the completion is to be known by.
    public mutating func write(
        _ buffer: consuming IOBuffer, part: Range<Int>, to file: DataFile, at offset: UInt64,
        tag: UInt64, thenSync: Bool = false
    ) {
        precondition(
            !part.isEmpty && part.lowerBound >= 0 && part.upperBound <= buffer.count,
            "bytes \(part) of a buffer that holds \(buffer.count)")
        var transfer = Transfer()
        transfer.kind = .write
        transfer.thenSync = thenSync
        transfer.tag = tag
        transfer.file = files.index(of: file)
        transfer.offset = offset
        transfer.start = part.lowerBound
        transfer.count = part.count
        transfer.buffer = consume buffer
        begin(transfer, at: offset, part.lowerBound, part.count)
    }

    /// Makes durable what was written to the file by requests that have completed.
    ///
    /// - Parameter tag: what the completion is to be known by.
    public mutating func sync(_ file: DataFile, tag: UInt64) {
        var transfer = Transfer()
        transfer.tag = tag
        transfer.file = files.index(of: file)
        begin(transfer, at: 0, 0, 0)
    }

    private mutating func begin(
        _ transfer: consuming Transfer, at offset: UInt64, _ start: Int, _ count: Int
    ) {
        let file = transfer.file
        let isChange = transfer.kind != .read
        let refusal = refusal(file, isChange, offset, start, count)
        let index = table.begin(transfer)
        files.with(file) { $0.requests += 1 }
        if let refusal {
            table.with(index) { $0.error = refusal }
            table.finish(index)
        } else if isRing {
            issue(index)
            // Where nothing else is under way and no more may be asked for, the caller is going to
            // wait, and hands these over in the same entry.
            if prepared >= batch && (hasRoom || prepared < table.count) { submit() }
        } else {
            perform(index)
        }
    }

    /// Why a request is not to be begun.
    private mutating func refusal(
        _ index: Int, _ isChange: Bool, _ offset: UInt64, _ start: Int, _ count: Int
    ) -> StorageError? {
        if let failure { return failure }
        guard isOfThisThread else { return .wrongThread(path: files.path(index)) }
        return files.with(index) { file -> StorageError? in
            let alignment = file.alignment
            if alignment > 1
                && (offset % UInt64(alignment) != 0 || count % alignment != 0
                    || start % alignment != 0)
            {
                return .misaligned(
                    path: file.path, offset: offset, count: count, alignment: alignment)
            }
            // Offsets of a file are signed for the kernel.
            guard offset <= UInt64(Int64.max) - UInt64(count) else {
                let step: StorageError.Operation = isChange ? .write : .read
                return .refused(step, path: file.path, ErrorNumber(code: EFBIG))
            }
            guard isChange else { return nil }
            if file.mode == .reading {
                return .refused(.write, path: file.path, ErrorNumber(code: EBADF))
            }
            return file.failure.map { .poisoned(path: file.path, cause: $0) }
        }
    }

    private var isOfThisThread: Bool {
        mutating get { ring?.belongsToThisThread ?? true }
    }
}
