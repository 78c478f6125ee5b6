import Glibc
import Quantities
import StorageFaults
import Testing

@testable import Storage

/// What is not as it was written, and what failed.
@Suite struct KeyValueDamageTests {
    private let machine = StoreMachine()
    private let first = "/store/0000000000000001.segment"

    private func fill(
        _ machine: StoreMachine, cipher: TestCipher? = nil, closing: Bool = true
    ) throws -> [String: String] {
        let store = try machine.keyValueStore(segmentSize: 250, cipher: cipher)
        for key in ["a", "b", "c", "d"] { try store.put(key, "value of \(key)") }
        var batch = WriteBatch()
        batch.put("e", "1")
        batch.put("f", "2")
        try store.commit(batch)
        try store.delete("b")
        let model = try store.model()
        if closing { try store.close() }
        return model
    }

    @Test(arguments: [nil, UInt64(9)])
    func `every flipped byte of a closed store is noticed or changes nothing`(
        secret: UInt64?
    ) throws {
        let cipher = secret.map { TestCipher($0) }
        let model = try fill(machine, cipher: cipher)
        let saved = machine.files.state
        var silent = 0
        for name in try machine.names(in: "/store") {
            for offset in try machine.content(of: "/store/\(name)").indices {
                let changed = StoreMachine(saved)
                try changed.flip("/store/\(name)", at: offset, by: offset % 2 == 0 ? 1 : 0x80)
                do throws(StorageError) {
                    let store = try changed.keyValueStore(segmentSize: 250, cipher: cipher)
                    #expect(try store.model() == model, "byte \(offset) of \(name)")
                    silent += 1
                } catch {
                    guard case .store(let path, _) = error else {
                        Issue.record("\(error)")
                        continue
                    }
                    #expect(path == "/store/\(name)", "byte \(offset) of \(name)")
                }
            }
        }
        // Whatever is in a file is covered.
        #expect(silent == 0)
    }

