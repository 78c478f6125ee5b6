import Glibc
import Quantities

/// What there is when a block store is opened: made, or read and checked.
struct LoadedBlocks<Operations: FileOperations & ~Copyable>: ~Copyable {
    /// Makes operations.
    typealias Maker = () throws(StorageError) -> Operations

    var file: PositionalFile<Operations>
    var superblock: Superblock
    let geometry: BlockGeometry
    var map: AllocationMap
    var digests: [[UInt64]]
    /// Whether both superblocks and maps say the same.
    var isMirrored = true
    /// What of the file could not be read.
    var unreadable: StoreProblem?

    /// What the superblock says of its map's pages, whose checksums these are.
    static func digest(of checksums: [UInt64]) -> UInt64 {
        var bytes: [UInt8] = []
        for checksum in checksums { bytes.append(number: checksum) }
        return ContentHash.of(bytes.span)
    }

    /// Opens the store in the file at `path`, or makes it.
    static func open(
        path: String, options: BlockStore.Options, make: Maker
    ) throws(StorageError) -> LoadedBlocks {
        if var file = try PositionalFile(path: path, flags: O_RDWR, operations: make()) {
            guard options.creation != .required else {
                throw .refused(.create, path: path, ErrorNumber(code: EEXIST))
            }
            try claim(&file)
            try file.settle()
            return try read(file, cipher: options.cipher)
        }
        guard options.creation != .forbidden else {
            throw .refused(.open, path: path, ErrorNumber(code: ENOENT))
        }
        return try create(path: path, options: options, make: make)
    }

    private static func claim(_ file: inout PositionalFile<Operations>) throws(StorageError) {
        _ = try file.size()
        try file.lock()
        // Whoever made the file may have died before its name was durable.
        do throws(StepFailure) {
            try file.operations.syncDirectory(of: file.path)
        } catch {
            throw StorageError(error, at: file.path)
        }
    }

    /// Makes a store under another name and, when it is whole and durable, gives it its own: there is
    /// never a part of a store under `path`.
    private static func create(
        path: String, options: BlockStore.Options, make: Maker
    ) throws(StorageError) -> LoadedBlocks {
        guard
            var file = try PositionalFile(
                path: path + SmallFile.suffix, flags: O_RDWR | O_CREAT,
                permissions: options.permissions, operations: make())
        else { throw .refused(.create, path: path, ErrorNumber(code: ENOENT)) }
        _ = try file.size()
        try file.lock()
        // Only now: whoever held the lock before may have given this file its name.
        if try PositionalFile(path: path, flags: O_RDWR, operations: make()) != nil {
            throw .locked(path: path)
        }
        try file.truncate(to: 0)
        var loaded = LoadedBlocks(
            file,
            Superblock(
                store: .random(), protection: Protection(options.cipher),
                pageSize: Int(options.pageSize.rawValue), capacity: options.capacity))
        try loaded.writeNew(cipher: options.cipher)
        do throws(SmallFile.ReplaceFailure) {
            try loaded.file.publish(as: path, in: SmallFile.parent(of: path))
        } catch {
            throw error.cause
        }
        loaded.file.path = path
        return loaded
    }

    private init(_ file: consuming PositionalFile<Operations>, _ superblock: Superblock) {
        self.file = file
        self.superblock = superblock
        geometry = BlockGeometry(pageSize: superblock.pageSize, capacity: superblock.capacity)
        map = AllocationMap(geometry)
        digests = Array(repeating: Array(repeating: 0, count: geometry.mapPages), count: 2)
    }

    private mutating func writeNew(cipher: (any RecordCipher)?) throws(StorageError) {
        let format = PageFormat(store: superblock.store, pageSize: geometry.pageSize)
        var buffer = IOBuffer(capacity: max(geometry.pageSize, Superblock.size))
        superblock.isMirrored = true
        for slot in [1, 0] {
            for index in 0..<geometry.mapPages {
                buffer.removeAll()
                let place = geometry.mapPlace(slot, index)
                format.make(
                    .map, map.content(ofPage: index).span, at: place, nonce: nil, in: &buffer)
                digests[slot][index] = buffer.withBytes { PageFormat.checksum(in: $0) }
                try file.write(&buffer, at: place * UInt64(geometry.pageSize), thenSync: false)
            }
            superblock.generation += 1
            superblock.mapDigest = Self.digest(of: digests[slot])
            buffer.removeAll()
            buffer.append(superblock.bytes(cipher: cipher).span)
            try file.write(&buffer, at: geometry.superblock(slot), thenSync: false)
        }
        try file.sync()
    }
}

