import Synchronization
import TestSupport
import Testing

@testable import Channels

/// Ends that are used by tasks: they are suspended where a thread would wait.
@Suite struct TaskTests {
    static let count = 5000

    @Test(arguments: [1, 3, 7, 64])
    func `a stream between tasks arrives complete and in order`(_ capacity: Int) async {
        await stream(SPSCChannel<Int, ParkAtOnce>(capacity: capacity))
        await stream(SPSCChannel<Int, AdaptiveWait>(capacity: capacity))
        await stream(
            SPSCChannel<Int, SpinThenPark>(
                capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: false))
    }

    private func stream<Wait: ParkingWait>(_ channel: consuming SPSCChannel<Int, Wait>) async {
        let (sender, receiver) = take(apart: channel)
        let sending = Task {
            var producer = sender.take()
            for value in 0..<Self.count {
                guard await producer.sendSuspending(value).isSent else { return value }
            }
            return Self.count
        }
        var consumer = receiver.take()
        var expected = 0
        var wrong = 0
        while let value = await consumer.receiveSuspending() {
            if value != expected { wrong += 1 }
            expected += 1
        }
        #expect(wrong == 0)
        #expect(expected == Self.count)
        let sent = await sending.value
        #expect(sent == Self.count)
    }

    @Test func `the elements of a channel are an asynchronous sequence`() async {
        let (sender, receiver) = take(apart: SPSCChannel<[Int], SpinThenPark>(capacity: 5))
        let sending = TestThread {
            var producer = sender.take()
            for value in 0..<Self.count {
                guard (try? producer.send([value])) != nil else { return }
            }
        }
        var expected = 0
        for await value in receiver.take().elements() {
            #expect(value == [expected])
            expected += 1
        }
        #expect(expected == Self.count)
        sending.join()
    }

    @Test func `a channel closes when its iterator goes, and only then`() async {
        let channel = SPSCChannel<Int, SpinThenPark>(capacity: 5)
        var producer = channel.producer
        do {
            let elements = channel.consumer.elements()
            #expect(producer.trySend(1) == .sent)
            #expect(producer.trySend(2) == .sent)
            var iterator = elements.makeAsyncIterator()
            let first = await iterator.next()
            #expect(first == 1)
            withExtendedLifetime(iterator) { #expect(producer.isClosed == false) }
        }
        #expect(producer.isClosed == true)
        let attempt = await producer.sendSuspending(3)
        #expect(attempt == .closed(3))
    }

    /// An actor that keeps an iterator, and lets go of itself while it waits for an element.
    private actor Reader {
        private let iterator: SPSCChannel<Int, SpinThenPark>.Elements.Iterator

        init(_ elements: SPSCChannel<Int, SpinThenPark>.Elements) {
            iterator = elements.makeAsyncIterator()
        }

        func next() async -> Int? {
            var mine = iterator
            return await mine.next(isolation: self)
        }
    }

    @Test func `an actor that asks again while it waits for an element is stopped`() async {
        await #expect(processExitsWith: .failure) {
            let channel = SPSCChannel<Int, SpinThenPark>(capacity: 5)
            var producer = channel.producer
            let reader = Reader(channel.consumer.elements())
            let first = Task { await reader.next() }
            let second = Task { await reader.next() }
            // Without the check one of them waits for ever, and this ends well.
            while producer.statistics.receiveParks < 2 { await Task.yield() }
            _ = producer.trySend(1)
            first.cancel()
            second.cancel()
        }
    }

    @Test func `an actor that asks again after it has waited gets the next element`() async {
        let channel = SPSCChannel<Int, SpinThenPark>(capacity: 5)
        var producer = channel.producer
        let reader = Reader(channel.consumer.elements())
        for value in 0..<3 {
            let task = Task { await reader.next() }
            #expect(producer.trySend(value).isSent == true)
            #expect(await task.value == value)
        }
        let cancelled = Task { await reader.next() }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        #expect(producer.trySend(3).isSent == true)
        #expect(await reader.next() == 3)
    }

