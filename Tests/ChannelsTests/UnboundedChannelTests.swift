import Randomness
import TestSupport
import Testing

@testable import Channels

/// Unbounded channels on one thread.
@Suite struct UnboundedChannelTests {
    static let segments = [1, 2, 3, 7, 60, 64]

    @Test func `elements come out in their order, and the counts say so`() throws {
        var ends = unboundedSole(Int.self, BusySpin.self, 3)
        try smoke(&ends)
        var many = unboundedMany(Int.self, BusySpin.self, 3)
        try smoke(&many)
    }

    private func smoke<Wait, Consumer: UnboundedReceiving<Int> & ~Copyable>(
        _ ends: inout UnboundedEnds<Wait, Consumer>
    ) throws {
        #expect(ends.consumer.isEmpty == true)
        #expect(ends.consumer.tryReceive() == nil)
        #expect(ends.producer.trySend(0).isSent == true)
        for value in 1..<10 { try ends.producer.send(value) }
        #expect(ends.producer.count == 10)
        #expect(ends.consumer.count == 10)
        #expect(ends.consumer.isEmpty == false)
        #expect(ends.producer.isEmpty == false)
        for value in 0..<10 { #expect(ends.consumer.receive() == value) }
        #expect(ends.consumer.tryReceive() == nil)
        #expect(ends.consumer.isEmpty == true)
        #expect(ends.producer.isEmpty == true)
        #expect(ends.consumer.count == 0)
        #expect(ends.consumer.isClosed == false)
        #expect(ends.producer.statistics.sent == 10)
        #expect(ends.consumer.statistics.received == 10)
        #expect(
            "\(ends.consumer.statistics)".hasPrefix("10 sent, 10 received (0 waits, 0 parks), "))
    }

    @Test(arguments: segments)
    func `every length up to three segments fills and empties`(_ capacity: Int) throws {
        for keepsSegments in [true, false] {
            for length in 0...3 * capacity {
                var sole = unboundedSole(
                    Int.self, BusySpin.self, capacity, keepsSegments: keepsSegments)
                try fillAndEmpty(&sole, length, capacity)
                var many = unboundedMany(
                    Int.self, BusySpin.self, capacity, keepsSegments: keepsSegments)
                try fillAndEmpty(&many, length, capacity)
            }
        }
    }

    private func fillAndEmpty<Wait, Consumer: UnboundedReceiving<Int> & ~Copyable>(
        _ ends: inout UnboundedEnds<Wait, Consumer>, _ length: Int, _ capacity: Int
    ) throws {
        for round in 0..<2 {
            for value in 0..<length { try ends.producer.send(value) }
            var wrong = ends.consumer.count == length ? 0 : 1
            for value in 0..<length where ends.consumer.tryReceive() != value { wrong += 1 }
            if ends.consumer.tryReceive() != nil { wrong += 1 }
            if !ends.consumer.isEmpty || ends.producer.count != 0 { wrong += 1 }
            #expect(wrong == 0, "\(length) in segments of \(capacity), round \(round)")
        }
    }

    @Test(arguments: [1, 2, 5, 60])
    func `a channel behaves as an array`(_ capacity: Int) {
        var sole = unboundedSole(Int.self, BusySpin.self, capacity)
        compareToArray(&sole, capacity)
        var many = unboundedMany(Int.self, BusySpin.self, capacity)
        compareToArray(&many, capacity)
    }

