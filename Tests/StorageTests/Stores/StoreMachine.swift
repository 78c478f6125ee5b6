import Glibc
import Quantities
import Randomness
import StorageFaults
import TestSupport

@testable import Storage

/// A simulated machine that closures of stores may hold: a test has one thread.
struct StoreMachine: @unchecked Sendable {
    // Sendable: nothing leaves the test's thread.
    let files: SimulatedFileSystem

    init(_ state: FileSystemState = FileSystemState()) { files = SimulatedFileSystem(state) }

    init(_ files: SimulatedFileSystem) { self.files = files }

    var operations: SimulatedOperations { SimulatedOperations(on: files) }

    /// A store with small segments.
    func keyValueStore(
        _ durability: Durability = .each, segmentSize: UInt64 = 400,
        growth: AppendFile.Growth = .exact, cipher: (any RecordCipher)? = nil,
        creation: AppendFile.Creation = .ifMissing
    ) throws(StorageError) -> KeyValueEngine<SimulatedOperations> {
        var options = KeyValueStore.Options(
            engine: .portable, durability: durability, creation: creation, growth: growth,
            cipher: cipher)
        options.segmentSize.rawValue = segmentSize
        options.groupCapacity.rawValue = 4096
        return try KeyValueEngine(path: "/store", options: options) { _ throws(StorageError) in
            operations
        }
    }

    /// The bytes of a file.
    func content(of path: String) throws -> [UInt8] {
        var operations = operations
        let file = try operations.open(path, flags: O_RDONLY, permissions: 0)
        defer { try? operations.close(file) }
        let size = Int(try operations.size(of: file))
        var buffer = IOBuffer(capacity: size)
        _ = try operations.read(size, into: &buffer, from: file, at: 0, path: path)
        return buffer.withBytes { [UInt8]($0) }
    }

    /// Puts `bytes` over those of a file, durably.
    func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
        var operations = operations
        let file = try operations.open(path, flags: O_RDWR, permissions: 0)
        defer { try? operations.close(file) }
        var buffer = IOBuffer(capacity: bytes.count)
        buffer.append(bytes.span)
        _ = try operations.write(
            &buffer, part: 0..<bytes.count, to: file, at: UInt64(offset), thenSync: true)
    }

    /// Changes one byte of a file.
    func flip(_ path: String, at offset: Int, by mask: UInt8) throws {
        var operations = operations
        let file = try operations.open(path, flags: O_RDONLY, permissions: 0)
        var byte = IOBuffer(capacity: 1)
        _ = try operations.read(1, into: &byte, from: file, at: UInt64(offset), path: path)
        try operations.close(file)
        let old = byte.withBytes { $0[0] }
        try overwrite(path, at: offset, with: [old ^ mask])
    }

    /// Cuts a file.
    func cut(_ path: String, to length: UInt64) throws {
        let file = try operations.open(path, flags: O_RDWR, permissions: 0)
        try operations.truncate(file, to: length)
        try operations.close(file)
    }

    /// The names in a directory.
    func names(in path: String) throws -> [String] { try operations.entries(ofDirectory: path) }
}

/// Encryption that is none, but has the shape of one: what it is given twice it gives back, and a
/// tag depends on everything. It notes every nonce and stops the test when one comes again.
final class TestCipher: RecordCipher {
    let keyIdentifier: KeyIdentifier
    private let secret: UInt64
    let nonces = Guarded<Set<[UInt64]>>([])

    init(_ secret: UInt64) {
        self.secret = secret
        keyIdentifier = KeyIdentifier(low: secret &* 7, high: 1)
    }

    var algorithm: UInt32 { 99 }

    func session(salt: CipherSalt) -> any CipherSession {
        Session(secret: secret &+ salt.low &* 3 &+ salt.high &* 5, salt: salt, cipher: self)
    }

    private struct Session: CipherSession {
        let secret: UInt64
        let salt: CipherSalt
        let cipher: TestCipher

        func seal(
            _ content: inout MutableSpan<UInt8>, counter: UInt64, context: Span<UInt8>
        ) -> CipherTag {
            let isNew = cipher.nonces.withLock {
                $0.insert([salt.low, salt.high, counter]).inserted
            }
            precondition(isNew, "the nonce \(counter) of a salt is used again")
            let tag = tag(content.span, counter, context)
            apply(&content, counter)
            return tag
        }

        func open(
            _ content: inout MutableSpan<UInt8>, counter: UInt64, tag: CipherTag,
            context: Span<UInt8>
        ) -> Bool {
            apply(&content, counter)
            return self.tag(content.span, counter, context) == tag
        }

        private func apply(_ content: inout MutableSpan<UInt8>, _ counter: UInt64) {
            var stream = SplitMix64(seed: secret &+ counter)
            for index in content.indices {
                content[index] ^= UInt8(truncatingIfNeeded: stream.next())
            }
        }

        private func tag(
            _ content: Span<UInt8>, _ counter: UInt64, _ context: Span<UInt8>
        ) -> CipherTag {
            CipherTag(
                low: ContentHash.of(content, at: counter, salt: secret),
                high: ContentHash.of(context, at: counter, salt: ~secret))
        }
    }
}

extension KeyValueEngine where Operations: ~Copyable {
    func put(_ key: String, _ value: String) throws(StorageError) {
        try commit(.put, Array(key.utf8).span, Array(value.utf8).span)
    }

    func delete(_ key: String) throws(StorageError) {
        try commit(.delete, Array(key.utf8).span, Span())
    }

    func text(_ key: String) throws(StorageError) -> String? {
        try value(of: Array(key.utf8).span).map { String(decoding: $0, as: UTF8.self) }
    }

    /// All keys with `prefix` and their values, in the order of a scan.
    func all(_ prefix: String = "") throws(StorageError) -> [(String, String)] {
        var found: [(String, String)] = []
        try scan(prefix: Array(prefix.utf8).span) { key, value throws(StorageError) in
            found.append(
                (
                    String(decoding: [UInt8](key), as: UTF8.self),
                    String(decoding: [UInt8](value), as: UTF8.self)
                ))
            return true
        }
        return found
    }

    /// What the store holds.
    func model() throws(StorageError) -> [String: String] {
        var model: [String: String] = [:]
        for (key, value) in try all() { model[key] = value }
        return model
    }
}

extension WriteBatch {
    mutating func put(_ key: String, _ value: String) {
        put(Array(key.utf8).span, Array(value.utf8).span)
    }

    mutating func delete(_ key: String) { delete(Array(key.utf8).span) }
}
