import Glibc
import Quantities
import Randomness
import StorageFaults
import Testing

@testable import Storage

/// Compaction beside changes, and segments that a crash has left without a manifest.
@Suite struct KeyValueCompactionTests {
    private let machine = StoreMachine()

    @Test(arguments: CompactionStage.allCases, [false, true])
    func `a durable value is there until what supersedes it is durable`(
        stage: CompactionStage, isDeleted: Bool
    ) throws {
        let store = try machine.keyValueStore(.none)
        try store.put("a", "1")
        try store.put("b", "1")
        try store.put("b", "2")
        try store.sync()
        let compaction = try store.compact { now in
            guard now == stage else { return }
            #expect(throws: Never.self) {
                if isDeleted { try store.delete("a") } else { try store.put("a", "2") }
            }
        }
        #expect(compaction.originals == 1)
        #expect(try store.text("a") == (isDeleted ? nil : "2"))
        for persistence in Persistence.allCases {
            let left = StoreMachine(machine.files.state.after(.powerCut(persistence, .nothing)))
            let model = try left.keyValueStore().model()
            #expect(model["b"] == "2")
            #expect(model["a"] == "1" || model["a"] == (isDeleted ? nil : "2"), "\(persistence)")
            // What came before the manifest was replaced is durable with it.
            #expect((model["a"] == "1") == (stage == .published), "\(persistence)")
        }
    }

    @Test func `a sync that fails before a compaction is published poisons, and loses nothing`()
        throws
    {
        let store = try machine.keyValueStore(.none)
        try store.put("a", "1")
        try store.put("b", "1")
        try store.put("b", "2")
        try store.sync()
        let error = failure { () throws(StorageError) in
            _ = try store.compact { stage in
                if stage == .begun { try? store.put("a", "2") }
                guard stage == .copied else { return }
                machine.files.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
            }
        }
        #expect(error?.number == EIO)
        #expect(store.poison == error)
        machine.files.crash(.powerCut(.reordered, .nothing))
        let model = try machine.keyValueStore().model()
        #expect(model["b"] == "2")
        // A sync that fails may have brought something to the device.
        #expect(["1", "2"].contains(model["a"]))
    }

    @Test func `a full segment that cannot be cut to its content fails nobody's change`() throws {
        let growth = AppendFile.Growth.zeroFilled(step: ByteCount(1024))
        let store = try machine.keyValueStore(growth: growth)
        let long = String(repeating: "x", count: 400)
        try store.put("a", long)
        machine.files.faults.inject(.error(ErrorNumber(code: EIO)), on: .truncate)
        try store.put("b", "1")
        #expect(store.poison == nil)
        #expect(try machine.content(of: "/store/0000000000000001.segment").count == 1024)
        try store.put("c", "2")
        try store.close()
        let again = try machine.keyValueStore(growth: growth)
        #expect(try again.model() == ["a": long, "b": "1", "c": "2"])
    }

    /// What an orphan leaves on a device that shows old blocks, and how often that was taken for the
    /// content of a segment that got its number.
    private func resurrections(
        makeSalt: @escaping @Sendable () -> CipherSalt, cipher: TestCipher?
    ) throws -> Int {
        func open(_ machine: StoreMachine) throws(StorageError) -> KeyValueEngine<
            SimulatedOperations
        > {
            var options = KeyValueStore.Options(
                engine: .portable, durability: .none, growth: .exact, cipher: cipher)
            options.segmentSize.rawValue = 1 << 20
            return try KeyValueEngine(
                path: "/store", options: options,
                make: { _ throws(StorageError) in machine.operations }, makeSalt: makeSalt)
        }
        // With header and record of 96 and 928 bytes, the next record begins a sector and fills it.
        let tag = cipher == nil ? 0 : CipherTag.size
        let first = String(repeating: "1", count: 895 - tag)
        func second(_ digit: String) -> String { String(repeating: digit, count: 479 - tag) }
        let machine = StoreMachine()
        let store = try open(machine)
        try store.put("a", first)
        try store.put("b", second("1"))
        try store.put("c", "superseded")
        try store.delete("c")
        // The copies get their number after the segment of what is put meanwhile, whose manifest is
        // the last; then the machine is cut.
        var cut: FileSystemState?
        _ = try store.compact { stage in
            #expect(throws: Never.self) {
                if stage == .begun { try store.put("d", "meanwhile") }
                guard stage == .copied else { return }
                try store.put("b", second("2"))
                try store.sync()
                cut = machine.files.state
            }
        }
        let orphaned = StoreMachine(try #require(cut).after(.powerCut(.reordered, .nothing)))
        let again = try open(orphaned)
        #expect(try again.text("b") == second("2"))
        // The same lengths at the same places, of which the second is not synced.
        try again.put("a", first)
        try again.sync()
        try again.put("b", second("3"))
        var resurrections = 0
        for seed: UInt64 in 0..<100 {
            let crash = Crash.powerCut(.stale, .chosen(Seed(seed)))
            let last = try open(StoreMachine(orphaned.files.state.after(crash)))
            let value = try last.text("b")
            if value == second("1") { resurrections += 1 }
            #expect(try last.text("a") == first)
            #expect([second("1"), second("2"), second("3")].contains(value))
        }
        return resurrections
    }

    @Test(arguments: [nil, UInt64(5)])
    func `records of a segment that had the number before are none, whatever the device shows`(
        secret: UInt64?
    ) throws {
        let cipher = secret.map { TestCipher($0) }
        #expect(try resurrections(makeSalt: { .random() }, cipher: cipher) == 0)
    }

    @Test func `with a salt that is used again they come back`() throws {
        let salt = CipherSalt(low: 1, high: 2)
        #expect(try resurrections(makeSalt: { salt }, cipher: nil) > 0)
    }

    @Test func `a search behind damage hashes what may be a record, not what looks like one`()
        throws
    {
        // Every eighth byte begins what looks like the header of a record of 65 792 bytes.
        var word: [UInt8] = []
        word.append(number: UInt32(0x0001_0001))
        word += [1, 1, 1, 1]
        let value = String(
            decoding: (0..<25_000).flatMap { _ in word }, as: UTF8.self)
        let store = try machine.keyValueStore(.none, segmentSize: 1 << 20)
        try store.put("a", "1")
        try store.sync()
        // The key's length has the value begin where a record may.
        try store.put("8 bytes.", value)
        machine.files.crash(.kill)
        let path = "/store/0000000000000001.segment"
        try machine.flip(path, at: 200, by: 1)
        let content = try machine.content(of: path)
        let header = try SegmentHeader(
            content.span, of: 1, in: StoreIdentity(content.span, at: 16),
            protection: Protection(nil))
        let segment = try StoreSegment(
            header, path: path, cipher: nil, operations: machine.operations)
        var scanner = SegmentScanner(
            segment, upTo: UInt64(content.count), operations: machine.operations)
        let outcome = try scanner.scan { _, _, _ throws(StorageError) in }
        let damage = try #require(outcome.damage)
        #expect(try scanner.remainder(behind: damage) == .torn)
        let hashed = scanner.hashed
        #expect(hashed < 2 * UInt64(content.count), "\(hashed) of \(content.count) bytes")
        let again = try machine.keyValueStore()
        #expect(try again.model() == ["a": "1"])
    }
}
