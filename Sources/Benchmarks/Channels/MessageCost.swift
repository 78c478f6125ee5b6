import CNilometerShims
import Channels

/// What a message in a channel costs in memory.
struct MessageCost: EndsVisitor {
    private static let messages = 1000

    /// Bytes a message that were allocated while messages were on their way.
    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (Int, Int) -> RingEnds<S, R>
    ) throws -> Double where S.Message == UInt64, R.Message == UInt64 {
        let ends = make(Self.messages, 1)
        var producer = ends.senders[0].take()
        var consumer = ends.receivers[0].take()
        // What the first message asks for is the channel's, not its own.
        _ = producer.trySend(0)
        _ = consumer.tryReceive()
        let before = Self.bytesInUse()
        for number in 0..<UInt64(Self.messages) { _ = producer.trySend(number) }
        let during = Self.bytesInUse()
        while consumer.tryReceive() != nil {}
        return (Double(max(0, during - before)) / Double(Self.messages)).rounded()
    }

    /// Bytes that the allocator has given out.
    private static func bytesInUse() -> Int { Int(nilometer_heap_bytes()) }
}

/// What becomes of payloads in memory of their own on their way: arrays, which are copied by whoever
/// writes to one that somebody else still refers to.
enum PayloadCopies {
    /// Bytes of a payload.
    static let payload = 4096
    private static let messages = 200

    /// Bytes of a payload that were copied on its way through a channel of this kind.
    static func perMessage(through ring: OwnRing) -> Double {
        switch ring {
        case .spsc:
            let channel = SPSCChannel<[UInt8], SpinThenPark>(capacity: messages)
            var producer = channel.producer
            var consumer = channel.consumer
            return perMessage(
                offer: { producer.trySend($0).isSent }, take: { consumer.tryReceive() })
        case .mpsc:
            let channel = MPSCChannel<[UInt8], SpinThenPark>(capacity: messages)
            let producer = channel.producer
            var consumer = channel.consumer
            return perMessage(
                offer: { producer.trySend($0).isSent }, take: { consumer.tryReceive() })
        case .mpmc:
            let channel = MPMCChannel<[UInt8], SpinThenPark>(capacity: messages)
            let producer = channel.producer
            let consumer = channel.consumer
            return perMessage(
                offer: { producer.trySend($0).isSent }, take: { consumer.tryReceive() })
        case .unboundedMPSC:
            let channel = UnboundedMPSCChannel<[UInt8], SpinThenPark>()
            let producer = channel.producer
            var consumer = channel.consumer
            return perMessage(
                offer: { producer.trySend($0).isSent }, take: { consumer.tryReceive() })
        case .unboundedMPMC:
            let channel = UnboundedMPMCChannel<[UInt8], SpinThenPark>()
            let producer = channel.producer
            let consumer = channel.consumer
            return perMessage(
                offer: { producer.trySend($0).isSent }, take: { consumer.tryReceive() })
        }
    }

    /// Bytes of a payload that were copied, a message. Counted as copied is a payload that arrives
    /// elsewhere than where the sender had put it; one that the receiver cannot write to where it is,
    /// because something on the way still refers to it; and one that does not arrive.
    static func perMessage(
        offer: ([UInt8]) -> Bool, take: () -> [UInt8]?
    ) -> Double {
        var sent: [UInt] = []
        var copied = 0
        for _ in 0..<messages { sent.append(send(by: offer)) }
        for address in sent {
            guard var received = take() else {
                copied += payload
                continue
            }
            let arrival = place(of: received)
            received[0] &+= 1
            if arrival != address || place(of: received) != address { copied += payload }
        }
        return Double(copied) / Double(messages)
    }

    /// Sends a payload and lets it go; gives where it was.
    private static func send(by offer: ([UInt8]) -> Bool) -> UInt {
        let bytes = [UInt8](repeating: 7, count: payload)
        let address = place(of: bytes)
        // No payload is at 0, so that one that was refused is not found where it was sent from.
        return offer(bytes) ? address : 0
    }

    private static func place(of bytes: [UInt8]) -> UInt {
        // SAFETY: the address is compared, and never read through.
        unsafe bytes.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }
}
