import Glibc
import Quantities
import StateMachines
import Storage
import StorageFaults
import Testing

@testable import Shen

/// Retention, truncation, subscriptions, and what comes of failures.
@Suite struct LogChangeTests {
    @Test func `retention by size removes whole segments, and reads below tell the oldest offset`()
        throws
    {
        let simulated = SimulatedLog()
        let log = try simulated.open()
        for number in 0..<30 { try log.append([record(number)]) }
        let bases = log.currentView.entries.map(\.base)
        let size = log.currentView.entries.dropLast().reduce(0) { $0 + $1.length }
        let removed = try log.retire(LogRetention(bytes: ByteCount(size / 2)), now: 0)
        #expect(removed > 0 && removed < bases.count)
        let first = bases[removed]
        #expect(log.currentView.first == first)
        #expect(throws: LogError.offsetTooOld(first: first)) {
            try log.records(from: first - 1, upTo: 1)
        }
        #expect(try log.records(from: first, upTo: 1).first?.bytes == record(Int(first)))
        #expect(simulated.segments == Array(bases[removed...]))
        try log.close()
        #expect(try simulated.open().currentView.first == first)
    }

    @Test func `retention by age goes by the newest record of a segment, and spares the newest`()
        throws
    {
        let log = try SimulatedLog().open()
        for number in 0..<30 { try log.append([record(number)], at: Int64(number)) }
        let entries = log.currentView.entries
        let policy = LogRetention(age: .seconds(10))
        // The newest record of the second segment is ten seconds old, which is not too old.
        let now = entries[1].newest + 10_000_000_000
        #expect(try log.retire(policy, now: now) == 1)
        #expect(log.currentView.first == entries[1].base)
        #expect(try log.retire(policy, now: now + 1_000_000_000_000) == entries.count - 2)
        #expect(log.currentView.entries.count == 1)
        #expect(try log.retire(LogRetention(bytes: ByteCount(0)), now: 0) == 0)
        #expect(try log.everything().last == record(29))
    }

    @Test func `a truncated log ends where it was cut, and gives the offsets out again`() throws {
        let simulated = SimulatedLog()
        let log = try simulated.open()
        for number in 0..<20 { try log.append([record(number)]) }
        try log.truncate(to: 7)
        #expect(try log.everything() == (0..<7).map { record($0) })
        #expect(try log.append([record(99)]).first == 7)
        try log.truncate(to: 8)
        #expect(throws: LogError.offsetBeyondEnd(end: 8)) { try log.truncate(to: 9) }
        try log.truncate(to: 0)
        #expect(try log.everything().isEmpty)
        #expect(try log.append([record(50)]).first == 0)
        try log.close()
        #expect(try simulated.open().everything() == [record(50)])
    }

    @Test func `a log is not cut within a batch, which stays whole`() throws {
        let log = try SimulatedLog().open()
        try log.append([record(0)])
        try log.append([record(1), record(2), record(3)])
        #expect(throws: LogError.insideBatch(first: 1, count: 3)) { try log.truncate(to: 2) }
        #expect(try log.everything().count == 4)
        try log.truncate(to: 1)
        #expect(try log.everything() == [record(0)])
    }

    @Test func `a cursor reads on from where it is, and a copy of it is another place`() throws {
        let log = try SimulatedLog().open()
        for number in 0..<10 { try log.append([record(number)]) }
        var cursor = try log.cursor(from: 3)
        var copy = cursor
        var seen: [UInt64] = []
        while true {
            let records = try cursor.next(upTo: 150, nanoseconds: 0)
            if records.isEmpty { break }
            #expect(records.count <= 2)
            seen += records.map(\.offset)
        }
        #expect(seen == Array(3..<10))
        #expect(try cursor.next(upTo: 1, nanoseconds: 1_000_000).isEmpty)
        try log.append([record(10)])
        #expect(try cursor.next(upTo: 1, nanoseconds: 0).map(\.offset) == [10])
        #expect(try copy.next(upTo: 1, nanoseconds: 0).map(\.offset) == [3])
        #expect(throws: LogError.offsetBeyondEnd(end: 11)) { try log.cursor(from: 12) }
    }

    @Test func `a cursor that retention has overtaken is told so`() throws {
        let log = try SimulatedLog().open()
        for number in 0..<30 { try log.append([record(number)]) }
        var cursor = try log.cursor(from: 2)
        _ = try log.retire(LogRetention(bytes: ByteCount(0)), now: 0)
        let first = log.currentView.first
        #expect(throws: LogError.offsetTooOld(first: first)) {
            try cursor.next(upTo: 1, nanoseconds: 0)
        }
        #expect(throws: LogError.offsetTooOld(first: first)) { try log.cursor(from: 2) }
    }

    @Test func `a cursor behind a cut is told so, though the log has grown past it again`() throws {
        let log = try SimulatedLog().open()
        for number in 0..<10 { try log.append([record(number)]) }
        var behind = try log.cursor(from: 8)
        var before = try log.cursor(from: 5)
        try log.truncate(to: 7)
        try log.truncate(to: 5)
        for number in 20..<30 { try log.append([record(number)]) }
        try log.truncate(to: 12)
        #expect(throws: LogError.truncated(to: 5)) { try behind.next(upTo: 1, nanoseconds: 0) }
        #expect(try before.next(upTo: 1, nanoseconds: 0).first?.bytes == record(20))
        #expect(try log.cursor(from: 12).position == 12)
    }

    @Test func `a full device is an error, loses nothing, and leaves the log usable`() throws {
        let machine = SimulatedFileSystem()
        let simulated = SimulatedLog(machine)
        let log = try simulated.open()
        try log.append([record(0)])
        machine.limits.blocks = machine.state.allocatedBlocks + 1
        var number = 1
        var failure: LogError?
        while failure == nil, number < 100 {
            do throws(LogError) {
                try log.append([record(number)])
                number += 1
            } catch {
                failure = error
            }
        }
        guard case .storage(.refused(_, _, ErrorNumber(code: ENOSPC))) = failure else {
            Issue.record("a full device gave \(String(describing: failure))")
            return
        }
        #expect(log.failure == nil)
        #expect(try log.everything() == (0..<number).map { record($0) })
        machine.limits.blocks = nil
        try log.append([record(number)])
        try log.close()
        #expect(try simulated.open().everything() == (0...number).map { record($0) })
    }

    @Test func `a failed sync poisons the log, which still reads, until it is opened again`() throws
    {
        let machine = SimulatedFileSystem()
        let simulated = SimulatedLog(machine)
        let log = try simulated.open()
        try log.append([record(0)])
        machine.faults.inject(.error(ErrorNumber(code: EIO)), on: .sync)
        #expect(throws: LogError.self) { try log.append([record(1)]) }
        #expect(throws: LogError.self) { try log.append([record(2)]) }
        guard case .refused(.sync, _, _) = log.failure else {
            Issue.record("the failure is \(String(describing: log.failure))")
            return
        }
        #expect(try log.everything() == [record(0)])
        try? log.close()
        #expect(try simulated.open().everything().first == record(0))
    }
}
