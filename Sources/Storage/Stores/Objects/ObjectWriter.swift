import Glibc
import Quantities

/// An object that is being written, over any file operations.
struct ObjectWriting<Operations: FileOperations & ~Copyable>: ~Copyable {
    private let engine: ObjectEngine<Operations>
    private let name: ObjectName
    private let header: ObjectHeader
    private let session: (any CipherSession)?
    private var file: PositionalFile<Operations>
    private var part: IOBuffer
    private var number: UInt64 = 0
    private var failure: StorageError?
    private var isPublished = false

    /// Begins the object `name` under a name that no reader looks for.
    init(_ name: ObjectName, in engine: ObjectEngine<Operations>) throws(StorageError) {
        let cipher = engine.options.cipher
        self.init(
            name, in: engine, file: try engine.makeTemporary(),
            ObjectHeader(
                store: engine.store, protection: engine.protection,
                salt: cipher == nil ? .none : .random(), name: name,
                partSize: Int(engine.options.partSize.rawValue)))
    }

    private init(
        _ name: ObjectName, in engine: ObjectEngine<Operations>,
        file: consuming PositionalFile<Operations>?, _ header: ObjectHeader
    ) {
        // Opening with `O_CREAT` throws or gives a file.
        guard let file else { preconditionFailure("a file that is created is not there") }
        self.engine = engine
        self.name = name
        self.header = header
        self.file = file
        session = engine.options.cipher?.session(salt: header.salt)
        part = IOBuffer(capacity: ObjectPart.headerSize + header.partSize)
        part.append(zeroes: ObjectPart.headerSize)
    }

    deinit {
        // Nobody was promised this file.
        if !isPublished { engine.discard(file) }
    }

    /// How many bytes were taken.
    private(set) var count: UInt64 = 0

    /// Takes more of the content.
    mutating func write(_ bytes: Span<UInt8>) throws(StorageError) {
        try checkUsable()
        var done = 0
        while done < bytes.count {
            // Only when there is more is a full part not the last one.
            if part.room == 0 { try finishPart(isLast: false) }
            let count = min(part.room, bytes.count - done)
            part.append(bytes.extracting(done..<done + count))
            done += count
            self.count += UInt64(count)
        }
    }

    /// Makes the object durable, and then the one that readers find under its name.
    consuming func publish() throws(StorageError) {
        try checkUsable()
        try finishPart(isLast: true)
        try file.sync()
        try engine.publish(file, as: name)
        isPublished = true
    }

    private func checkUsable() throws(StorageError) {
        if let failure { throw .poisoned(path: file.path, cause: failure) }
    }

    private mutating func finishPart(isLast: Bool) throws(StorageError) {
        do throws(StorageError) {
            if number == 0 {
                var first = IOBuffer(capacity: ObjectHeader.size)
                first.append(header.bytes.span)
                try file.write(&first, at: 0, thenSync: false)
            }
            ObjectPart(header: header, number: number)
                .close(&part, isLast: isLast, session: session)
            try file.write(&part, at: header.offset(ofPart: number), thenSync: false)
        } catch {
            // A part was encrypted and may be on the device in part: no other content may be
            // encrypted in its place.
            failure = error
            throw error
        }
        number += 1
        part.removeAll()
        part.append(zeroes: ObjectPart.headerSize)
    }
}
