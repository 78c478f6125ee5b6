import Glibc

/// An object that is being read, over any file operations.
struct ObjectReading<Operations: FileOperations & ~Copyable>: ~Copyable {
    let header: ObjectHeader
    /// How many parts it has.
    let parts: UInt64
    /// Bytes of the whole content.
    let count: UInt64
    private let session: (any CipherSession)?
    private let last: Int
    private var file: PositionalFile<Operations>
    private var part: IOBuffer
    private var next: UInt64 = 0

    /// Opens the object `name`; `nil` when there is none.
    static func open(
        _ name: ObjectName, in engine: ObjectEngine<Operations>
    ) throws(StorageError) -> ObjectReading? {
        let path = engine.path(of: name)
        guard
            var file = try PositionalFile(
                path: path, flags: O_RDONLY, operations: engine.operationsForReading())
        else { return nil }
        let size = try file.size()
        var buffer = IOBuffer(capacity: ObjectHeader.size)
        _ = try file.read(ObjectHeader.size, into: &buffer, at: 0)
        let header: ObjectHeader
        do throws(StoreProblem) {
            header = try buffer.withBytes { bytes throws(StoreProblem) in
                try ObjectHeader(
                    bytes, of: name, in: engine.store, protection: engine.protection)
            }
        } catch {
            throw .store(path: path, error)
        }
        guard let extent = header.parts(fileSize: size) else {
            throw .store(
                path: path, .damaged(offset: size, why: "the file ends within a part's header"))
        }
        return ObjectReading(
            file, header, parts: extent.count, last: extent.last,
            session: engine.options.cipher?.session(salt: header.salt))
    }

    private init(
        _ file: consuming PositionalFile<Operations>, _ header: ObjectHeader, parts: UInt64,
        last: Int, session: (any CipherSession)?
    ) {
        self.file = file
        self.header = header
        self.parts = parts
        self.last = last
        self.session = session
        count = (parts - 1) * UInt64(header.partSize) + UInt64(last)
        part = IOBuffer(
            capacity: ObjectPart.headerSize + (parts == 1 ? last : header.partSize))
    }

    /// Lets `body` see the next part of the content; `false` when there is none.
    mutating func next(
        _ body: (Span<UInt8>) throws(StorageError) -> Void
    ) throws(StorageError) -> Bool {
        guard next < parts else { return false }
        try read(next)
        try part.withBytes { bytes throws(StorageError) in
            try body(bytes.extracting(droppingFirst: ObjectPart.headerSize))
        }
        next += 1
        return true
    }

    /// Goes on with the part in which byte `offset` of the content is.
    mutating func seek(to offset: UInt64) {
        next = min(offset / UInt64(header.partSize), parts)
    }

    private mutating func read(_ number: UInt64) throws(StorageError) {
        let isLast = number == parts - 1
        let count = ObjectPart.headerSize + (isLast ? last : header.partSize)
        part.removeAll()
        let got = try file.read(count, into: &part, at: header.offset(ofPart: number))
        guard got == count else {
            throw .store(
                path: file.path,
                .damaged(
                    offset: header.offset(ofPart: number), why: "the file ends within the part"))
        }
        do throws(StoreProblem) {
            try ObjectPart(header: header, number: number)
                .open(&part, isLast: isLast, session: session)
        } catch {
            throw .store(path: file.path, error)
        }
    }
}
