import TestSupport
import Testing

@testable import Channels

/// A producer and a consumer on threads of their own: what ThreadSanitizer watches.
@Suite(.serialized) struct TwoThreadTests {
    static let capacities = [1, 2, 3, 7, 8, 15, 64, 1000]

    /// Elements that each test sends: many times round the small rings, and enough to wrap tokens
    /// that begin two laps before the end.
    static let count = 20_000

    @Test(arguments: capacities)
    func `a stream arrives complete and in order, spinning`(_ capacity: Int) {
        stream(SPSCChannel<Int, BusySpin>(capacity: capacity), count: Self.count)
    }

    @Test(arguments: capacities)
    func `a stream arrives complete and in order, yielding`(_ capacity: Int) {
        stream(SPSCChannel<Int, SpinThenYield>(capacity: capacity), count: Self.count)
        stream(SPSCChannel<Int, YieldAtOnce>(capacity: capacity), count: Self.count)
    }

    @Test(arguments: capacities)
    func `a stream arrives complete and in order, parking`(_ capacity: Int) {
        stream(SPSCChannel<Int, SpinThenPark>(capacity: capacity), count: Self.count)
    }

    @Test(arguments: capacities)
    func `a stream arrives complete and in order, adapting`(_ capacity: Int) {
        stream(SPSCChannel<Int, AdaptiveWait>(capacity: capacity), count: Self.count)
        stream(SPSCChannel<Int, AdaptAtOnce>(capacity: capacity), count: Self.count / 4)
    }

    @Test(arguments: capacities, [true, false])
    func `no wake-up is lost when every wait parks`(_ capacity: Int, _ imposesBarriers: Bool) {
        let channel = SPSCChannel<Int, ParkAtOnce>(
            capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: imposesBarriers)
        stream(channel, count: Self.count / 4)
    }

    @Test(arguments: [true, false])
    func `no wake-up is lost in a ping-pong where both ends park`(_ imposesBarriers: Bool) {
        let there = SPSCChannel<Int, ParkAtOnce>(
            capacity: 4, firstLap: 1, imposesBarriers: imposesBarriers)
        let back = SPSCChannel<Int, ParkAtOnce>(
            capacity: 4, firstLap: 1, imposesBarriers: imposesBarriers)
        let responderIn = Handoff(there.consumer)
        let responderOut = Handoff(back.producer)
        let responder = TestThread {
            var requests = responderIn.take()
            var answers = responderOut.take()
            while let value = requests.receive() {
                guard answers.trySend(value).isSent else { return }
            }
        }
        var requests = there.producer
        var answers = back.consumer
        var wrong = 0
        for value in 0..<Self.count {
            if !requests.trySend(value).isSent || answers.receive() != value { wrong += 1 }
        }
        requests.close()
        responder.join()
        #expect(wrong == 0)
    }

    @Test func `both ends make progress on one processor`() {
        stream(SPSCChannel<Int, YieldAtOnce>(capacity: 64), count: Self.count, on: 0)
        stream(SPSCChannel<Int, SpinThenYield>(capacity: 64), count: 2000, on: 0)
        stream(SPSCChannel<Int, SpinThenPark>(capacity: 64), count: 2000, on: 0)
        stream(SPSCChannel<Int, ParkAtOnce>(capacity: 1), count: 2000, on: 0)
        stream(SPSCChannel<Int, AdaptiveWait>(capacity: 64), count: 2000, on: 0)
        // Only the end of its time slice lets the other end run: a few hand-overs are enough.
        stream(SPSCChannel<Int, BusySpin>(capacity: 1000), count: 10_000, on: 0)
    }

    /// Of batches as long as a ring, longer, and of several publications.
    @Test(arguments: [1, 7, 20, 300, 1024], [256, 600])
    func `long batches arrive complete and in order`(_ capacity: Int, _ batch: Int) {
        let (sender, receiver) = take(
            apart: SPSCChannel<Int, SpinThenYield>(
                capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: true))
        let producing = TestThread {
            var producer = sender.take()
            for start in stride(from: 0, to: Self.count, by: batch) {
                let values = Array(start..<min(start + batch, Self.count))
                guard (try? producer.sendBatch(values.span)) != nil else { return }
            }
        }
        var consumer = receiver.take()
        var expected = 0
        var wrong = 0
        while let first = consumer.receive() {
            for value in [first] + receiveArray(from: &consumer, atMost: batch) {
                if value != expected { wrong += 1 }
                expected += 1
            }
        }
        producing.join()
        #expect(wrong == 0)
        #expect(expected == Self.count)
    }

