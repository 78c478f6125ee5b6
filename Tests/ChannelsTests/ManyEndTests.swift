import Testing

@testable import Channels

/// Channels with many ends, on one thread: what they hold, and in which order they give it back.
@Suite struct ManyEndTests {
    static let capacities = Array(1...17) + [31, 32, 33, 63, 64, 65, 100, 300]

    @Test(arguments: capacities)
    func `a channel holds its capacity, exactly, in every lap and over their end`(_ capacity: Int) {
        for firstLap in [
            0, 1, lap(1, beforeTheEndFor: capacity), lap(3, beforeTheEndFor: capacity),
        ] {
            fillAndEmpty(many(Int.self, BusySpin.self, capacity, firstLap: firstLap), capacity)
            fillAndEmpty(sole(Int.self, BusySpin.self, capacity, firstLap: firstLap), capacity)
        }
    }

    private func fillAndEmpty<Wait, Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ ends: consuming Ends<Wait, Consumer>, _ capacity: Int
    ) {
        let producer = ends.producer
        var consumer = ends.consumer
        #expect(producer.capacity == capacity)
        #expect(consumer.capacity == capacity)
        var next = 0
        var expected = 0
        // Expectations by the hundred thousand would take longer than what they are about.
        var wrong: [String] = []
        func check(_ condition: Bool, _ what: String) {
            if !condition { wrong.append("\(what), sent \(next), received \(expected)") }
        }
        for round in 0..<6 {
            for filled in 0..<capacity {
                check(producer.count == filled, "count")
                check(!producer.isFull, "full before its time")
                check(producer.trySend(next).isSent, "refused")
                next += 1
            }
            check(producer.isFull && consumer.isFull, "not full")
            check(consumer.count == capacity, "count when full")
            check(producer.trySend(-1) == .full(-1), "took more than its capacity")
            for _ in 0..<(round < 5 ? max(1, capacity * (round + 1) / 6) : capacity) {
                check(!consumer.isEmpty, "empty before its time")
                check(consumer.tryReceive() == expected, "not in order")
                expected += 1
                check(producer.trySend(next).isSent, "refused again")
                next += 1
            }
            for _ in 0..<capacity {
                check(consumer.tryReceive() == expected, "not in order at the end")
                expected += 1
            }
            check(consumer.isEmpty && producer.isEmpty, "not empty")
            check(consumer.count == 0, "count when empty")
            check(consumer.tryReceive() == nil, "something out of nothing")
        }
        #expect(wrong == [])
        let statistics = consumer.statistics
        #expect(statistics.sent == UInt64(next))
        #expect(statistics.received == UInt64(next))
        #expect(statistics.refused == 6)
        #expect(statistics.sendWaits == 0 && statistics.receiveWaits == 0)
    }

    @Test(arguments: [1, 2, 6, 7, 8, 20, 100, 1000], [1, 3, 7, 64, 65, 256, 2000])
    func `batches that wrap keep the order, and take no more than there is room for`(
        _ capacity: Int, _ batch: Int
    ) {
        let firstLap = lap(2, beforeTheEndFor: capacity)
        passBatches(many(Int.self, SpinThenPark.self, capacity, firstLap: firstLap), batch)
        passBatches(sole(Int.self, SpinThenPark.self, capacity, firstLap: firstLap), batch)
    }

    private func passBatches<Wait, Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ ends: consuming Ends<Wait, Consumer>, _ batch: Int
    ) {
        let producer = ends.producer
        var consumer = ends.consumer
        let capacity = producer.capacity
        var next = 0
        var expected = 0
        while next < 5 * capacity + 5 * batch {
            let room = capacity - producer.count
            let values = Array(next..<next + batch)
            let sent = producer.trySendBatch(values.span)
            #expect(sent == min(batch, room))
            next += sent
            let wanted = max(1, batch * 2 / 3)
            let there = consumer.count
            let received = receiveArray(batchFrom: &consumer, atMost: wanted)
            #expect(received == Array(expected..<expected + min(wanted, there)))
            expected += received.count
            #expect(producer.count == next - expected)
        }
        #expect(producer.trySendBatch(Span()) == 0)
    }

    @Test func `elements of every size pass unchanged`() {
        pass((0..<300).map { UInt8(truncatingIfNeeded: $0) })
        pass((0..<300).map { UInt16($0) })
        pass((0..<300).map { Int32($0) })
        pass((0..<300).map { "element \($0), too long for a small string" })
        pass((0..<300).map { SIMD4<Float>(repeating: Float($0)) })
        pass((0..<300).map { SIMD16<Int>(repeating: $0) })
        pass((0..<300).map { $0.isMultiple(of: 3) ? nil : $0 })
        pass((0..<300).map { [[$0], [$0, $0]] })
    }

    private func pass<Element: Sendable & Equatable>(_ elements: [Element]) {
        for capacity in [1, 3, 10, 64] {
            pass(elements, many(Element.self, BusySpin.self, capacity))
            pass(elements, sole(Element.self, BusySpin.self, capacity))
        }
    }

    private func pass<Wait, Consumer: BoundedReceiving & ~Copyable>(
        _ elements: [Consumer.Item], _ ends: consuming Ends<Wait, Consumer>
    ) where Consumer.Item: Equatable {
        let producer = ends.producer
        var consumer = ends.consumer
        var received: [Consumer.Item] = []
        for element in elements {
            if producer.isFull, let first = consumer.tryReceive() { received.append(first) }
            #expect(producer.trySend(element).isSent == true)
        }
        while let element = consumer.tryReceive() { received.append(element) }
        #expect(received == elements, "\(Consumer.Item.self) through \(producer.capacity)")
    }

    @Test func `slots are aligned, and cross no line that they need not cross`() {
        func check<Element>(_: Element.Type, stride: Int) {
            typealias Layout = SlotLayout<Element>
            #expect(Layout.stride == stride, "\(Element.self)")
            #expect(Layout.elementOffset % MemoryLayout<Element>.alignment == 0)
            #expect(Layout.elementOffset >= 8)
            #expect(Layout.stride % MemoryLayout<Element>.alignment == 0)
            #expect(Layout.stride >= Layout.elementOffset + MemoryLayout<Element>.size)
            #expect(Layout.slotsPerLine * Layout.stride <= max(64, Layout.stride))
        }
        check(Void.self, stride: 8)
        check(UInt8.self, stride: 16)
        check(Int.self, stride: 16)
        check(String.self, stride: 32)
        check(SIMD4<Int>.self, stride: 64)
        check(SIMD8<Int>.self, stride: 128)
        check(Optional<UInt64>.self, stride: 32)
    }

    @Test func `positions go round at the capacity, and over their end`() {
        let positions = RingPositions(capacity: 3)
        #expect(positions.mask == 3)
        let last = (UInt64(1) << 63) - 4
        #expect(positions.after(0) == 1)
        #expect(positions.after(2) == 4)
        #expect(positions.after(last + 2) == 0)
        #expect(positions.lapLater(last + 1) == 1)
        #expect(positions.isBefore(last + 2, 0))
        #expect(!positions.isBefore(0, last + 2))
        #expect(!positions.isBefore(5, 5))
        #expect(positions.distance(from: last + 1, to: 5) == 6)
        #expect(positions.distance(from: 2, to: 4) == 1)
        #expect(RingPositions(capacity: 1).mask == 1)
        #expect(RingPositions(capacity: 4).mask == 7)
        #expect(RingPositions(capacity: 1 << 32).mask == (1 << 33) - 1)
    }

    @Test func `what a batch could not send is counted as refused, and nothing else is`() throws {
        var ends = many(Int.self, YieldAtOnce.self, 3)
        let batch = Array(0..<5)
        let accepted = ends.producer.trySendBatch(batch.span)
        #expect(accepted == 3)
        #expect(ends.producer.statistics.refused == 2)
        #expect(ends.producer.trySend(5) == .full(5))
        #expect(ends.producer.statistics.refused == 3)
        #expect(receiveArray(batchFrom: &ends.consumer, atMost: 3) == [0, 1, 2])
        let fitting = [0, 1, 2]
        try ends.producer.sendBatch(fitting.span)
        #expect(ends.producer.statistics.refused == 3)
        ends.producer.closeForAll()
        let late = ends.producer.trySendBatch(batch.span)
        #expect(late == 0)
        #expect(ends.producer.statistics.refused == 3)
    }

    @Test func `a channel greater than the machine's memory is refused`() async {
        PhysicalMemory.require(1 << 20)
        #expect(PhysicalMemory.byteCount > 1 << 20)
        await #expect(processExitsWith: .failure) {
            PhysicalMemory.require(PhysicalMemory.byteCount + 1)
        }
    }

    @Test func `no capacity, and more than memory could hold, are refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = MPMCChannel<Int, BusySpin>(capacity: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = MPSCChannel<Int, BusySpin>(capacity: -1)
        }
        await #expect(processExitsWith: .failure) {
            _ = MPMCChannel<Int, BusySpin>(capacity: .max)
        }
        await #expect(processExitsWith: .failure) {
            _ = MPSCChannel<Int, BusySpin>(capacity: 1 << 32 + 1)
        }
    }
}
