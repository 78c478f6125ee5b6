import Quantities
import Randomness
import StateMachines
import Storage
import StorageFaults
import Testing

@testable import Shen

/// What is read of a log.
@Suite struct LogReadingTests {
    @Test func `offsets are consecutive from 0, across batches and segments`() throws {
        let log = try SimulatedLog().open()
        var expected: UInt64 = 0
        for number in 0..<40 {
            let count = 1 + number % 3
            let appended = try log.append((0..<count).map { record(number * 10 + $0) })
            #expect(appended == Appended(first: expected, count: count, isDuplicate: false))
            expected += UInt64(count)
        }
        #expect(log.currentView.first == 0)
        #expect(log.currentView.end == expected)
        #expect(log.currentView.entries.count > 5)
        for offset in 0..<expected {
            let read = try log.records(from: offset, upTo: 1)
            #expect(read.map(\.offset) == [offset])
        }
    }

    @Test func `an empty record and one of a mebibyte come back as they are`() throws {
        let log = try SimulatedLog().open()
        let large = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 131) }
        try log.append([[], large, []])
        try log.append([[]])
        #expect(try log.everything() == [[], large, [], []])
        #expect(try log.records(from: 1, upTo: 1).first?.bytes == large)
    }

    @Test func `a read ends at its limit in bytes, at the segment's end or at the log's`() throws {
        let log = try SimulatedLog().open()
        for number in 0..<12 { try log.append([record(number)]) }
        let bounds = log.currentView.entries.map(\.base)
        #expect(bounds.count > 1)
        #expect(try log.records(from: 0, upTo: 250).map(\.offset) == [0, 1, 2])
        #expect(try log.records(from: 0, upTo: 1 << 20).last?.offset == bounds[1] - 1)
        #expect(try log.records(from: 11, upTo: 1 << 20).map(\.offset) == [11])
        #expect(throws: LogError.offsetBeyondEnd(end: 12)) { try log.records(from: 12, upTo: 1) }
        #expect(throws: LogError.offsetBeyondEnd(end: 12)) {
            try log.records(from: .max, upTo: 1)
        }
    }

    @Test func `batches without records, or of too many, are refused`() throws {
        let log = try SimulatedLog().open()
        #expect(throws: LogError.emptyBatch) { try log.append([]) }
        var batch = RecordBatch(time: Moment(nanoseconds: 0))
        for _ in 0...FrameHeader.mostRecords { batch.add(Swift.Span()) }
        #expect {
            try log.append(batch, nil)
        } throws: { error in
            guard case LogError.batchTooLarge = error else { return false }
            return true
        }
        #expect(log.currentView.end == 0)
    }

    @Test func `reopened, a log is as it was, and goes on behind its end`() throws {
        let simulated = SimulatedLog()
        var expected: [[UInt8]] = []
        for life in 0..<5 {
            let log = try simulated.open()
            #expect(try log.everything() == expected)
            for number in 0..<7 {
                expected.append(record(life * 10 + number))
                try log.append([record(life * 10 + number)])
            }
            try log.close()
            #expect(throws: LogError.self) { try log.append([record(1)]) }
            #expect(throws: LogError.self) { try log.records(from: 0, upTo: 1) }
        }
        #expect(try simulated.open().everything() == expected)
    }

    @Test func `a second opener is refused as long as there is one`() throws {
        let simulated = SimulatedLog()
        let log = try simulated.open()
        #expect(throws: StorageError.locked(path: "log/LOCK")) { try simulated.open() }
        try log.close()
        #expect(throws: Never.self) { try simulated.open() }
    }

    @Test func `no more segments are open than are to be`() throws {
        let simulated = SimulatedLog()
        let log = try simulated.open()
        for number in 0..<100 { try log.append([record(number)]) }
        for offset in (0..<100).reversed() {
            #expect(try log.records(from: UInt64(offset), upTo: 1).first?.bytes == record(offset))
        }
        // Three to read, the one that grows, and the lock.
        #expect(simulated.machine.state.openFiles <= 5)
        try log.close()
        #expect(simulated.machine.state.openFiles == 0)
    }

    @Test func `an index that is missing, damaged or another's is made anew by a scan`() throws {
        let simulated = SimulatedLog()
        let before = try simulated.open()
        for number in 0..<30 { try before.append([record(number)]) }
        try before.close()
        let segments = simulated.segments
        simulated.machine.tamper { state in
            state.replaceFile(at: SimulatedLog.index(segments[0]), by: FileImage([]))
            let other = state.image(at: SimulatedLog.index(segments[2])) ?? FileImage()
            state.replaceFile(at: SimulatedLog.index(segments[1]), by: other)
        }
        simulated.damage(SimulatedLog.index(segments[2])) { $0[70] ^= 1 }
        simulated.damage(SimulatedLog.index(segments[3])) { $0.removeLast(4) }
        #expect(try simulated.open().everything() == (0..<30).map { record($0) })
    }

    @Test func `a log is what a list of records is, by any calls`() throws {
        let seed = CrashBudget.seed()
        for round in 0..<CrashBudget.times(30) {
            var generator = seed.derived(for: round).generator()
            let simulated = SimulatedLog()
            var log = try simulated.open()
            var model = LogModel()
            for _ in 0..<60 {
                try model.step(&log, simulated, &generator)
                #expect(log.currentView.end == model.end, "NILOMETER_TEST_SEED=\(seed)")
                let records = try log.everything()
                #expect(records == model.records, "NILOMETER_TEST_SEED=\(seed)")
            }
        }
    }
}

/// What a log should hold.
struct LogModel {
    var first: UInt64 = 0
    /// The sizes of the batches, for truncations.
    var batches: [[[UInt8]]] = []
    var records: [[UInt8]] { batches.flatMap { $0 } }
    var end: UInt64 { first + UInt64(records.count) }
    private var number = 0

    mutating func step(
        _ log: inout LogEngine<SimulatedOperations>, _ simulated: SimulatedLog,
        _ generator: inout Xoshiro256StarStar
    ) throws {
        switch generator.next(below: 10) {
        case 0..<6:
            let batch = (0...generator.next(below: 3)).map { _ in
                number += 1
                return record(number, Int(generator.next(below: 300)))
            }
            #expect(try log.append(batch).first == end)
            batches.append(batch)
        case 6:
            try log.close()
            log = try simulated.open()
        case 7:
            let gone = Int(generator.next(below: UInt64(batches.count + 1))) / 3
            let kept = batches.dropLast(gone)
            try log.truncate(to: first + UInt64(kept.reduce(0) { $0 + $1.count }))
            batches = Array(kept)
        case 8:
            _ = try log.retire(LogRetention(bytes: ByteCount(generator.next(below: 6000))), now: 0)
            while first < log.currentView.first {
                first += UInt64(batches.removeFirst().count)
            }
            #expect(first == log.currentView.first)
        default:
            let offset = generator.next(below: end + 3)
            if offset < first {
                #expect(throws: LogError.offsetTooOld(first: first)) {
                    try log.records(from: offset, upTo: 1)
                }
            } else if offset >= end {
                #expect(throws: LogError.offsetBeyondEnd(end: end)) {
                    try log.records(from: offset, upTo: 1)
                }
            } else {
                let found = try log.records(from: offset, upTo: 700)
                let place = Int(offset - first)
                #expect(found.map(\.bytes) == Array(records[place..<place + found.count]))
            }
        }
    }
}