    @Test(arguments: [1, 6, 7, 30, 1000])
    func `batches and in-place access mix with single sends`(_ capacity: Int) {
        let channel = SPSCChannel<[Int], SpinThenPark>(
            capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: true)
        let count = Self.count
        let sender = Handoff(channel.producer)
        let thread = TestThread {
            var producer = sender.take()
            var next = 0
            while next < count {
                let size = min(next % 37, count - next)
                let batch = (next..<next + size).map { [$0] }
                guard (try? producer.sendBatch(batch.span)) != nil else { return }
                next += size
                if next < count, (try? producer.send([next])) != nil { next += 1 }
                guard next < count else { break }
                let sent = try? producer.sendInPlace(atMost: count - next) { span in
                    while span.freeCapacity > 0 {
                        span.append([next])
                        next += 1
                    }
                }
                guard sent != nil else { return }
            }
        }
        var consumer = channel.consumer
        var expected = 0
        var wrong = 0
        var isOpen = true
        while isOpen {
            _ = consumer.receiveInPlace { span in
                for index in span.indices {
                    if span[index] != [expected] { wrong += 1 }
                    expected += 1
                }
            }
            for element in receiveArray(from: &consumer, atMost: 1 + expected % 41) {
                if element != [expected] { wrong += 1 }
                expected += 1
            }
            if let element = consumer.receive() {
                if element != [expected] { wrong += 1 }
                expected += 1
            } else {
                isOpen = false
            }
        }
        thread.join()
        #expect(wrong == 0)
        #expect(expected == count)
    }

    /// The witness for ThreadSanitizer, in every build: without optimisation it does not see the
    /// channel's own accesses to elements, which the runtime makes; it sees the test's accesses to
    /// the cells, which are ordered by the slots' tokens only.
    @Test(arguments: [1, 3, 7, 8, 64])
    func `whoever has a slot has all that goes with it`(_ capacity: Int) {
        lend(SPSCChannel<Int, SpinThenYield>(capacity: capacity), capacity)
        lend(SPSCChannel<Int, ParkAtOnce>(capacity: capacity), capacity)
        lend(
            SPSCChannel<Int, ParkAtOnce>(
                capacity: capacity, firstLap: 1, imposesBarriers: false), capacity)
    }

    @Test(arguments: [1, 7, 64])
    func `what was written before a send is seen after the receive`(_ capacity: Int) {
        let cells = unsafe Cells(UnsafeMutablePointer<Int>.allocate(capacity: Self.count))
        defer { unsafe cells.start.deallocate() }
        let (sender, receiver) = take(apart: SPSCChannel<Int, YieldAtOnce>(capacity: capacity))
        let producing = TestThread {
            var producer = sender.take()
            for value in 0..<Self.count {
                // Sound: nobody else touches the cell before the send.
                unsafe cells.start[value] = ~value
                guard (try? producer.send(value)) != nil else { return }
            }
        }
        var consumer = receiver.take()
        var wrong = 0
        while let value = consumer.receive() {
            // Sound: the producer leaves the cell alone after the send.
            if unsafe cells.start[value] != ~value { wrong += 1 }
        }
        producing.join()
        #expect(wrong == 0)
    }

