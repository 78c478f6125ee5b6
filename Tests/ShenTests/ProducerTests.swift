import Quantities
import Randomness
import StateMachines
import Storage
import StorageFaults
import TestSupport
import Testing

@testable import Shen

/// Idempotent producers (KIP-98).
@Suite struct ProducerTests {
    @Test func `a batch that is sent again is answered with its first place`() throws {
        let log = try SimulatedLog().open()
        try log.append([record(0)])
        let first = try log.append([record(1), record(2)], stamp(1, 1, 0))
        let again = try log.append([record(1), record(2)], stamp(1, 1, 0))
        #expect(first == Appended(first: 1, count: 2, isDuplicate: false))
        #expect(again == Appended(first: 1, count: 2, isDuplicate: true))
        #expect(log.currentView.end == 3)
    }

    @Test func `five batches of a producer are known by place, older ones as stored`() throws {
        let log = try SimulatedLog().open()
        for number in 0..<8 { try log.append([record(number)], stamp(1, 1, UInt64(number))) }
        for number in 3..<8 {
            let again = try log.append([record(number)], stamp(1, 1, UInt64(number)))
            #expect(again == Appended(first: UInt64(number), count: 1, isDuplicate: true))
        }
        #expect(throws: LogError.producer(.forgotten)) {
            try log.append([record(2)], stamp(1, 1, 2))
        }
        #expect(throws: LogError.producer(.overlap(expected: 8))) {
            try log.append([record(7), record(8)], stamp(1, 1, 7))
        }
        #expect(throws: LogError.producer(.overlap(expected: 8))) {
            try log.append([record(1), record(2), record(3)], stamp(1, 1, 1))
        }
    }

    @Test func `gaps are refused, and a higher epoch fences the lower ones off`() throws {
        let log = try SimulatedLog().open()
        #expect(throws: LogError.producer(.gap(expected: 0))) {
            try log.append([record(0)], stamp(1, 1, 4))
        }
        try log.append([record(0)], stamp(1, 1, 0))
        #expect(throws: LogError.producer(.gap(expected: 1))) {
            try log.append([record(2)], stamp(1, 1, 2))
        }
        #expect(throws: LogError.producer(.gap(expected: 0))) {
            try log.append([record(2)], stamp(1, 2, 1))
        }
        try log.append([record(1)], stamp(1, 2, 0))
        #expect(throws: LogError.producer(.fenced(by: 2))) {
            try log.append([record(2)], stamp(1, 1, 1))
        }
        try log.append([record(2)], stamp(2, 1, 0))
        #expect(log.currentView.end == 3)
    }

    @Test func `what is known of producers outlives segments, retention, truncation and openings`()
        throws
    {
        let simulated = SimulatedLog()
        var log = try simulated.open()
        try log.append([record(0)], stamp(1, 3, 0))
        for number in 1..<30 { try log.append([record(number)]) }
        _ = try log.retire(LogRetention(bytes: ByteCount(0)), now: 0)
        #expect(log.currentView.first > 0)
        try log.truncate(to: log.currentView.first)
        try log.close()
        log = try simulated.open()
        let again = try log.append([record(0)], stamp(1, 3, 0))
        #expect(again == Appended(first: 0, count: 1, isDuplicate: true))
        let next = try log.append([record(1)], stamp(1, 3, 1))
        #expect(next.first == log.currentView.first && !next.isDuplicate)
        try log.truncate(to: next.first)
        // What was cut off counts as never sent.
        #expect(try log.append([record(1)], stamp(1, 3, 1)).isDuplicate == false)
    }

    @Test func `within a group, a batch that is there twice is stored once`() throws {
        let log = try SimulatedLog().open()
        let batch = RecordBatch(record(1).span, time: Moment(nanoseconds: 0))
        let group = [0, 0, 1, 3, 1].map { Submission(batch, stamp(1, 1, $0)) }
        try log.exclusively(closed: LogError.storage) { core throws(LogError) in
            try translating { () throws(StorageError) in try core.append(group, thenSync: true) }
        }
        let outcomes = group.map { try? $0.outcome?.get() }
        #expect(outcomes[0] == Appended(first: 0, count: 1, isDuplicate: false))
        #expect(outcomes[1] == Appended(first: 0, count: 1, isDuplicate: true))
        #expect(outcomes[2] == Appended(first: 1, count: 1, isDuplicate: false))
        #expect(group[3].outcome == .failure(.producer(.gap(expected: 2))))
        #expect(outcomes[4] == Appended(first: 1, count: 1, isDuplicate: true))
        #expect(log.currentView.end == 2)
    }

    @Test func `those silent for longest are forgotten first, and not before there are too many`() {
        var table = ProducerTable(limit: 8)
        for number in 0..<9 {
            table.store(stamp(UInt64(number), 1, 0), count: 1, at: UInt64(number))
        }
        table.store(stamp(0, 1, 1), count: 1, at: 9)
        #expect(table.entries.count == 9)
        table.store(stamp(20, 1, 0), count: 1, at: 10)
        let left = table.entries.keys.map(\.rawValue).sorted()
        #expect(left == [0, 3, 4, 5, 6, 7, 8, 20])
    }

    @Test func `a table comes back from its bytes, and from no others`() {
        let seed = CrashBudget.seed()
        var generator = seed.generator()
        for _ in 0..<50 {
            var table = ProducerTable(limit: 20)
            for offset in 0..<generator.next(below: 60) {
                let producer = generator.next(below: 25)
                let next = table.entries[ProducerID(producer)]?.next ?? 0
                table.store(stamp(producer, 1, next), count: 1, at: offset)
            }
            let bytes = table.bytes
            #expect(ProducerTable(bytes.span, limit: 20) == table, "NILOMETER_TEST_SEED=\(seed)")
            for count in 0..<bytes.count {
                #expect(ProducerTable(Array(bytes.prefix(count)).span, limit: 20) == nil)
            }
            #expect(ProducerTable((bytes + [0]).span, limit: 20) == nil)
        }
    }
}
