import Quantities
import ShenRing
import StateMachines
import Storage
import TestSupport
import Testing

@testable import Shen

/// Records that one replica gives another one.
@Suite struct RecordCopyTests {
    private static func agreed(_ place: UInt64, first: UInt64, records: Int) -> AgreedBatch {
        var batch = RecordBatch(time: Moment(nanoseconds: Int64(place)))
        for index in 0..<records {
            batch.add([UInt8](repeating: UInt8(index), count: 100).span)
        }
        batch.mark = place
        return AgreedBatch(
            place: place, first: first, stamp: stamp(7, 1, first), batch: batch)
    }

    private func log(_ directory: borrowing TemporaryDirectory, _ name: String) throws
        -> SegmentedLog
    {
        try SegmentedLog(
            path: directory.file(name),
            options: .init(durability: .none, segmentSize: .kibibytes(8), growth: .exact))
    }

    @Test func `a message comes back from its bytes`() throws {
        let copy = RecordCopy(
            first: 3, batches: [Self.agreed(4, first: 3, records: 2)], place: 9)
        var message = LogMessage<RequestID>.copied(copy)
        guard case .copied(copy) = try LogMessage<RequestID>(wire: message.wireBytes.span) else {
            Issue.record("another message")
            return
        }
        message = .wanted(RecordDemand(first: 5, place: 6))
        guard case .wanted(let demand) = try LogMessage<RequestID>(wire: message.wireBytes.span)
        else {
            Issue.record("another message")
            return
        }
        #expect(demand == RecordDemand(first: 5, place: 6))
    }

    @Test func `bytes that are no copy are refused`() throws {
        let bytes = RecordCopy(
            first: 0, batches: [Self.agreed(1, first: 0, records: 3)], place: nil
        ).wireBytes
        for end in bytes.indices {
            #expect(throws: WireError.self) { try RecordCopy(wire: Array(bytes[..<end]).span) }
        }
        #expect(throws: WireError.self) { try RecordCopy(wire: (bytes + [0]).span) }
        let message: [UInt8] = [3]
        #expect(throws: WireError.self) { try LogMessage<RequestID>(wire: message.span) }
        // An offset whose records would lie behind the last one.
        var far = bytes
        for index in 20..<28 { far[index] = 255 }
        #expect(throws: WireError.self) { try RecordCopy(wire: far.span) }
    }

    @Test(arguments: [1, 500, 3_000, 1 << 20])
    func `a log is copied part by part, over segments and places without a batch`(
        limit: Int
    ) throws {
        let directory = TemporaryDirectory()
        let (from, into) = (try log(directory, "from"), try log(directory, "into"))
        var (place, end): (UInt64, UInt64) = (0, 0)
        for round in 0..<200 {
            place += 1
            // Places of something else.
            if round % 9 == 0 {
                try from.note(place: place)
                place += 1
            }
            try from.store(Self.agreed(place, first: end, records: 1 + round % 3))
            end += UInt64(1 + round % 3)
        }
        place += 5
        var (at, parts): (BatchPlace?, Int) = (nil, 0)
        var image: PartitionImage?
        while image == nil {
            let demand = RecordDemand(first: into.offsets.upperBound, place: place)
            let copy = try #require(
                try from.copy(for: demand, applied: place, upTo: limit, at: &at))
            #expect(copy.first == demand.first && !copy.batches.isEmpty)
            image = try into.take(copy)
            parts += 1
        }
        #expect(image?.place == place && image?.end == end)
        #expect(try image == into.image())
        #expect(try from.image().producers == into.image().producers)
        let theirs = try from.records(from: 0, upTo: .kibibytes(64))
        #expect(try into.records(from: 0, upTo: .kibibytes(64)).prefix(20) == theirs.prefix(20))
        #expect(limit > 1 << 16 ? parts == 1 : parts > 10)
        try from.close()
        try into.close()
    }

    @Test func `a copy is whole where its batches follow each other`() {
        let batches = [Self.agreed(4, first: 3, records: 2), Self.agreed(6, first: 5, records: 1)]
        func isWhole(_ first: UInt64, _ batches: [AgreedBatch], _ place: UInt64?) -> Bool {
            RecordCopy(first: first, batches: batches, place: place).isWhole
        }
        #expect(isWhole(3, batches, nil) && isWhole(3, batches, 6) && isWhole(9, [], 20))
        #expect(!isWhole(2, batches, nil) && !isWhole(3, batches.reversed(), nil))
        #expect(!isWhole(3, batches, 5) && !isWhole(3, [batches[0], batches[0]], nil))
    }

    @Test func `what a log does not have, it does not give`() throws {
        let directory = TemporaryDirectory()
        let from = try log(directory, "from")
        for place in 1...100 {
            try from.store(Self.agreed(UInt64(place), first: UInt64(place - 1), records: 1))
        }
        var at: BatchPlace?
        func gives(_ first: UInt64, _ place: UInt64) throws -> Bool {
            let demand = RecordDemand(first: first, place: place)
            return try from.copy(for: demand, applied: 100, upTo: 1000, at: &at) != nil
        }
        #expect(try gives(0, 100) && gives(100, 100))
        #expect(try !gives(0, 101) && !gives(101, 100))
        _ = try from.retire(LogRetention(bytes: .kibibytes(1)), now: Moment(nanoseconds: 1000))
        #expect(from.offsets.lowerBound > 0)
        #expect(try !gives(0, 100) && gives(from.offsets.lowerBound, 100))
        try from.close()
    }
}
