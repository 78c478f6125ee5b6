import TestSupport

@testable import Channels

/// A consumer of elements that can be copied, whatever the channel.
protocol Receiving<Item>: ~Copyable, Sendable {
    associatedtype Item: Sendable

    mutating func tryReceive() -> Item?
    mutating func receive() -> Item?
    mutating func receive(timeout: Duration) -> ReceiveAttempt<Item>
    mutating func tryReceiveBatch(into output: inout OutputSpan<Item>) -> Int
    mutating func receiveBatch(into output: inout OutputSpan<Item>) -> Int
    func closeForAll()
    consuming func close()
    var isClosed: Bool { get }
    var isEmpty: Bool { get }
    var count: Int { get }
}

/// A producer of elements that can be copied, whatever the channel.
protocol Sending<Item>: ~Copyable, Sendable {
    associatedtype Item: Sendable

    func trySend(_ element: consuming Item) -> SendAttempt<Item>
    func send(_ element: consuming Item) throws(ChannelClosed<Item>)
    func sendBatch(_ elements: Span<Item>) throws(BatchClosed)
    func clone() -> Self
    func closeForAll()
    consuming func close()
}

/// Handles on the same end, each for one thread.
func clones<Producer: Sending & ~Copyable>(
    of producer: borrowing Producer, _ count: Int
) -> [Handoff<Producer>] {
    (0..<count).map { _ in Handoff(producer.clone()) }
}

/// What one batch receives, as an array.
func receiveArray<Consumer: Receiving & ~Copyable>(
    batchFrom consumer: inout Consumer, atMost limit: Int
) -> [Consumer.Item] {
    [Consumer.Item](capacity: limit) { output in
        _ = consumer.tryReceiveBatch(into: &output)
    }
}
