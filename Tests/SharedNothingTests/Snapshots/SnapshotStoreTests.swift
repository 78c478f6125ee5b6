import Glibc
import Hardware
import Randomness
import TestSupport
import Testing

@testable import SharedNothing

/// A state of a few numbers, at its second version.
private struct Numbers: StateSnapshot, Equatable {
    static var snapshotVersion: UInt32 { 2 }

    var values: [UInt8]

    init(_ values: [UInt8]) { self.values = values }

    init(snapshot bytes: RawSpan) throws(WireError) {
        guard bytes.byteCount > 0 else { throw .wrongLength(0, expected: 1) }
        values = try bytes.copy(1..<bytes.byteCount)
        guard try bytes.integer(at: 0, as: UInt8.self) == UInt8(truncatingIfNeeded: values.count)
        else { throw .meaningless("another number of values than it says") }
    }

    func encodeSnapshot(into bytes: inout [UInt8]) {
        bytes.append(UInt8(truncatingIfNeeded: values.count))
        bytes += values
    }

    /// The first version had no count.
    static func migrate(
        _ bytes: [UInt8], from version: UInt32
    ) throws(WireError) -> [UInt8]? {
        version == 1 ? [UInt8(truncatingIfNeeded: bytes.count)] + bytes : nil
    }
}

/// The same numbers as an earlier and a later program write them.
private struct OldNumbers: StateSnapshot {
    static var snapshotVersion: UInt32 { 1 }
    var values: [UInt8]
    init(_ values: [UInt8]) { self.values = values }
    init(snapshot bytes: RawSpan) throws(WireError) {
        values = try bytes.copy(0..<bytes.byteCount)
    }
    func encodeSnapshot(into bytes: inout [UInt8]) { bytes += values }
}

private struct NewNumbers: StateSnapshot {
    static var snapshotVersion: UInt32 { 3 }
    init() {}
    init(snapshot bytes: RawSpan) throws(WireError) {}
    func encodeSnapshot(into bytes: inout [UInt8]) { bytes.append(1) }
}

extension SnapshotEngine where Files == ForgetfulFiles {
    /// Saves at a position of one and the same stream.
    fileprivate mutating func save(
        _ state: some StateSnapshot, position: UInt64
    ) throws(DurableFileError) -> UInt64 {
        try save(state, position: position, in: MessageStream(identity: 7))
    }
}

@Suite struct SnapshotStoreTests {
    private func restored(
        _ engine: inout SnapshotEngine<ForgetfulFiles>
    ) throws -> (numbers: Numbers?, position: UInt64?, rejected: [SnapshotRejection]) {
        var rejected: [SnapshotRejection] = []
        let found: RestoredState<Numbers>? = try engine.restore(rejected: &rejected)
        guard let found else { return (nil, nil, rejected) }
        let (numbers, position) = (found.state, found.position)
        return (numbers, position, rejected)
    }

