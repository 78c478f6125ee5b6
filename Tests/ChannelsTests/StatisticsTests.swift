import Synchronization
import TestSupport
import Testing

@testable import Channels

@Suite struct ChannelStatisticsTests {
    @Test(arguments: [1, 2, 6, 7, 8, 20, 100], [1, (1 << 29) - 1] as [UInt64])
    func `the counts are exact while nothing moves`(_ capacity: Int, _ firstLap: UInt64) {
        let channel = SPSCChannel<Int, BusySpin>(
            capacity: capacity, firstLap: firstLap, imposesBarriers: true)
        let monitor = channel.producer.monitor()
        var producer = channel.producer
        var consumer = channel.consumer
        #expect(monitor.capacity == capacity)
        for step in 0..<3 * capacity {
            #expect(producer.trySend(step).isSent == true)
            #expect(monitor.statistics.sent == UInt64(step + 1))
            #expect(monitor.statistics.received == UInt64(step))
            #expect(consumer.tryReceive() == step)
            #expect(consumer.statistics.received == UInt64(step + 1))
            #expect(producer.statistics == consumer.statistics)
        }
    }

    @Test func `the counts outlive the ends`() throws {
        let channel = SPSCChannel<Int, BusySpin>(capacity: 20)
        let monitor = channel.consumer.monitor()
        do {
            var producer = channel.producer
            var consumer = channel.consumer
            for value in 0..<15 { try producer.send(value) }
            for _ in 0..<9 { _ = consumer.receive() }
        }
        #expect(monitor.statistics.sent == 15)
        #expect(monitor.statistics.received == 9)
        #expect(
            "\(monitor.statistics)"
                == "15 sent (0 waits, 0 parks), 9 received (0 waits, 0 parks), 0 refused")
    }

    @Test(arguments: [1, 3, 20])
    func `the counts of rings with many ends are exact, and outlive them`(_ capacity: Int) throws {
        try outlive(many(Int.self, SpinThenPark.self, capacity)) { $0.monitor() }
        try outlive(sole(Int.self, SpinThenPark.self, capacity)) { $0.monitor() }
        // The memory is the elements' alone: the monitor, which knows nothing of them, frees it.
        let counter = DeinitCounter()
        let channel = MPMCChannel<DeinitCounter.Token, SpinThenPark>(capacity: capacity)
        let monitor = channel.producer.monitor()
        do {
            let producer = channel.producer
            let consumer = channel.consumer
            for value in 0..<capacity { _ = producer.trySend(counter.token(value)) }
            consumer.close()
        }
        #expect(counter.destroyed == capacity)
        #expect(monitor.statistics.sent == UInt64(capacity) && monitor.capacity == capacity)
    }

    /// Fills a channel, empties it by half, and has its ends go; a monitor of each end reads the same.
    private func outlive<Consumer: BoundedReceiving<Int> & ~Copyable>(
        _ ends: consuming Ends<SpinThenPark, Consumer>,
        _ monitor: (borrowing Consumer) -> ChannelMonitor
    ) throws {
        let ofSender = ends.producer.monitor()
        let ofReceiver = monitor(ends.consumer)
        let capacity = ofSender.capacity
        #expect(capacity == ends.consumer.capacity && ofReceiver.capacity == capacity)
        for value in 0..<capacity {
            try ends.producer.send(value)
            #expect(ofReceiver.statistics.sent == UInt64(value + 1))
        }
        #expect(ends.producer.trySend(-1) == .full(-1))
        for value in 0..<capacity / 2 {
            #expect(ends.consumer.tryReceive() == value)
            #expect(ofSender.statistics.received == UInt64(value + 1))
        }
        let last = ends.consumer.statistics
        #expect(ofSender.statistics == last && last.refused == 1)
        ends.producer.closeForAll()
        while ends.consumer.tryReceive() != nil {}
        _ = consume ends
        #expect(ofSender.statistics == ofReceiver.statistics)
        #expect(ofSender.statistics.received == UInt64(capacity))
        #expect(ofSender.statistics.sent == UInt64(capacity))
    }

    @Test func `what a sender could not send is counted as refused, and nothing else is`() {
        let channel = SPSCChannel<Int, BusySpin>(capacity: 10)
        var producer = channel.producer
        var consumer = channel.consumer
        let batch = Array(0..<13)
        let accepted = producer.trySendBatch(batch.span)
        #expect(accepted == 10)
        #expect(producer.statistics.refused == 3)
        #expect(producer.trySend(13) == .full(13))
        #expect(producer.send(14, timeout: .zero) == .full(14))
        #expect(producer.statistics.refused == 5)
        #expect(producer.statistics.sent == 10)
        #expect(consumer.tryReceive() == 0)
        #expect(producer.trySend(15) == .sent)
        #expect(producer.send(16, timeout: .seconds(-1)) == .full(16))
        #expect(producer.statistics.refused == 6)
        consumer.close()
        #expect(producer.trySend(17) == .closed(17))
        let late = producer.trySendBatch(batch.span)
        #expect(late == 0)
        #expect(producer.statistics.refused == 6)
    }

    @Test(arguments: [1, 7, 20, 1000])
    func `the counts are those that both ends have counted for themselves`(_ capacity: Int) {
        let channel = SPSCChannel<Int, SpinThenYield>(
            capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: true)
        let monitor = channel.producer.monitor()
        let (sender, receiver) = take(apart: channel)
        let truth = Truth()
        let producing = TestThread {
            var producer = sender.take()
            var (sent, refused) = (0, 0)
            let values = Array(0..<30)
            while sent < 20_000 {
                if producer.trySend(sent).isSent { sent += 1 } else { refused += 1 }
                let accepted = producer.trySendBatch(values.span)
                sent += accepted
                refused += values.count - accepted
                if producer.send(sent, timeout: .microseconds(1)).isSent {
                    sent += 1
                } else {
                    refused += 1
                }
                if (try? producer.send(sent)) != nil { sent += 1 }
            }
            truth.sent.store(sent, ordering: .relaxed)
            truth.refused.store(refused, ordering: .relaxed)
        }
        var consumer = receiver.take()
        var received = 0
        while consumer.receive() != nil {
            received += 1
            received += receiveArray(from: &consumer, atMost: 17).count
        }
        producing.join()
        #expect(truth.sent.load(ordering: .relaxed) == received)
        #expect(monitor.statistics.sent == UInt64(received))
        #expect(monitor.statistics.received == UInt64(received))
        #expect(monitor.statistics.refused == UInt64(truth.refused.load(ordering: .relaxed)))
    }

    /// What the sender counted.
    private final class Truth: Sendable {
        let sent = Atomic<Int>(0)
        let refused = Atomic<Int>(0)
    }
}
