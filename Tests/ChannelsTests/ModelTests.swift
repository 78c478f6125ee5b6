import Randomness
import TestSupport
import Testing

@testable import Channels

/// Random operations, checked against an array.
@Suite struct ModelTests {
    @Test(arguments: [1, 2, 7, 9, 30, 64, 150, 1000])
    func `a channel behaves as a bounded array`(_ capacity: Int) {
        var random = testSeed.derived(for: capacity).generator()
        let channel = SPSCChannel<Int, BusySpin>(
            capacity: capacity, firstLap: (1 << 29) - 2, imposesBarriers: true)
        var producer = channel.producer
        var consumer = channel.consumer
        var model: [Int] = []
        var next = 0
        var wrong: [String] = []
        for step in 0..<5000 {
            let size = 1 + Int(random.next(below: UInt64(2 * capacity)))
            let room = capacity - model.count
            switch random.next(below: 6) {
            case 0:
                let isSent = producer.trySend(next).isSent
                if isSent != (room > 0) { wrong.append("\(step): sent \(isSent), room \(room)") }
                if isSent { model.append(next) }
                next += 1
            case 1:
                let values = Array(next..<next + size)
                let sent = producer.trySendBatch(values.span)
                if sent != min(size, room) { wrong.append("\(step): batch \(sent) of \(size)") }
                model += values.prefix(sent)
                next += size
            case 2:
                let sent = producer.trySendInPlace(atMost: size) { span in
                    while span.freeCapacity > 0 {
                        span.append(next)
                        model.append(next)
                        next += 1
                    }
                }
                if sent > min(size, room) || (sent == 0) != (room == 0) {
                    wrong.append("\(step): in place \(sent) of \(size)")
                }
            case 3:
                let value = consumer.tryReceive()
                if value != model.first { wrong.append("\(step): received \(value ?? -1)") }
                model = Array(model.dropFirst())
            case 4:
                let values = receiveArray(from: &consumer, atMost: size)
                if values != Array(model.prefix(size)) { wrong.append("\(step): \(values)") }
                model = Array(model.dropFirst(size))
            default:
                var values: [Int] = []
                _ = consumer.tryReceiveInPlace(atMost: size) { span in
                    for index in span.indices { values.append(span[index]) }
                }
                if values != Array(model.prefix(values.count)) || values.isEmpty != model.isEmpty {
                    wrong.append("\(step): in place \(values)")
                }
                model = Array(model.dropFirst(values.count))
            }
            if producer.count != model.count { wrong.append("\(step): count \(producer.count)") }
        }
        #expect(wrong == [], "\(replay)")
    }
}
