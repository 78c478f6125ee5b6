import Quantities
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Shen

/// A log on a real file system, and many threads at it.
@Suite struct SharedLogTests {
    private static let durabilities: [Durability] = [
        .none, .group(maxDelay: .zero), .group(maxDelay: Nanoseconds(200_000)), .each,
    ]

    private func options(_ durability: Durability) -> SegmentedLog.Options {
        SegmentedLog.Options(
            durability: durability, segmentSize: .kibibytes(32),
            growth: .zeroFilled(step: .kibibytes(16)))
    }

    private static func batch(_ thread: Int, _ number: Int) -> RecordBatch {
        var batch = RecordBatch(time: Moment(nanoseconds: Int64(number)))
        for part in 0...number % 3 {
            let bytes = [UInt8(thread), UInt8(number & 255), UInt8(number >> 8), UInt8(part)]
            batch.add(bytes.span)
        }
        return batch
    }

    @Test(arguments: durabilities)
    func
        `batches of many threads are whole, in each thread's order, and where they were said to be`(
            durability: Durability
        ) throws
    {
        let place = TemporaryDirectory()
        let log = try SegmentedLog(path: place.file("log"), options: options(durability))
        let (threads, appends) = (6, 120)
        let said = Guarded<[UInt64: [UInt8]]>([:])
        TestThread.all(threads) { thread in
            for number in 0..<appends {
                let stamp = ProducerStamp(
                    producer: ProducerID(UInt64(thread)), epoch: 1,
                    sequence: UInt64((0..<number).reduce(0) { $0 + 1 + $1 % 3 }))
                for isAgain in [false, number % 7 == 0] where !isAgain || number % 7 == 0 {
                    guard let appended = try? log.append(Self.batch(thread, number), stamp: stamp)
                    else { continue }
                    said.withLock { said in
                        for (part, offset) in appended.offsets.enumerated() {
                            said[offset] = [
                                UInt8(thread), UInt8(number & 255), UInt8(number >> 8), UInt8(part),
                            ]
                        }
                    }
                }
            }
        }
        let total = threads * (0..<appends).reduce(0) { $0 + 1 + $1 % 3 }
        #expect(log.offsets == 0..<UInt64(total))
        let told = said.withLock { $0 }
        #expect(told.count == total)
        for offset in log.offsets {
            let record = try log.read(offset)
            #expect(record.bytes == told[offset] && record.offset == offset)
        }
        #expect(log.statistics.batches == UInt64(threads * appends))
        try log.close()
        let again = try SegmentedLog(path: place.file("log"), options: options(durability))
        #expect(again.offsets == 0..<UInt64(total))
        #expect(try again.verify() > 0)
    }

    @Test
    func `subscribers wait for records, see all of them in order, and end when the log closes`()
        throws
    {
        let place = TemporaryDirectory()
        let log = try SegmentedLog(
            path: place.file("log"), options: options(.group(maxDelay: .zero)))
        let seen = Guarded<[[UInt64]]>([])
        let ends = Guarded<[LogError]>([])
        let readers = try (0..<3).map { _ in
            let start = try log.subscribe(from: 0)
            return TestThread {
                var cursor = start
                var offsets: [UInt64] = []
                do throws(LogError) {
                    while true {
                        let records = try cursor.next(
                            upTo: .kibibytes(1), waiting: Nanoseconds(60_000_000_000))
                        offsets += records.map(\.offset)
                    }
                } catch {
                    seen.withLock { $0.append(offsets) }
                    ends.withLock { $0.append(error) }
                }
            }
        }
        for number in 0..<300 { try log.append(Self.batch(0, number)) }
        let end = log.offsets.upperBound
        // A reader that is at the end waits there; one that is not must get there before it is closed.
        var cursor = try log.subscribe(from: end)
        #expect(try cursor.next(upTo: .kibibytes(1)).isEmpty)
        try log.append(Self.batch(0, 0))
        try log.close()
        for reader in readers { reader.join() }
        for offsets in seen.withLock({ $0 }) {
            #expect(offsets == Array(0..<UInt64(offsets.count)))
        }
        #expect(ends.withLock { $0 }.allSatisfy { $0 == .storage(.closed(path: log.path)) })
    }

    @Test func `reads go on beside appends, retention and truncation, and see whole records`()
        throws
    {
        let place = TemporaryDirectory()
        let log = try SegmentedLog(path: place.file("log"), options: options(.none))
        let isDone = Guarded(false)
        let wrong = Guarded<[String]>([])
        let reader = TestThread {
            while !isDone.withLock({ $0 }) {
                let offsets = log.offsets
                guard let last = offsets.last else { continue }
                for offset in [offsets.lowerBound, last, (offsets.lowerBound + last) / 2] {
                    do throws(LogError) {
                        let record = try log.read(offset)
                        if record.bytes.count != 4 {
                            wrong.withLock { $0.append("\(record)") }
                        }
                    } catch {
                        switch error {
                        case .offsetTooOld, .offsetBeyondEnd: break
                        default: wrong.withLock { $0.append("\(offset): \(error)") }
                        }
                    }
                }
            }
        }
        for number in 0..<4000 {
            try log.append(Self.batch(1, number))
            if number % 97 == 0 {
                try log.retire(
                    LogRetention(bytes: .kibibytes(64)), now: Moment(nanoseconds: Int64(number)))
            }
            // The last batch goes, and takes its offsets with it.
            if number % 131 == 0 {
                let last = try log.append(Self.batch(1, number))
                try log.truncate(to: last.first)
            }
        }
        isDone.withLock { $0 = true }
        reader.join()
        #expect(wrong.withLock { $0 } == [])
    }

    @Test func `errors say in a line what was asked, and what there is`() {
        let errors: [LogError] = [
            .offsetTooOld(first: 7), .offsetBeyondEnd(end: 9), .truncated(to: 3),
            .insideBatch(first: 4, count: 2), .emptyBatch,
            .batchTooLarge(bytes: 5, records: 1, byteLimit: 4, recordLimit: 3),
            .producer(.fenced(by: 2)), .producer(.gap(expected: 5)), .producer(.forgotten),
            .producer(.overlap(expected: 1)), .storage(.closed(path: "log")),
        ]
        for error in errors {
            #expect(!error.description.isEmpty && !error.description.contains("\n"))
        }
        #expect(Set(errors.map(\.description)).count == errors.count)
        #expect("\(LogError.offsetTooOld(first: 7))".contains("7"))
    }
}