    /// Has one plain cell a slot, which the producer writes and the consumer reads and writes while
    /// the slot is theirs.
    private func lend<Wait: WaitStrategy>(
        _ channel: consuming SPSCChannel<Int, Wait>, _ capacity: Int
    ) {
        let cells = unsafe Cells(UnsafeMutablePointer<Int>.allocate(capacity: capacity))
        defer { unsafe cells.start.deallocate() }
        let (sender, receiver) = take(apart: channel)
        let producing = TestThread {
            var producer = sender.take()
            for value in 0..<Self.count {
                _ = try? producer.sendInPlace(atMost: 1) { span in
                    // Sound: the cell goes with the slot, which is this end's now.
                    unsafe cells.start[value % capacity] = value
                    span.append(value)
                }
            }
        }
        let consuming = TestThread {
            var consumer = receiver.take()
            var expected = 0
            var wrong = 0
            var isOpen = true
            while isOpen {
                let received = consumer.receiveInPlace(atMost: 1) { span in
                    // Sound: the cell goes with the slot, which is this end's now.
                    let cell = unsafe cells.start[expected % capacity]
                    if cell != expected || span[0] != expected { wrong += 1 }
                    unsafe cells.start[expected % capacity] = -1
                    expected += 1
                }
                isOpen = received > 0
            }
            #expect(wrong == 0)
            #expect(expected == Self.count)
        }
        producing.join()
        consuming.join()
    }

    /// Memory that two threads hand to each other by other means than the compiler can see.
    @safe private struct Cells: @unchecked Sendable {
        let start: UnsafeMutablePointer<Int>

        init(_ start: UnsafeMutablePointer<Int>) {
            unsafe self.start = start
        }
    }

    @Test func `elements in flight while an end goes away are destroyed once`() {
        for round in 0..<200 {
            let counter = DeinitCounter()
            let channel = SPSCChannel<DeinitCounter.Token, SpinThenYield>(capacity: 1 + round % 20)
            let sender = Handoff(channel.producer)
            let thread = TestThread {
                var producer = sender.take()
                for value in 0..<1000 {
                    guard (try? producer.send(counter.token(value))) != nil else { return }
                }
            }
            do {
                var consumer = channel.consumer
                for _ in 0..<round { _ = consumer.receive() }
                if round.isMultiple(of: 2) {
                    var rest = consumer.drain()
                    _ = rest.next()
                } else {
                    consumer.close()
                }
            }
            thread.join()
            // What the last send was given back is destroyed with the error.
            #expect(counter.destroyed > round || round >= 1000)
            #expect(counter.destroyed == counter.made, "round \(round)")
        }
    }

    @Test func `an onlooker sees counts that only grow and never cross`() {
        let channel = SPSCChannel<Int, SpinThenYield>(
            capacity: 10, firstLap: (1 << 29) - 2, imposesBarriers: true)
        let monitor = channel.producer.monitor()
        let onlooker = Handoff(monitor)
        let watcher = TestThread {
            let monitor = onlooker.take()
            var last = monitor.statistics
            while last.received < UInt64(Self.count) {
                let now = monitor.statistics
                #expect(now.sent >= last.sent && now.received >= last.received)
                #expect(now.sent >= now.received)
                last = now
            }
            #expect(last.sent == UInt64(Self.count))
        }
        stream(channel, count: Self.count)
        watcher.join()
    }

    /// Sends 0 ..< count from one thread to another, both on `processor` if one is given.
    private func stream<Wait: WaitStrategy>(
        _ channel: consuming SPSCChannel<Int, Wait>, count: Int, on processor: Int? = nil
    ) {
        let (sender, receiver) = take(apart: channel)
        let producing = TestThread(on: processor) {
            var producer = sender.take()
            for value in 0..<count {
                guard (try? producer.send(value)) != nil else { return }
            }
        }
        let consuming = TestThread(on: processor) {
            var consumer = receiver.take()
            var expected = 0
            var wrong = 0
            while let value = consumer.receive() {
                if value != expected { wrong += 1 }
                expected += 1
            }
            #expect(wrong == 0)
            #expect(expected == count)
        }
        producing.join()
        consuming.join()
    }
}

/// The ends of a channel, ready to be handed to threads.
func take<Element, Wait>(
    apart channel: consuming SPSCChannel<Element, Wait>
) -> (
    sender: Handoff<SPSCChannel<Element, Wait>.Producer>,
    receiver: Handoff<SPSCChannel<Element, Wait>.Consumer>
) {
    (Handoff(channel.producer), Handoff(channel.consumer))
}
