import TestSupport
import Testing

@testable import Channels

/// Sends `count` numbers from each producer, tagged by it, and looks at what the consumers get: all of it,
/// and in each producer's order. Each end has a thread, on the processor with this number if one is given.
///
/// - Parameter batch: above 1 some of the numbers go, and come, in batches of so many.
func expectStreams<
    Producer: Sending<Int> & ~Copyable, Consumer: Receiving<Int> & ~Copyable
>(
    _ senders: [Handoff<Producer>], _ receivers: [Handoff<Consumer>], _ count: Int, _ batch: Int,
    _ processor: Int?
) {
    let all = Gathered()
    var threads: [TestThread] = []
    for (number, sender) in senders.enumerated() {
        threads.append(
            TestThread(on: processor) {
                let producer = sender.take()
                sendAll((0..<count).map { number << 32 | $0 }, to: producer, batch)
            })
    }
    for receiver in receivers {
        threads.append(
            TestThread(on: processor) {
                var consumer = receiver.take()
                all.add(inOrder: receiveAll(from: &consumer, batch))
            })
    }
    for thread in threads { thread.join() }
    let expected = senders.indices.flatMap { number in (0..<count).map { number << 32 | $0 } }
    #expect(all.values.sorted() == expected)
    #expect(all.disorders == 0)
}

private func sendAll<Producer: Sending<Int> & ~Copyable>(
    _ values: [Int], to producer: borrowing Producer, _ batch: Int
) {
    var next = 0
    while next < values.count {
        if batch > 1, next % 3 > 0 {
            let end = min(values.count, next + batch)
            guard (try? producer.sendBatch(values[next..<end].span)) != nil else { return }
            next = end
        } else {
            guard (try? producer.send(values[next])) != nil else { return }
            next += 1
        }
    }
}

private func receiveAll<Consumer: Receiving<Int> & ~Copyable>(
    from consumer: inout Consumer, _ batch: Int
) -> [Int] {
    var received: [Int] = []
    while true {
        if batch > 1, received.count % 3 > 0 {
            let more = [Int](capacity: batch) { output in
                _ = consumer.receiveBatch(into: &output)
            }
            if more.isEmpty { return received }
            received += more
        } else {
            guard let value = consumer.receive() else { return received }
            received.append(value)
        }
    }
}

/// A thread that receives by short waits until the channel is closed.
///
/// - Parameter timeout: of the wait behind so many elements.
func receiveTimingOut<Consumer: Receiving<Int> & ~Copyable>(
    from receiver: Handoff<Consumer>, into all: Gathered,
    _ timeout: @escaping @Sendable (Int) -> Duration
) -> TestThread {
    TestThread {
        var consumer = receiver.take()
        var mine: [Int] = []
        while true {
            switch consumer.receive(timeout: timeout(mine.count)) {
            case .received(let value): mine.append(value)
            case .timedOut: continue
            case .closed:
                all.add(mine)
                return
            }
        }
    }
}

/// Plain memory that belongs to whoever has the reference.
final class Cell: @unchecked Sendable {
    // Sendable because a thread gives it away with the reference.
    var value = 0
}

/// Sends objects by reference, and looks at what is in them: the witness for ThreadSanitizer, which does
/// not see the accesses that the runtime makes to elements, and sees the test's to such objects.
func expectLent<
    Producer: Sending<Cell> & ~Copyable, Consumer: Receiving<Cell> & ~Copyable
>(
    _ sender: Handoff<Producer>, _ receiver: Handoff<Consumer>
) {
    let producing = TestThread {
        let producer = sender.take()
        for value in 0..<2_000 {
            let cell = Cell()
            cell.value = value
            _ = try? producer.send(cell)
        }
    }
    var consumer = receiver.take()
    var expected = 0
    var wrong = 0
    while let cell = consumer.receive() {
        if cell.value != expected { wrong += 1 }
        cell.value = -1
        expected += 1
    }
    producing.join()
    #expect(wrong == 0 && expected == 2_000)
}
