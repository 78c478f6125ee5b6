import Glibc
import Storage
import StorageEncryption
import TestSupport
import Testing

/// Stores under real encryption, on a real file system.
@Suite struct EncryptedStoreTests {
    private let directory = TemporaryDirectory()
    private let key = StorageKey()
    private let secret = Array("a secret that nobody else may read".utf8)

    private func content(_ path: String) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY)
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            // read stays within the array.
            let count = unsafe read(file, &chunk, chunk.count)
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    private func isHidden(in path: String) -> Bool {
        let bytes = content(path)
        return !bytes.isEmpty
            && !bytes.indices.contains { bytes[$0...].starts(with: secret.prefix(8)) }
    }

    private func options(_ key: StorageKey?) -> KeyValueStore.Options {
        .init(
            engine: .portable, durability: .each, growth: .exact,
            cipher: key.map { GCMCipher($0) })
    }

    @Test func `a key-value store hides keys and values, and opens under its key alone`() throws {
        let path = "\(directory.path)/keys"
        let secret = self.secret
        let name = Array("name of a secret".utf8)
        do {
            let store = try KeyValueStore(path: path, options: options(key))
            try store.put(secret.span, name.span)
            try store.put(name.span, secret.span)
            _ = try store.compact()
            try store.put(name.span, secret.span)
            _ = try store.compact()
            try store.close()
        }
        let segments = TemporaryDirectory.names(in: path).filter { $0.hasSuffix(".segment") }
        #expect(!segments.isEmpty)
        for file in segments { #expect(isHidden(in: "\(path)/\(file)")) }
        let other = StorageKey()
        #expect(
            throws: StorageError.store(
                path: "\(path)/MANIFEST",
                .wrongKey(stored: key.identifier, given: other.identifier))
        ) { try KeyValueStore(path: path, options: self.options(other)) }
        #expect(throws: StorageError.self) {
            try KeyValueStore(path: path, options: self.options(nil))
        }
        let store = try KeyValueStore(path: path, options: options(key))
        let value = try store.value(of: name.span)
        #expect(value == secret)
        try store.close()
    }

    @Test func `a block store hides its pages, and opens under its key alone`() throws {
        let path = "\(directory.path)/blocks"
        let secret = self.secret
        let options = BlockStore.Options(
            engine: .portable, capacity: 64, cipher: GCMCipher(key))
        do {
            var store = try BlockStore(path: path, options: options)
            for _ in 0..<3 {
                let page = try store.allocate()
                try store.write(page, secret.span)
            }
            try store.close()
        }
        #expect(isHidden(in: path))
        var changed = options
        changed.cipher = GCMCipher(StorageKey())
        var isRefused = false
        do { _ = try BlockStore(path: path, options: changed) } catch { isRefused = true }
        #expect(isRefused)
        var store = try BlockStore(path: path, options: options)
        let content = try store.read(2)
        #expect(content == secret)
    }

    @Test func `an object store hides its objects, and opens under its key alone`() throws {
        let path = "\(directory.path)/objects"
        let secret = self.secret
        let options = ObjectStore.Options(engine: .portable, cipher: GCMCipher(key))
        do {
            let store = try ObjectStore(path: path, options: options)
            var writer = try store.writer(of: "one")
            try writer.write(secret.span)
            try writer.publish()
            try store.close()
        }
        #expect(isHidden(in: "\(path)/o.one"))
        var changed = options
        changed.cipher = GCMCipher(StorageKey())
        #expect(throws: StorageError.self) { try ObjectStore(path: path, options: changed) }
        let store = try ObjectStore(path: path, options: options)
        guard var reader = try store.reader(of: "one") else {
            Issue.record("the object is not there")
            return
        }
        var found: [UInt8] = []
        _ = try reader.next { bytes throws(StorageError) in
            for index in bytes.indices { found.append(bytes[index]) }
        }
        #expect(found == secret)
        try store.close()
    }
}