/// Reading what is there.
extension LoadedBlocks where Operations: ~Copyable {
    private static func read(
        _ opened: consuming PositionalFile<Operations>, cipher: (any RecordCipher)?
    ) throws(StorageError) -> LoadedBlocks {
        var file = opened
        let path = file.path
        let both = [
            try superblock(0, of: &file, cipher: cipher),
            try superblock(1, of: &file, cipher: cipher),
        ]
        let (newest, problem): (Superblock, StoreProblem?)
        do throws(StoreProblem) {
            (newest, problem) = try Self.newest(of: both)
        } catch {
            throw .store(path: path, error)
        }
        var loaded = LoadedBlocks(file, newest)
        loaded.unreadable = problem
        let other = try? both[1 - newest.slot].get()
        loaded.isMirrored = newest.isMirrored && other?.isMirrored == true
        do throws(StorageError) {
            loaded.map = try loaded.readMap(of: newest)
            if let other { try loaded.holdPages(of: other) }
        } catch {
            // The other map says the same, if both superblocks say so; otherwise it is older.
            guard case .store(_, let problem) = error, loaded.isMirrored, let other,
                other.generation + 1 == newest.generation
            else { throw error }
            loaded.unreadable = problem
            loaded.superblock = other
            loaded.map = try loaded.readMap(of: other)
        }
        loaded.map.noteStale(true, slot: 1 - loaded.superblock.slot)
        return loaded
    }

    /// Keeps the pages of the older superblock out of use, which counts as soon as the newer one cannot
    /// be read. Where its map is being overwritten, or is damaged, it counts never.
    private mutating func holdPages(of older: Superblock) throws(StorageError) {
        do throws(StorageError) {
            let other = try readMap(of: older)
            map.hold(other)
        } catch {
            guard case .store = error else { throw error }
        }
    }

    /// The superblock in place `slot`, or what is wrong with it.
    private static func superblock(
        _ slot: Int, of file: inout PositionalFile<Operations>, cipher: (any RecordCipher)?
    ) throws(StorageError) -> Result<Superblock, StoreProblem> {
        var buffer = IOBuffer(capacity: Superblock.size)
        let offset = UInt64(slot * Superblock.size)
        _ = try file.read(Superblock.size, into: &buffer, at: offset)
        do throws(StoreProblem) {
            let superblock = try buffer.withBytes { bytes throws(StoreProblem) in
                try Superblock(bytes, at: offset, cipher: cipher)
            }
            guard superblock.slot == slot else {
                throw .damaged(
                    offset: offset, why: "generation \(superblock.generation) in place \(slot)")
            }
            return .success(superblock)
        } catch {
            return .failure(error)
        }
    }

    /// The superblock that counts, and what is wrong with the other one.
    private static func newest(
        of both: [Result<Superblock, StoreProblem>]
    ) throws(StoreProblem) -> (Superblock, StoreProblem?) {
        switch (both[0], both[1]) {
        case (.success(let first), .success(let second)):
            guard first.store == second.store, first.pageSize == second.pageSize,
                first.capacity == second.capacity
            else {
                throw .damaged(
                    offset: UInt64(Superblock.size), why: "two superblocks of different stores")
            }
            return (first.generation > second.generation ? first : second, nil)
        case (.success(let one), .failure(let problem)), (.failure(let problem), .success(let one)):
            return (one, problem)
        case (.failure(let first), .failure(let second)):
            // What the caller can mend comes first.
            if case .damaged = first { throw second }
            if case .unknownFormat = first { throw second }
            throw first
        }
    }

    /// Reads the map of a superblock.
    private mutating func readMap(
        of superblock: Superblock
    ) throws(StorageError) -> AllocationMap {
        var map = AllocationMap(geometry)
        let format = PageFormat(store: superblock.store, pageSize: geometry.pageSize)
        var buffer = IOBuffer(capacity: geometry.pageSize)
        var sessions = PageSessions(nil)
        for index in 0..<geometry.mapPages {
            buffer.removeAll()
            let place = geometry.mapPlace(superblock.slot, index)
            let offset = place * UInt64(geometry.pageSize)
            _ = try file.read(geometry.pageSize, into: &buffer, at: offset)
            do throws(StoreProblem) {
                let isTaken = try buffer.withMutableBytes { bytes throws(StoreProblem) in
                    let count = try format.open(.map, &bytes, at: place, sessions: &sessions)
                    let start = PageFormat.headerSize
                    return map.take(bytes.span.extracting(start..<start + count), ofPage: index)
                }
                guard isTaken else {
                    throw .damaged(offset: offset, why: "not a map of \(geometry.capacity) pages")
                }
            } catch {
                throw .store(path: file.path, error)
            }
            digests[superblock.slot][index] = buffer.withBytes { PageFormat.checksum(in: $0) }
        }
        guard Self.digest(of: digests[superblock.slot]) == superblock.mapDigest,
            map.allocated == superblock.allocated
        else {
            throw .store(
                path: file.path,
                .damaged(
                    offset: geometry.superblock(superblock.slot),
                    why: "the map is not the one that the superblock was written with"))
        }
        return map
    }
}
