import Channels
import Measurement
import Synchronization

/// Two channels, one a thread, which both sends and receives.
final class NeighbouringChannels: PairedBody, Sendable {
    private let first: Held
    private let second: Held
    private let wrong = SharedLine()

    private init(_ first: Held, _ second: Held) {
        self.first = first
        self.second = second
    }

    /// How many bytes there are from the slots of one to those of the other.
    var distance: Int { second.address - first.address }

    /// Whether a channel delivered something else than what was sent.
    var hasDefect: Bool { wrong.value.load(ordering: .relaxed) != 0 }

    /// Of many channels that were made one after the other, the two that lie nearest, and the two that lie
    /// farthest apart: a megabyte at least, unless they are few and large.
    static func make(capacity: Int) -> (near: NeighbouringChannels, far: NeighbouringChannels) {
        let count = max(16, (1 << 20) / (capacity * 8 + 256))
        let channels = (0..<count).map { _ in Held(capacity: capacity) }
            .sorted { $0.address < $1.address }
        let pairs = zip(channels, channels.dropFirst()).map { NeighbouringChannels($0, $1) }
        guard let near = pairs.min(by: { $0.distance < $1.distance }), let first = channels.first,
            let last = channels.last
        else { preconditionFailure("\(count) channels have no neighbours") }
        return (near, NeighbouringChannels(first, last))
    }

    func initiate(iterations: Int) { run(first, iterations) }
    func respond(iterations: Int) { run(second, iterations) }

    private func run(_ channel: Held, _ iterations: Int) {
        let found = RingLoops.uncontended(channel.out, channel.input, iterations)
        // Relaxed: read after the windows' hand-overs have ordered it.
        wrong.value.bitwiseOr(found, ordering: .relaxed)
    }

    /// The ends of a channel, and where it lies.
    private final class Held: Sendable {
        let out: HeldEnd<SPSCChannel<UInt64, BusySpin>.Producer>
        let input: HeldEnd<SPSCChannel<UInt64, BusySpin>.Consumer>
        /// The address of a slot.
        let address: Int

        init(capacity: Int) {
            let channel = SPSCChannel<UInt64, BusySpin>(capacity: capacity)
            let (out, input) = (HeldEnd(channel.producer), HeldEnd(channel.consumer))
            var found = 0
            var producer = out.take()
            // Nothing is written, and so nothing is sent.
            _ = producer.trySendInPlace(atMost: 1) { slots in
                // SAFETY: the address is used for nothing but to have one.
                unsafe slots.withUnsafeMutableBufferPointer { buffer, _ in
                    found = Int(bitPattern: buffer.baseAddress)
                }
            }
            out.putBack(producer)
            self.out = out
            self.input = input
            address = found
        }
    }
}
