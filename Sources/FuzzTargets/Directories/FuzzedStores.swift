import Quantities
import Storage

/// The key-value store: all keys and values, in order.
enum FuzzedPairs: FuzzedDirectory {
    struct Pair: Equatable {
        let key: [UInt8]
        let value: [UInt8]
    }

    static func content(of path: String) throws -> [Pair] {
        let store = try KeyValueStore(path: path, options: options(.forbidden))
        var pairs: [Pair] = []
        let all: [UInt8] = []
        try store.scan(prefix: all.span) { key, value in
            pairs.append(Pair(key: key.bytes, value: value.bytes))
            return true
        }
        try store.close()
        return pairs
    }

    static func write(to path: String, _ crashed: () -> Void) throws {
        let store = try KeyValueStore(path: path, options: options(.ifMissing))
        for number: UInt8 in 0..<6 {
            let (key, value): ([UInt8], [UInt8]) = ([number], Array(repeating: number, count: 40))
            try store.put(key.span, value.span)
        }
        let key: [UInt8] = [3]
        try store.delete(key.span)
        crashed()
        _ = try store.compact()
        crashed()
        try store.close()
    }

    private static func options(_ creation: AppendFile.Creation) -> KeyValueStore.Options {
        // Segments of few bytes, so that there are several.
        .init(
            engine: .portable, durability: .none, creation: creation, segmentSize: ByteCount(200),
            growth: .exact)
    }
}

/// The store of pages: the root, and what each page holds, or that it is refused.
enum FuzzedBlocks: FuzzedDirectory {
    struct Pages: Equatable {
        let root: [UInt8]
        let pages: [[UInt8]?]
    }

    static func content(of path: String) throws -> Pages {
        var store = try BlockStore(
            path: path + "/blocks", options: .init(engine: .portable, creation: .forbidden))
        var pages: [[UInt8]?] = []
        for page in 0..<min(store.capacity, 64) where store.contains(page) {
            pages.append(try? store.read(page))
        }
        let root = store.root
        try store.close()
        return Pages(root: root, pages: pages)
    }

    static func write(to path: String, _ crashed: () -> Void) throws {
        var store = try BlockStore(
            path: path + "/blocks",
            options: .init(engine: .portable, pageSize: ByteCount(512), capacity: 8))
        for round: UInt8 in 0..<3 {
            let page = try store.allocate()
            let content = [UInt8](repeating: round, count: 100)
            try store.write(page, content.span)
            try store.setRoot([round].span)
            try store.sync()
            if round == 1 { try store.free(page) }
        }
        crashed()
        try store.close()
    }
}

/// The object store: what each name stands for, or that it is refused.
enum FuzzedObjects: FuzzedDirectory {
    struct Object: Equatable {
        let name: String
        let content: [UInt8]?
    }

    static func content(of path: String) throws -> [Object] {
        let store = try ObjectStore(path: path, options: options(.forbidden))
        let objects = try store.names().map { name in
            Object(name: name, content: try? content(of: name, in: store))
        }
        try store.close()
        return objects
    }

    private static func content(
        of name: String, in store: ObjectStore
    ) throws(StorageError) -> [UInt8] {
        guard var reader = try store.reader(of: name) else { return [] }
        var content: [UInt8] = []
        while try reader.next({ content += $0.bytes }) {}
        return content
    }

    static func write(to path: String, _ crashed: () -> Void) throws {
        let store = try ObjectStore(path: path, options: options(.ifMissing))
        for (name, count) in [("empty", 0), ("a/b", 700)] {
            var writer = try store.writer(of: name)
            let content = [UInt8](repeating: 7, count: count)
            try writer.write(content.span)
            crashed()
            try writer.publish()
        }
        try store.close()
    }

    private static func options(_ creation: AppendFile.Creation) -> ObjectStore.Options {
        .init(engine: .portable, creation: creation, partSize: ByteCount(512))
    }
}

extension Span<UInt8> {
    /// The bytes, to keep.
    var bytes: [UInt8] { indices.map { self[$0] } }
}