    private func compareToArray<Wait, Consumer: UnboundedReceiving<Int> & ~Copyable>(
        _ ends: inout UnboundedEnds<Wait, Consumer>, _ capacity: Int
    ) {
        var random = testSeed.derived(for: capacity).generator()
        var model: [Int] = []
        var next = 0
        var wrong: [String] = []
        for step in 0..<3000 {
            let size = Int(random.next(below: UInt64(3 * capacity)))
            switch random.next(below: 5) {
            case 0:
                if !ends.producer.trySend(next).isSent { wrong.append("\(step): not sent") }
                model.append(next)
                next += 1
            case 1:
                let values = Array(next..<next + size)
                if (try? ends.producer.sendBatch(values.span)) == nil {
                    wrong.append("\(step): batch refused")
                }
                model += values
                next += size
            case 2:
                let values = receiveArray(batchFrom: &ends.consumer, atMost: size)
                if values != Array(model.prefix(size)) { wrong.append("\(step): \(values)") }
                model = Array(model.dropFirst(size))
            case 3:
                let attempt = ends.consumer.receive(timeout: .zero)
                let isRight = model.first.map { attempt == .received($0) } ?? (attempt == .timedOut)
                if !isRight { wrong.append("\(step): \(attempt)") }
                model = Array(model.dropFirst())
            default:
                let value = ends.consumer.tryReceive()
                if value != model.first { wrong.append("\(step): received \(value ?? -1)") }
                model = Array(model.dropFirst())
            }
            if ends.producer.count != model.count {
                wrong.append("\(step): count \(ends.producer.count) for \(model.count)")
            }
            if ends.consumer.isEmpty != model.isEmpty { wrong.append("\(step): empty or not") }
        }
        #expect(wrong == [], "\(replay)")
    }

    @Test func `memory follows what is in the channel`() throws {
        for keepsSegments in [true, false] {
            let kept = keepsSegments ? 3 : 0
            var sole = unboundedSole(Int.self, BusySpin.self, 60, keepsSegments: keepsSegments)
            try burst(&sole, kept: kept)
            var many = unboundedMany(Int.self, BusySpin.self, 60, keepsSegments: keepsSegments)
            try burst(&many, kept: kept)
        }
    }

    private func burst<Wait, Consumer: UnboundedReceiving<Int> & ~Copyable>(
        _ ends: inout UnboundedEnds<Wait, Consumer>, kept: Int
    ) throws {
        for _ in 0..<3 {
            for value in 0..<6000 { try ends.producer.send(value) }
            let held = ends.producer.statistics.segments
            #expect(held >= 100 && held <= 101 + kept)
            for _ in 0..<3000 { _ = ends.consumer.tryReceive() }
            let half = ends.producer.statistics.segments
            #expect(half >= 50 && half <= 51 + kept)
            while ends.consumer.tryReceive() != nil {}
            #expect(ends.producer.statistics.segments <= 1 + kept)
        }
    }

    @Test func `elements of any size and alignment have room`() throws {
        try pass(UInt8.max)
        try pass(Int32(-7))
        try pass("a string that is too long to lie in its own sixteen bytes")
        try pass(SIMD16<Double>(repeating: 1.5))
        try pass(InlineBytes(first: 1, last: 2))
        try pass(Nothing())
        #expect(SegmentLayout<UInt8>.slotStride == 8)
        #expect(SegmentLayout<Int>.slotStride == 16)
        #expect(SegmentLayout<Int>.capacity == 60)
        #expect(SegmentLayout<InlineBytes>.capacity == 7)
    }

    private struct InlineBytes: Equatable {
        var first: UInt64
        private var middle = (
            SIMD64<UInt64>(), SIMD64<UInt64>(), SIMD64<UInt64>(), SIMD64<UInt64>()
        )
        var last: UInt64

        init(first: UInt64, last: UInt64) {
            self.first = first
            self.last = last
        }

        static func == (left: InlineBytes, right: InlineBytes) -> Bool {
            left.first == right.first && left.last == right.last
        }
    }

    private struct Nothing: Equatable {}

    private func pass<Element: Equatable & Sendable>(_ element: Element) throws {
        typealias Layout = SegmentLayout<Element>
        for offset in [Layout.elementOffset, Layout.slotStride, Layout.slotsOffset] {
            #expect(offset % MemoryLayout<Element>.alignment == 0)
        }
        let channel = UnboundedMPMCChannel<Element, BusySpin>()
        let producer = channel.producer
        let consumer = channel.consumer
        for _ in 0..<200 { try producer.send(element) }
        var same = 0
        while let received = consumer.tryReceive() { same += received == element ? 1 : 0 }
        #expect(same == 200)
    }
}
