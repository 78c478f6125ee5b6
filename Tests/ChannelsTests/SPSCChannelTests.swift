import Testing

@testable import Channels

/// One thread plays both ends: what a channel holds, and in which order it gives it back.
@Suite struct SPSCChannelTests {
    /// Around the block sizes of 8-byte (7), 1-byte (56) and large elements (1).
    static let capacities = Array(1...30) + [55, 56, 57, 63, 64, 65, 100, 111, 112, 113, 1000]

    /// Laps after which the 32-bit tokens of 8-byte elements (29 bits of lap) wrap.
    static let firstLaps: [UInt64] = [1, (1 << 29) - 2, (1 << 29) - 1, 1 << 29, (1 << 28) - 1]

    @Test(arguments: capacities)
    func `a channel holds its capacity, exactly, in every lap`(_ capacity: Int) {
        for lap in Self.firstLaps {
            let channel = SPSCChannel<Int, BusySpin>(
                capacity: capacity, firstLap: lap, imposesBarriers: true)
            var producer = channel.producer
            var consumer = channel.consumer
            #expect(producer.capacity == capacity)
            #expect(consumer.capacity == capacity)
            var next = 0
            var expected = 0
            for round in 0..<6 {
                for filled in 0..<capacity {
                    #expect(producer.count == filled)
                    #expect(producer.isFull == false)
                    #expect(producer.trySend(next) == .sent)
                    next += 1
                }
                #expect(producer.isFull == true)
                #expect(producer.count == capacity)
                #expect(consumer.count == capacity)
                #expect(producer.trySend(-1) == .full(-1))
                // A part in the first rounds, so that the ends meet in every slot of a block.
                for _ in 0..<(round < 5 ? max(1, capacity * (round + 1) / 6) : capacity) {
                    #expect(consumer.isEmpty == false)
                    #expect(consumer.tryReceive() == expected)
                    expected += 1
                    #expect(producer.trySend(next) == .sent)
                    next += 1
                }
                for _ in 0..<capacity {
                    #expect(consumer.tryReceive() == expected)
                    expected += 1
                }
                #expect(consumer.isEmpty == true)
                #expect(consumer.count == 0)
                #expect(producer.count == 0)
                #expect(consumer.tryReceive() == nil)
            }
        }
    }

    @Test(arguments: [1, 2, 7, 8, 13, 64])
    func `elements come out in the order in which they went in`(_ capacity: Int) throws {
        let channel = SPSCChannel<Int, BusySpin>(capacity: capacity)
        var producer = channel.producer
        var consumer = channel.consumer
        for start in stride(from: 0, to: 100 * capacity, by: capacity) {
            for value in start..<start + capacity { try producer.send(value) }
            for value in start..<start + capacity { #expect(consumer.receive() == value) }
        }
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
            let channel = SPSCChannel<Element, BusySpin>(capacity: capacity)
            var producer = channel.producer
            var consumer = channel.consumer
            var received: [Element] = []
            for element in elements {
                if producer.isFull, let first = consumer.tryReceive() { received.append(first) }
                #expect(producer.trySend(element).isSent == true)
            }
            while let element = consumer.tryReceive() { received.append(element) }
            #expect(received == elements, "\(Element.self) through \(capacity)")
        }
    }

    @Test func `elements without size are counted all the same`() {
        let channel = SPSCChannel<Void, BusySpin>(capacity: 100)
        var producer = channel.producer
        var consumer = channel.consumer
        for _ in 0..<100 { #expect(producer.trySend(()).isSent == true) }
        #expect(producer.trySend(()).isSent == false)
        for _ in 0..<100 { #expect(consumer.tryReceive() != nil) }
        #expect(consumer.tryReceive() == nil)
    }

    @Test func `noncopyable elements pass, and come back when there is no room`() {
        let counter = DeinitCounter()
        let channel = SPSCChannel<DeinitCounter.Token, BusySpin>(capacity: 2)
        var producer = channel.producer
        var consumer = channel.consumer
        #expect(producer.trySend(counter.token(1)).isSent == true)
        #expect(producer.trySend(counter.token(2)).isSent == true)
        switch producer.trySend(counter.token(3)) {
        case .full(let token): #expect(token.number == 3)
        case .sent: Issue.record("sent to a full channel")
        case .closed: Issue.record("nobody closed the channel")
        }
        #expect(counter.destroyed == 1)
        #expect(number(of: consumer.tryReceive()) == 1)
        #expect(number(of: consumer.tryReceive()) == 2)
        #expect(number(of: consumer.tryReceive()) == nil)
        #expect(counter.destroyed == 3)
    }

    @Test func `an unsent element can be had from the attempt`() {
        let channel = SPSCChannel<Int, BusySpin>(capacity: 1)
        var producer = channel.producer
        #expect(producer.trySend(1).unsent() == nil)
        #expect(producer.trySend(2).unsent() == 2)
        let consumer = channel.consumer
        consumer.close()
        #expect(producer.trySend(3).unsent() == 3)
    }

    @Test func `tokens wrap whatever the number of slots in a block`() {
        wraps { UInt8(truncatingIfNeeded: $0) }
        wraps { UInt64($0) }
        wraps { SIMD2(repeating: UInt64($0)) }
        wraps { SIMD4(repeating: UInt64($0)) }
        wraps { SIMD8(repeating: UInt64($0)) }
    }

    private func wraps<Element: Sendable & Equatable>(_ element: (Int) -> Element) {
        for capacity in [1, 2, 3, 7, 70] {
            let channel = SPSCChannel<Element, BusySpin>(
                capacity: capacity, firstLap: lap(2, beforeTokensWrapFor: Element.self),
                imposesBarriers: true)
            var producer = channel.producer
            var consumer = channel.consumer
            var sent = 0
            var received = 0
            var wrong = 0
            for _ in 0..<5 {
                while producer.trySend(element(sent)).isSent { sent += 1 }
                #expect(sent - received == capacity)
                while let value = consumer.tryReceive() {
                    if value != element(received) { wrong += 1 }
                    received += 1
                }
                #expect(received == sent)
            }
            #expect(wrong == 0)
            #expect(consumer.statistics.received == UInt64(received))
        }
    }

    @Test func `no capacity, and more than memory could hold, are refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = SPSCChannel<Int, BusySpin>(capacity: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = SPSCChannel<Int, BusySpin>(capacity: -1)
        }
        await #expect(processExitsWith: .failure) {
            _ = SPSCChannel<Int, BusySpin>(capacity: .max)
        }
        await #expect(processExitsWith: .failure) {
            _ = SPSCChannel<Int, BusySpin>(capacity: 1 << 32 + 1)
        }
    }
}
