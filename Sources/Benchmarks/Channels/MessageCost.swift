import CNilometerShims
import Channels

/// What a message costs in copies and in memory: payloads are in memory of their own, and a message
/// hands one over.
struct MessageCost: EndsVisitor {
    /// Bytes a message.
    struct Outcome {
        /// Of the payload, found elsewhere than where they were put.
        let copied: Double
        /// Allocated while messages were on their way.
        let allocated: Double
    }

    private static let messages = 1000
    private static let payload = 4096

    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (Int, Int) -> RingEnds<S, R>
    ) throws -> Outcome where S.Message == UInt64, R.Message == UInt64 {
        let ends = make(Self.messages, 1)
        var producer = ends.senders[0].take()
        var consumer = ends.receivers[0].take()
        // What the first message asks for is the channel's, not its own.
        _ = producer.trySend(0)
        _ = consumer.tryReceive()
        let payloads = (0..<Self.messages).map { _ in Payload(bytes: Self.payload) }
        var copied = 0
        let before = Self.bytesInUse()
        for payload in payloads {
            if !producer.trySend(payload.address).isSent { copied += Self.payload }
        }
        let during = Self.bytesInUse()
        for payload in payloads where consumer.tryReceive() != payload.address {
            copied += Self.payload
        }
        let count = Double(Self.messages)
        return Outcome(
            copied: Double(copied) / count,
            allocated: (Double(max(0, during - before)) / count).rounded())
    }

    /// Bytes that the allocator has given out.
    private static func bytesInUse() -> Int { Int(nilometer_heap_bytes()) }

    /// Memory that a message hands over.
    @safe private final class Payload {
        private let memory: UnsafeMutableRawPointer

        init(bytes: Int) { unsafe memory = .allocate(byteCount: bytes, alignment: 64) }

        // SAFETY: allocated in `init`, and nobody uses it any more.
        deinit { unsafe memory.deallocate() }

        var address: UInt64 { unsafe UInt64(UInt(bitPattern: memory)) }
    }
}
