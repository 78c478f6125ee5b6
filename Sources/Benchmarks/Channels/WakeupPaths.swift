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

    /// The engine's channel, and the two ends of the scale it is on: a thread that does nothing but
    /// look at a word, and one that sleeps in the kernel at once.
    static let names = ["nilometer", "spin", "futex"]

    /// The path called `name`; `wait` and `capacity` are of the engine's channel.
    static func make(_ name: String, capacity: Int, wait: String) -> WakeupPath {
        switch name {
        case "nilometer": channel(capacity: capacity, wait: wait)
        case "spin": spin()
        case "futex": futex()
        default: preconditionFailure("contender '\(name)' was accepted but does not exist")
        }
    }

    private static func channel(capacity: Int, wait: String) -> WakeupPath {
        WaitChoice.make(wait, by: ChannelPath(capacity: capacity))
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

/// Makes the path over the engine's channel. Closures, so that the loops are compiled for the wait
/// strategy (see `LoopBody`).
private struct ChannelPath: WaitVisitor {
    let capacity: Int

    func make<Wait: WaitStrategy>(_ wait: Wait.Type) -> WakeupPath {
        let channel = SPSCChannel<UInt64, Wait>(capacity: capacity)
        let (out, input) = (HeldEnd(channel.producer), HeldEnd(channel.consumer))
        return WakeupPath(
            name: "nilometer",
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
