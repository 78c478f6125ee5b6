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
                == "15 sent (0 waits, 0 parks), 9 received (0 waits, 0 parks)")
    }
}