    @Test func `restores the newest, with its position, and keeps the newest few`() throws {
        var engine = engine()
        #expect(try restored(&engine).numbers == nil)
        for index in 1...5 as ClosedRange<UInt8> {
            #expect(
                try engine.save(Numbers([index]), position: UInt64(index) * 10) == UInt64(index))
        }
        #expect(
            try engine.files.list("d") == [
                "orders_1.0000000000000004.snapshot", "orders_1.0000000000000005.snapshot",
            ])
        let found = try restored(&engine)
        #expect(found.numbers == Numbers([5]) && found.position == 50 && found.rejected.isEmpty)
        // Another process goes on with the numbers.
        var next = self.engineAfter(engine)
        #expect(try next.save(Numbers([6]), position: 60) == 6)
    }

    private func engineAfter(
        _ engine: SnapshotEngine<ForgetfulFiles>
    ) -> SnapshotEngine<ForgetfulFiles> {
        SnapshotEngine(files: engine.files, directory: "d", name: "orders/1", kept: 2)
    }

    @Test func `falls back to the newest whole one, and says what is wrong with the others`() throws
    {
        var engine = engine(kept: 4)
        for index in 1...4 as ClosedRange<UInt8> {
            _ = try engine.save(Numbers([index, 0, 0]), position: UInt64(index))
        }
        engine.files.alter("d/orders_1.0000000000000004.snapshot") { $0[50] ^= 4 }
        engine.files.alter("d/orders_1.0000000000000003.snapshot") { $0.removeLast(3) }
        let found = try restored(&engine)
        #expect(found.numbers == Numbers([2, 0, 0]) && found.position == 2)
        #expect(found.rejected.map(\.flaw) == [.wrongHash, .wrongLength(65, expected: 68)])
        #expect(
            "\(try #require(found.rejected.first))"
                == "orders_1.0000000000000004.snapshot: its bytes are not those that were written")
    }

    @Test func `believes no file of another worker, nor one under another number`() throws {
        var other = SnapshotEngine(
            files: ForgetfulFiles(), directory: "d", name: "orders+1", kept: 2)
        _ = try other.save(Numbers([9]), position: 9)
        var engine = engine(other.files)
        let found = try restored(&engine)
        #expect(found.numbers == nil)
        #expect(found.rejected.map(\.flaw) == [.wrongName("orders+1' number '1")])
        var moved = self.engine(ForgetfulFiles())
        _ = try moved.save(Numbers([9]), position: 9)
        try moved.files.rename(
            "d/orders_1.0000000000000001.snapshot", to: "d/orders_1.0000000000000007.snapshot")
        #expect(try restored(&moved).numbers == nil)
    }

    private func engine(_ files: ForgetfulFiles, kept: Int = 2) -> SnapshotEngine<ForgetfulFiles> {
        SnapshotEngine(files: files, directory: "d", name: "orders/1", kept: kept)
    }

    private func engine(kept: Int = 2) -> SnapshotEngine<ForgetfulFiles> {
        engine(ForgetfulFiles(), kept: kept)
    }

    @Test func `migrates an earlier version, and refuses a later one`() throws {
        var old = engine()
        _ = try old.save(OldNumbers([1, 2, 3]), position: 5)
        let migrated = try restored(&old)
        #expect(migrated.numbers == Numbers([1, 2, 3]) && migrated.position == 5)
        _ = try old.save(NewNumbers(), position: 6)
        let rejection = SnapshotRejection(
            file: "orders_1.0000000000000002.snapshot", flaw: .unknownVersion(3, current: 2))
        #expect(throws: SnapshotFailure.refused(rejection)) { _ = try restored(&old) }
        // Unless one wants an older state.
        var rejected: [SnapshotRejection] = []
        let older: RestoredState<OldNumbers>? = try old.restore(
            acceptingOlder: true, rejected: &rejected)
        guard let older else {
            Issue.record("nothing was restored")
            return
        }
        let position = older.position
        #expect(position == 5)
        #expect(rejected.map(\.flaw) == [.unknownVersion(3, current: 1)])
    }

    @Test func `a snapshot that cannot be read for now is not passed over`() throws {
        var engine = engine()
        for index in 1...2 as ClosedRange<UInt8> {
            _ = try engine.save(Numbers([index]), position: UInt64(index))
        }
        engine.files.refused = [.read]
        let file = "orders_1.0000000000000002.snapshot"
        let flaw = SnapshotFlaw.unreadable(
            DurableFileError(.read, "d/\(file)", SystemError(EMFILE)))
        #expect(throws: SnapshotFailure.refused(SnapshotRejection(file: file, flaw: flaw))) {
            _ = try restored(&engine)
        }
        engine.files.refused = []
        #expect(try restored(&engine).numbers == Numbers([2]))
    }

    @Test func `a position means something in its own stream alone`() throws {
        var engine = engine()
        _ = try engine.save(Numbers([1]), position: 500)
        var rejected: [SnapshotRejection] = []
        let found: RestoredState<Numbers>? = try engine.restore(rejected: &rejected)
        guard let found else {
            Issue.record("nothing was restored")
            return
        }
        let own = found.position(in: MessageStream(identity: 7))
        let other = found.position(in: .unique())
        #expect(own == 500 && other == nil)
    }

    @Test func `a file of the last number there is keeps nobody from saving`() throws {
        var engine = engine()
        for digits in ["ffffffffffffffff", "0000000000000000"] {
            _ = try engine.files.create("d/orders_1.\(digits).snapshot")
        }
        #expect(try engine.save(Numbers([1]), position: 1) == 1)
        #expect(try restored(&engine).numbers == Numbers([1]))
    }

    @Test(arguments: [
        DurableFileError.Operation.create, .write, .sync, .close, .rename, .syncDirectory,
    ])
    func `a step that fails is told, and what was saved before is there`(
        operation: DurableFileError.Operation
    ) throws {
        var engine = engine()
        _ = try engine.save(Numbers([1]), position: 1)
        engine.files.refused = [operation]
        do throws(DurableFileError) {
            _ = try engine.save(Numbers([2]), position: 2)
            Issue.record("saved although \(operation) failed")
        } catch {
            #expect(error.operation == operation && error.error.code == EIO)
        }
        engine.files.refused = []
        var generator = testSeed.derived(for: "failed step").generator()
        for _ in 0..<20 {
            var after = self.engine(engine.files.afterPowerCut(&generator))
            let found = try restored(&after).numbers
            #expect(found == Numbers([1]) || found == Numbers([2]), "\(replay)")
        }
        #expect(try engine.save(Numbers([3]), position: 3) == 3)
        #expect(try restored(&engine).numbers == Numbers([3]))
        #expect(try !engine.files.list("d").contains { $0.hasSuffix(".new") })
    }

    /// A crash after every step of four saves, by a kill and by power cuts: what is restored is the
    /// last that was saved, or the one that was being saved; and work goes on from there.
    @Test func `survives a crash after every step`() throws {
        var whole = engine()
        for index in 1...4 as ClosedRange<UInt8> {
            _ = try whole.save(Numbers(Array(1...index)), position: UInt64(index))
        }
        let steps = whole.files.steps
        #expect(steps > 20)
        var generator = testSeed.derived(for: "crashes").generator()
        for cut in 0...steps {
            var engine = engine()
            engine.files.stepsLeft = cut
            var saved: UInt64 = 0
            for index in 1...4 as ClosedRange<UInt8> {
                do throws(DurableFileError) {
                    _ = try engine.save(Numbers(Array(1...index)), position: UInt64(index))
                    saved = UInt64(index)
                } catch {
                    break
                }
            }
            try checkAfter(engine.files.afterKill(), saved, "kill after \(cut)")
            for _ in 0..<30 {
                try checkAfter(
                    engine.files.afterPowerCut(&generator), saved, "power cut after \(cut)")
            }
        }
    }

    private func checkAfter(_ files: ForgetfulFiles, _ saved: UInt64, _ what: String) throws {
        var engine = engine(files)
        let found = try restored(&engine)
        let position = found.position ?? 0
        #expect(position == saved || position == saved + 1, "\(what); \(replay)")
        if position > 0 {
            #expect(found.numbers == Numbers((1...UInt8(position)).map { $0 }), "\(what)")
        }
        let next = position + 1
        _ = try engine.save(Numbers((1...UInt8(next)).map { $0 }), position: next)
        #expect(try restored(&engine).position == next, "\(what); \(replay)")
        #expect(try engine.files.list("d").count <= 2, "\(what); \(replay)")
    }
}