    @Test func `a store that was cut anywhere is noticed`() throws {
        _ = try fill(machine)
        let saved = machine.files.state
        for name in try machine.names(in: "/store") where name != "LOCK" {
            for length in try machine.content(of: "/store/\(name)").indices {
                let changed = StoreMachine(saved)
                try changed.cut("/store/\(name)", to: UInt64(length))
                #expect(throws: StorageError.self, "\(name) cut to \(length)") {
                    try changed.keyValueStore(segmentSize: 250)
                }
            }
        }
    }

    @Test func `the torn end of a store that was not closed is cut off, and reported`() throws {
        _ = try fill(machine, closing: false)
        machine.files.crash(.kill)
        let segment = try #require(
            machine.names(in: "/store").last { $0.hasSuffix(".segment") })
        let size = try machine.content(of: "/store/\(segment)").count
        try machine.cut("/store/\(segment)", to: UInt64(size - 3))
        let store = try machine.keyValueStore()
        let cut = try #require(store.recovery.cut)
        #expect(cut.path == "/store/\(segment)")
        #expect(cut.bytes > 0 && cut.offset + cut.bytes == UInt64(size - 3))
        // The delete was the last record.
        #expect(try store.text("b") == "value of b")
        #expect(try machine.content(of: "/store/\(segment)").count == Int(cut.offset))
    }

    @Test func `damage before the end of a store that was not closed names file and offset`()
        throws
    {
        let store = try machine.keyValueStore(segmentSize: 4096)
        for key in ["a", "b", "c"] { try store.put(key, "value of \(key)") }
        machine.files.crash(.kill)
        // The second record begins behind a header of 96 bytes and a record of 48.
        try machine.flip(first, at: 96 + 48 + 40, by: 4)
        let error = failure { () throws(StorageError) in _ = try machine.keyValueStore() }
        #expect(
            error
                == .store(
                    path: first,
                    .damaged(
                        offset: 144, why: "the checksum of a record of 48 bytes does not hold")))
        #expect(
            error?.description
                == "'\(first)': damaged at offset 144: the checksum of a record of 48 bytes does "
                + "not hold")
    }

    @Test func `a record that changes while the store is open is noticed when it is read`() throws {
        let store = try machine.keyValueStore()
        try store.put("a", "value")
        try machine.flip(first, at: 130, by: 1)
        let error = failure { () throws(StorageError) in _ = try store.text("a") }
        guard case .store(path: first, .damaged(offset: 96, _)) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(store.poison == nil)
    }

    @Test func `what is missing or belongs to another store is named`() throws {
        _ = try fill(machine)
        let saved = machine.files.state
        let withoutSegment = StoreMachine(saved)
        try withoutSegment.operations.remove(first)
        #expect(
            throws: StorageError.store(
                path: first, .missing(why: "it is not there, and the manifest names it"))
        ) { try withoutSegment.keyValueStore() }
        let withoutManifest = StoreMachine(saved)
        try withoutManifest.operations.remove("/store/MANIFEST")
        #expect(throws: StorageError.self) { try withoutManifest.keyValueStore() }

        let other = StoreMachine()
        _ = try fill(other)
        let foreign = StoreMachine(saved)
        try foreign.overwrite(first, at: 0, with: other.content(of: first))
        guard
            case .store(path: first, .mismatch) = failure(of: { () throws(StorageError) in
                _ = try foreign.keyValueStore()
            })
        else {
            Issue.record("a segment of another store is taken")
            return
        }
    }

    @Test func `files that are not a store's are left alone, and orphans are swept`() throws {
        let model = try fill(machine)
        try machine.create("/store/notes.txt")
        try machine.create("/store/00000000000000ff.segment")
        try machine.create("/store/MANIFEST.new")
        #expect(try machine.keyValueStore().model() == model)
        let names = try machine.names(in: "/store")
        #expect(names.contains("notes.txt"))
        #expect(!names.contains("00000000000000ff.segment") && !names.contains("MANIFEST.new"))
    }

    @Test func `another key, no key, and a key where there is none are clear errors`() throws {
        let right = TestCipher(1)
        let wrong = TestCipher(2)
        _ = try fill(machine, cipher: right)
        let path = "/store/MANIFEST"
        #expect(
            failure { () throws(StorageError) in _ = try machine.keyValueStore(cipher: wrong) }
                == .store(
                    path: path,
                    .wrongKey(stored: right.keyIdentifier, given: wrong.keyIdentifier)))
        guard
            case .store(path, .mismatch) = failure(of: { () throws(StorageError) in
                _ = try machine.keyValueStore()
            })
        else {
            Issue.record("an encrypted store opens without a key")
            return
        }
        let plain = StoreMachine()
        _ = try fill(plain)
        guard
            case .store(path, .mismatch) = failure(of: { () throws(StorageError) in
                _ = try plain.keyValueStore(cipher: right)
            })
        else {
            Issue.record("a store in plain text opens with a key")
            return
        }
    }

    @Test func `whoever mends the checksum of what was tampered with is found out by the tag`()
        throws
    {
        let cipher = TestCipher(4)
        let store = try machine.keyValueStore(segmentSize: 4096, cipher: cipher)
        try store.put("a", "value")
        try store.close()
        let content = try machine.content(of: first)
        #expect(!content.contains(subsequence: Array("value".utf8)))
        var record = Array(content[96...])
        record[34] ^= 1
        let header = try SegmentHeader(
            content.span, of: 1, in: StoreIdentity(content.span, at: 16),
            protection: Protection(cipher))
        let sum = ContentHash.of(
            record.span.extracting(droppingFirst: 8), at: 96, salt: header.checksumSalt)
        record.replaceSubrange(
            0..<8, with: (0..<8).map { UInt8(truncatingIfNeeded: sum >> (8 * $0)) })
        try machine.overwrite(first, at: 96, with: record)
        #expect(throws: StorageError.store(path: first, .tampered(offset: 96))) {
            try machine.keyValueStore(cipher: cipher)
        }
    }

    @Test func `after a failed sync a store reads on, and writes no more until opened again`()
        throws
    {
        let store = try machine.keyValueStore()
        try store.put("a", "1")
        machine.files.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
        #expect(failure { () throws(StorageError) in try store.put("a", "2") }?.number == EIO)
        guard
            case .poisoned = failure(of: { () throws(StorageError) in try store.put("b", "3") }),
            case .poisoned = failure(of: { () throws(StorageError) in _ = try store.compact() })
        else {
            Issue.record("a store goes on after a failed sync")
            return
        }
        // What failed is not visible, what was there is.
        #expect(try store.model() == ["a": "1"])
        try store.close()
        #expect(try ["1", "2"].contains(machine.keyValueStore().text("a")))
    }

    @Test func `a store without room stays usable, and room can be made`() throws {
        let store = try machine.keyValueStore(segmentSize: 4096)
        try store.put("a", "1")
        machine.files.faults.inject(.error(ErrorNumber(code: ENOSPC)), on: .write, times: 2)
        for _ in 0..<2 {
            #expect(
                failure { () throws(StorageError) in try store.put("a", "2") }?.number == ENOSPC)
        }
        #expect(try store.text("a") == "1")
        try store.put("a", "3")
        // In the steps of a new segment and of compaction as well.
        for operation in [StorageError.Operation.create, .write, .rename] {
            machine.files.faults.inject(.error(ErrorNumber(code: ENOSPC)), on: operation)
            #expect(throws: StorageError.self, "\(operation)") { try store.compact() }
            #expect(store.poison == nil, "\(operation)")
            #expect(try store.model() == ["a": "3"])
        }
        try store.put("b", "4")
        _ = try store.compact()
        try store.close()
        #expect(try machine.keyValueStore().model() == ["a": "3", "b": "4"])
    }
}

extension StoreMachine {
    /// Makes an empty file.
    func create(_ path: String) throws {
        let file = try operations.open(path, flags: O_RDWR | O_CREAT, permissions: 0o644)
        try operations.close(file)
    }
}

extension [UInt8] {
    func contains(subsequence bytes: [UInt8]) -> Bool {
        indices.contains { self[$0...].starts(with: bytes) }
    }
}
