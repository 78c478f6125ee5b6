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
        switch wait {
        case "busy-spin": channel(capacity: capacity, BusySpin.self)
        case "spin-then-yield": channel(capacity: capacity, SpinThenYield.self)
        case "spin-then-park": channel(capacity: capacity, SpinThenPark.self)
        default: preconditionFailure("wait strategy '\(wait)' was accepted but does not exist")
        }
    }

    /// Closures, so that the loops are compiled for the wait strategy (see `LoopBody`).
    private static func channel<Wait: WaitStrategy>(
        capacity: Int, _ wait: Wait.Type
    ) -> WakeupPath {
        let ends = ChannelEnds<Wait>(capacity: capacity)
        return WakeupPath(
            name: "nilometer",
            send: { count, sender in
                guard var producer = ends.producer.take() else {
                    preconditionFailure("the producer is in use")
                }
                for _ in 0..<count {
                    let stamp = sender.stampAfterGap()
                    do {
                        try producer.send(stamp)
                    } catch {
                        preconditionFailure("the channel was closed within a window")
                    }
                    sender.sent(stamp)
                }
                ends.producer = .some(producer)
            },
            receive: { count, receiver in
                guard var consumer = ends.consumer.take() else {
                    preconditionFailure("the consumer is in use")
                }
                for _ in 0..<count {
                    receiver.waits()
                    guard let stamp = consumer.receive() else {
                        preconditionFailure("the channel was closed within a window")
                    }
                    receiver.received(stamp)
                }
                ends.consumer = .some(consumer)
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

/// The ends of a channel, each taken by a loop while it runs and put back after it.
///
/// @unchecked Sendable: one thread uses the producer and the other the consumer; the hand-over of
/// each window orders them with what comes before and after.
private final class ChannelEnds<Wait: WaitStrategy>: @unchecked Sendable {
    var producer: SPSCChannel<UInt64, Wait>.Producer?
    var consumer: SPSCChannel<UInt64, Wait>.Consumer?

    init(capacity: Int) {
        let channel = SPSCChannel<UInt64, Wait>(capacity: capacity)
        producer = .some(channel.producer)
        consumer = .some(channel.consumer)
    }
}

/// A number that one thread raises and another sleeps on.
///
/// @unchecked Sendable: the word is an atomic, touched by atomic operations and by the kernel.
@safe private final class FutexWord: @unchecked Sendable {
    // Alone on its line: two lines are allocated for it.
    private let word: UnsafeMutablePointer<Atomic<UInt32>>
    private static let bytes = 256

    init() {
        // SAFETY: aligned and large enough for the atomic that is made in it; freed with this.
        let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.bytes, alignment: 128)
        unsafe word = memory.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
        unsafe word.initialize(to: Atomic(0))
    }

    deinit {
        // SAFETY: made in `init`, and nobody uses it any more.
        unsafe word.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(word).deallocate()
    }

    /// The number.
    var current: UInt32 {
        // SAFETY: made in `init`.
        unsafe word.pointee.load(ordering: .acquiring)
    }

    /// Raises the number by one and wakes the sleeper.
    func advanceAndWake() {
        // SAFETY: made in `init`; an atomic 32-bit word has the representation of its value. The
        // addition releases what was written before to who sees it in `sleep`.
        unsafe word.pointee.wrappingAdd(1, ordering: .releasing)
        _ = unsafe UnsafeMutableRawPointer(word).withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe nilometer_futex_wake($0, 1)
        }
    }

    /// Sleeps until the number is another than `seen`; gives it.
    func sleep(past seen: UInt32) -> UInt32 {
        while true {
            let now = current
            if now != seen { return now }
            // SAFETY: as above; the kernel reads the word.
            _ = unsafe UnsafeMutableRawPointer(word).withMemoryRebound(
                to: UInt32.self, capacity: 1
            ) { unsafe nilometer_futex_wait($0, seen) }
        }
    }
}
