import CNilometerShims
import Channels
import Measurement
import Synchronization

/// A way for stamps to reach a thread that waits for them, and what both ends do in a window.
struct WakeupPath {
    /// Its name in figures.
    let name: String
    /// Sends so many stamps, each after the gap.
    let send: @Sendable (Int, WakeupSender) -> Void
    /// Waits for so many stamps.
    let receive: @Sendable (Int, WakeupReceiver) -> Void

    /// The engine's channel of one producer and one consumer, and the two ends of the scale it is on: a
    /// thread that does nothing but look at a word, and one that sleeps in the kernel at once.
    static let usual = ["nilometer", "spin", "futex"]

    /// The channels of others whose receivers sleep.
    static let peers = ["crossbeam", "crossbeam-unbounded", "flume"]

    /// Those, and the engine's channels of more ends.
    static let names =
        usual + OwnRing.allCases.filter { $0 != .spsc }.map(\.rawValue) + peers

    /// The path called `name`; `wait` and `capacity` are of the engine's channels. A peer that cannot be
    /// had gives the reason.
    static func make(_ name: String, capacity: Int, wait: String) throws -> WakeupPath {
        switch name {
        case "spin": return spin()
        case "futex": return futex()
        case let name where peers.contains(name): return try peer(name, capacity: capacity)
        default:
            guard let ring = name == "nilometer" ? OwnRing.spsc : OwnRing(rawValue: name) else {
                preconditionFailure("contender '\(name)' was accepted but does not exist")
            }
            return try WaitChoice.make(
                wait, by: ChannelPaths(name: name, ring: ring, capacity: capacity)
            ).get()
        }
    }

    /// A channel of others. Its loops carry numbers of their own: the stamp is beside it.
    private static func peer(_ name: String, capacity: Int) throws -> WakeupPath {
        let (ring, library) = try RustRings.ring(name).get()
        guard
            let pair = PeerRingPair(
                ring, of: library, kind: .mpsc, capacity: capacity, use: RingUse())
        else { preconditionFailure("there is no \(name) of capacity \(capacity)") }
        let line = SharedLine()
        return WakeupPath(
            name: name,
            send: { count, sender in
                for _ in 0..<count {
                    let stamp = sender.stampAfterGap()
                    // Ordered by what the channel does.
                    line.value.store(stamp, ordering: .relaxed)
                    pair.produce(1, inBatches: false)
                    sender.sent(stamp)
                }
            },
            receive: { count, receiver in
                for _ in 0..<count {
                    receiver.waits()
                    _ = pair.consume(1, inBatches: false)
                    receiver.received(line.value.load(ordering: .relaxed))
                }
            })
    }

    /// A word that the receiver looks at without end.
    private static func spin() -> WakeupPath {
        let line = SharedLine()
        let seen = LastSeen()
        return WakeupPath(
            name: "spin",
            send: { count, sender in
                for _ in 0..<count {
                    let stamp = sender.stampAfterGap()
                    // Pairs with the acquiring load below.
                    line.value.store(stamp, ordering: .releasing)
                    sender.sent(stamp)
                }
            },
            receive: { count, receiver in
                for _ in 0..<count {
                    receiver.waits()
                    var stamp: UInt64
                    while true {
                        stamp = line.value.load(ordering: .acquiring)
                        if stamp != seen.number { break }
                        nilometer_pause()
                    }
                    seen.number = stamp
                    receiver.received(stamp)
                }
            })
    }

    /// A word that the receiver sleeps on at once: the least that waking a sleeper can cost.
    private static func futex() -> WakeupPath {
        let line = SharedLine()
        let word = FutexWord()
        let seen = LastSeen()
        return WakeupPath(
            name: "futex",
            send: { count, sender in
                for _ in 0..<count {
                    let stamp = sender.stampAfterGap()
                    line.value.store(stamp, ordering: .relaxed)
                    word.advanceAndWake()
                    sender.sent(stamp)
                }
            },
            receive: { count, receiver in
                for _ in 0..<count {
                    receiver.waits()
                    seen.number = UInt64(word.sleep(past: UInt32(seen.number)))
                    receiver.received(line.value.load(ordering: .relaxed))
                }
            })
    }
}

/// What the receiver saw last, kept from window to window: the sender may be the first of the two in
/// a window, and what it sent before the receiver came is not to be taken for old.
///
/// @unchecked Sendable: the receiving thread alone uses it within a window; the hand-over of the
/// window orders that with what comes before and after.
private final class LastSeen: @unchecked Sendable {
    var number: UInt64 = 0
}

/// Makes the path over a channel of the engine. Closures, so that the loops are compiled for its ends and
/// for the wait strategy (see `LoopBody`).
private struct ChannelPaths: WaitVisitor {
    let name: String
    let ring: OwnRing
    let capacity: Int

    func make<Wait: WaitStrategy>(_ wait: Wait.Type) -> Result<WakeupPath, any Error> {
        Result { try ring.visit(ChannelPath(name: name, capacity: capacity), wait) }
    }
}

/// Makes the path over the ends of one channel.
private struct ChannelPath: EndsVisitor {
    let name: String
    let capacity: Int

    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (Int, Int) -> RingEnds<S, R>
    ) -> WakeupPath where S.Message == UInt64, R.Message == UInt64 {
        let ends = make(capacity, 1)
        let (out, input) = (ends.senders[0], ends.receivers[0])
        return WakeupPath(
            name: name,
            send: { count, sender in
                var producer = out.take()
                for _ in 0..<count {
                    let stamp = sender.stampAfterGap()
                    producer.push(stamp)
                    sender.sent(stamp)
                }
                out.putBack(producer)
            },
            receive: { count, receiver in
                var consumer = input.take()
                for _ in 0..<count {
                    receiver.waits()
                    guard let stamp = consumer.receive() else { closedWithinWindow() }
                    receiver.received(stamp)
                }
                input.putBack(consumer)
            })
    }
}