    @Test func `a channel is iterated over once`() async {
        await #expect(processExitsWith: .failure) {
            let channel = SPSCChannel<Int, SpinThenPark>(capacity: 5)
            let elements = channel.consumer.elements()
            let first = elements.makeAsyncIterator()
            _ = elements.makeAsyncIterator()
            _ = first
        }
    }

    @Test func `noncopyable elements come back from a closed channel`() async {
        let counter = DeinitCounter()
        let channel = SPSCChannel<DeinitCounter.Token, SpinThenPark>(capacity: 1)
        var producer = channel.producer
        var consumer = channel.consumer
        let isSent = await producer.sendSuspending(counter.token(1)).isSent
        #expect(isSent == true)
        let received = number(of: await consumer.receiveSuspending())
        #expect(received == 1)
        consumer.close()
        switch await producer.sendSuspending(counter.token(2)) {
        case .closed(let token): #expect(token.number == 2)
        case .full: Issue.record("said to be full, and is closed")
        case .sent: Issue.record("sent to a closed channel")
        }
        #expect(counter.destroyed == 2)
    }

    @Test func `a close by either end lets a suspended task go on`() async {
        for _ in 0..<200 {
            let full = SPSCChannel<Int, SpinThenPark>(capacity: 1)
            let fullMonitor = full.producer.monitor()
            let (sender, receiver) = take(apart: full)
            let sending = Task {
                var producer = sender.take()
                let first = await producer.sendSuspending(1)
                let second = await producer.sendSuspending(2)
                return [first, second]
            }
            while fullMonitor.statistics.sendParks == 0 { await Task.yield() }
            receiver.take().close()
            let attempts = await sending.value
            #expect(attempts == [.sent, .closed(2)])

            let empty = SPSCChannel<Int, SpinThenPark>(capacity: 1)
            let emptyMonitor = empty.producer.monitor()
            let (closing, waiting) = take(apart: empty)
            let receiving = Task {
                var consumer = waiting.take()
                return await consumer.receiveSuspending()
            }
            while emptyMonitor.statistics.receiveParks == 0 { await Task.yield() }
            closing.take().close()
            let received = await receiving.value
            #expect(received == nil)
        }
    }

    @Test func `a cancelled task goes on without an element, and none is lost`() async {
        for _ in 0..<200 {
            let channel = SPSCChannel<Int, SpinThenPark>(capacity: 2)
            let monitor = channel.producer.monitor()
            let (sender, receiver) = take(apart: channel)
            let kept = Kept<SPSCChannel<Int, SpinThenPark>.Consumer>()
            let receiving = Task {
                var consumer = receiver.take()
                let first = await consumer.receiveSuspending()
                let second = await consumer.receiveSuspending()
                kept.put(consumer)
                return [first, second]
            }
            var producer = sender.take()
            #expect(producer.trySend(1) == .sent)
            while monitor.statistics.received == 0 { await Task.yield() }
            receiving.cancel()
            #expect(producer.trySend(2) == .sent)
            let received = await receiving.value
            var consumer = kept.take()
            // The second was sent about when the task was cancelled: it came, or is still there.
            #expect(received[0] == 1)
            if received[1] == nil {
                #expect(consumer.tryReceive() == 2)
            } else {
                #expect(received[1] == 2)
                #expect(consumer.tryReceive() == nil)
            }
        }
    }

    @Test func `a cancelled sender gets its element back`() async {
        for _ in 0..<200 {
            let channel = SPSCChannel<Int, SpinThenPark>(capacity: 1)
            let monitor = channel.producer.monitor()
            let (sender, receiver) = take(apart: channel)
            let sending = Task {
                var producer = sender.take()
                let first = await producer.sendSuspending(1)
                let second = await producer.sendSuspending(2)
                return [first, second]
            }
            while monitor.statistics.sendParks == 0 { await Task.yield() }
            sending.cancel()
            let attempts = await sending.value
            #expect(attempts == [.sent, .full(2)])
            #expect(monitor.statistics.refused == 1)
            var consumer = receiver.take()
            #expect(consumer.receive() == 1)
            #expect(consumer.receive() == nil)
        }
    }

    @Test func `a task that is cancelled beforehand takes nothing`() async {
        let channel = SPSCChannel<Int, SpinThenPark>(capacity: 1)
        var producer = channel.producer
        let receiver = Handoff(channel.consumer)
        #expect(producer.trySend(1) == .sent)
        let receiving = Task {
            while !Task.isCancelled { await Task.yield() }
            var count = 0
            for await _ in receiver.take().elements() { count += 1 }
            return count
        }
        receiving.cancel()
        let received = await receiving.value
        #expect(received == 0)
        #expect(producer.isClosed == true)
    }

    /// Takes a noncopyable value from a task that has ended.
    private final class Kept<Value: ~Copyable & Sendable>: Sendable {
        private let value = Mutex<Value?>(nil)

        func put(_ value: consuming sending Value) {
            var value: Value? = consume value
            self.value.withLock { $0 = value.take() }
        }

        func take() -> Value {
            let taken = value.withLock { $0.take() }
            guard let taken else { preconditionFailure("nothing was put here") }
            return taken
        }
    }
}
