import Shen
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Cluster

/// A journal on a thread of its own, over a disk that does what the test says.
@Suite struct JournalWriterTests {
    private let contents = Signal(ScriptedDisk.Contents())
    private let woken = Signal(0)

    private func writer(
        _ durability: JournalDurability, permitted: Int? = nil,
        compaction: JournalCompaction<UInt64>? = nil
    ) throws -> JournalWriter<UInt64> {
        contents.change { $0.permitted = permitted }
        let woken = woken
        return try JournalWriter(
            ScriptedDisk(contents: contents), recovered: [], durability: durability,
            compaction: compaction
        ) { woken.change { $0 += 1 } }
    }

    private func store(_ numbers: ClosedRange<UInt64>, in writer: JournalWriter<UInt64>) {
        for number in numbers {
            var records = [number]
            writer.store(&records)
            #expect(records.isEmpty)
        }
    }

    @Test func `what comes during a sync shares the next one`() throws {
        let writer = try writer(.group, permitted: 0)
        store(1...1, in: writer)
        try contents.wait("the first sync") { $0.isSyncing }
        store(2...9, in: writer)
        #expect(writer.stored == 0)
        contents.change { $0.permitted = 2 }
        try woken.wait("both groups") { $0 == 2 }
        #expect(writer.stored == 9)
        #expect(writer.groups == 2)
        contents.change { contents in
            #expect(contents.syncs == 2)
            #expect(contents.durable == Array(1...9))
            contents.permitted = nil
        }
        try writer.end(.orderly)
    }

    @Test func `nothing counts as stored before the sync that covers it is done`() throws {
        let writer = try writer(.group, permitted: 1)
        store(1...1, in: writer)
        try woken.wait("the first group") { $0 == 1 }
        store(2...2, in: writer)
        try contents.wait("the second sync") { $0.isSyncing }
        #expect(writer.stored == 1)
        contents.change { $0.permitted = nil }
        try woken.wait("the second group") { $0 == 2 }
        #expect(writer.stored == 2)
        try writer.end(.orderly)
    }

    @Test func `each record has a sync of its own where that is asked for`() throws {
        let writer = try writer(.each)
        var records: [UInt64] = Array(1...7)
        writer.store(&records)
        try woken.wait("seven records") { $0 == 7 }
        #expect(writer.stored == 7)
        contents.change { #expect($0.syncs == 7) }
        try writer.end(.orderly)
    }

    @Test func `without durability records are stored once written, and no sync is made`() throws {
        let writer = try writer(.none, permitted: 0)
        store(1...3, in: writer)
        try woken.wait("three records") { _ in writer.stored == 3 }
        contents.change { contents in
            #expect(contents.appended == [1, 2, 3])
            #expect(contents.syncs == 0)
        }
        try writer.end(.orderly)
    }

    @Test func `after a sync that failed nothing is stored any more`() throws {
        let writer = try writer(.group)
        store(1...1, in: writer)
        try woken.wait("the first group") { $0 == 1 }
        contents.change { $0.fails = true }
        store(2...2, in: writer)
        try woken.wait("the failure") { $0 == 2 }
        #expect(writer.failure == ScriptedDisk.failure)
        contents.change { $0.fails = false }
        store(3...3, in: writer)
        #expect(throws: ScriptedDisk.failure) { try writer.end(.orderly) }
        #expect(writer.stored == 1)
        contents.change { contents in
            #expect(contents.appended == [1, 2])
            #expect(!contents.isClosed)
        }
    }

    @Test func `an orderly end stores all that was handed over`() throws {
        let writer = try writer(.group, permitted: 0)
        store(1...1, in: writer)
        try contents.wait("the first sync") { $0.isSyncing }
        store(2...5, in: writer)
        contents.change { $0.permitted = nil }
        try writer.end(.orderly)
        contents.change { contents in
            #expect(contents.durable == [1, 2, 3, 4, 5])
            #expect(contents.isClosed)
        }
    }

    @Test func `an abrupt end leaves what was not taken, and an orderly one does not`() {
        for ending in [JournalEnding.abrupt, .orderly] {
            let queue = JournalQueue<UInt64> {}
            var records: [UInt64] = [1, 2]
            queue.put(&records)
            queue.end(ending)
            #expect(queue.isOrderly == (ending == .orderly))
            #expect(queue.take() == (ending == .orderly ? [1, 2] : nil))
            #expect(queue.take() == nil)
        }
    }

    @Test func `a journal that has doubled is replaced by fewer records, and goes on`() throws {
        let last = JournalCompaction<UInt64>(least: 80) { $0.suffix(1) }
        let writer = try writer(.group, compaction: last)
        for number in 1...25 as ClosedRange<UInt64> {
            store(number...number, in: writer)
            try woken.wait("record \(number)") { _ in writer.stored == number }
        }
        try writer.end(.orderly)
        contents.change { contents in
            #expect(contents.checkpoints == 2)
            #expect(contents.durable.count < 10)
            #expect(contents.durable.last == 25)
        }
    }
}
