import CNilometerShims
import Channels
import Glibc
import Hardware
import Measurement
import Randomness
import Synchronization

/// Some stops of one thread of a channel, the victim.
///
/// The victim and the producer that is never stopped share a core; the calling thread receives. The
/// victim never gives its core away of its own accord: a thread that does is mostly stopped there, in
/// the kernel, and not in the middle of what it does.
struct SuspensionTurn: EndsVisitor {
    /// What came of the stops.
    struct Outcome {
        /// Those that count.
        var stops = 0
        /// Those after which nothing passed.
        var stalled = 0
        /// Those that found the victim within an operation.
        var midOperation = 0
        /// Those that found the victim with the lock, where there is one.
        var holding = 0

        /// Some of the stops, in per cent of all.
        func share(_ some: KeyPath<Outcome, Int>) -> Double {
            100 * Double(self[keyPath: some]) / Double(stops)
        }
    }

    let capacity: Int
    /// Whether the victim receives; otherwise it sends.
    let stopsConsumer: Bool
    let stops: Int
    /// Nanoseconds.
    let patience: Double
    let generator: Xoshiro256StarStar
    /// Where the victim and the other producer run.
    let unit: Int

    /// The mark of the messages of the producer that is never stopped, beside the number of the stop
    /// that it had heard of.
    fileprivate static let mark: UInt64 = 1 << 32

    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (Int, Int) -> RingEnds<S, R>
    ) throws -> Outcome where S.Message == UInt64, R.Message == UInt64 {
        let ends = make(capacity, 2)
        return try run(ends.senders, ends.receivers)
    }

    /// The same with a queue behind a lock.
    func control() throws -> Outcome {
        let queue = LockedQueue(capacity: capacity)
        return try run(
            [
                HeldEnd(LockedSender(queue: queue)),
                HeldEnd(LockedSender(queue: queue, thread: .victim)),
            ],
            [
                HeldEnd(LockedReceiver(queue: queue)),
                HeldEnd(LockedReceiver(queue: queue, thread: .victim)),
            ], isHolding: { queue.isHeldByVictim })
    }

    /// The stops, of whatever queue: two ends that send and two that receive, of which the second one
    /// of a side is the victim's. One turn at a time in a process; the others wait.
    ///
    /// - Parameter isHolding: whether the victim, which is stopped, holds a lock that all need.
    func run<S: TryingSender & ~Copyable, R: TryingReceiver & ~Copyable>(
        _ senders: [HeldEnd<S>], _ receivers: [HeldEnd<R>], isHolding: () -> Bool = { false }
    ) throws -> Outcome where S.Message == UInt64, R.Message == UInt64 {
        // Longer than anybody waits for messages.
        try SuspendedThread.exclusively(longest: patience * 2) {
            try makeStops(senders, receivers, isHolding)
        }
    }

    private func makeStops<S: TryingSender & ~Copyable, R: TryingReceiver & ~Copyable>(
        _ senders: [HeldEnd<S>], _ receivers: [HeldEnd<R>], _ isHolding: () -> Bool
    ) throws -> Outcome where S.Message == UInt64, R.Message == UInt64 {
        // An unbounded channel holds a few times what a bounded one does.
        let shared = SuspensionShared(most: 4 * capacity)
        let other = try shared.sending(senders[0], on: unit, isVictim: false) {
            // Relaxed: a number that rises, and nothing comes with it.
            Self.mark | $0.heard.load(ordering: .relaxed)
        }
        let victim =
            try stopsConsumer
            ? shared.receiving(receivers[1], on: unit)
            : shared.sending(senders[1], on: unit, isVictim: true) { _ in 1 }
        shared.started.sleep(until: 2)
        var consumer = receivers[0].take()
        var generator = generator
        var outcome = Outcome()
        // A stop that ended by itself says nothing, and is made again a few times.
        for number in 1...UInt64(stops * 2) where outcome.stops < stops {
            for _ in 0..<Int.random(in: 0...2000, using: &generator) {
                _ = shared.receive(&consumer)
            }
            let escaped = SuspendedThread.escaped
            SuspendedThread.stop(victim.handle)
            // Nothing is received meanwhile: who waited for the victim within an operation would not
            // see it stopped before it went on.
            while !SuspendedThread.isStopped { nilometer_pause() }
            let isWithin = shared.isWithin.load(ordering: .acquiring)
            let holds = isHolding()
            // Relaxed: as above.
            shared.heard.store(number, ordering: .relaxed)
            let isPassed = isPassed(number, &consumer, shared)
            if !isPassed || SuspendedThread.escaped == escaped {
                outcome.stops += 1
                if !isPassed { outcome.stalled += 1 }
                if isWithin { outcome.midOperation += 1 }
                if holds { outcome.holding += 1 }
            }
            SuspendedThread.release()
        }
        shared.isOver.store(true, ordering: .relaxed)
        victim.thread.join()
        other.thread.join()
        return outcome
    }

    /// Whether messages that were sent after stop number `number` come in time, twice as many as a
    /// bounded channel holds. An operation may itself wait for the stopped thread, so that the time
    /// counts when it is over.
    private func isPassed<R: TryingReceiver & ~Copyable>(
        _ number: UInt64, _ consumer: inout R, _ shared: SuspensionShared
    ) -> Bool where R.Message == UInt64 {
        let start = TickClock.monotonicRaw()
        var missing = 2 * capacity
        while true {
            let found = shared.receive(&consumer)
            guard Double(TickClock.monotonicRaw() - start) < patience else { return false }
            if found == Self.mark | number { missing -= 1 }
            if missing == 0 { return true }
        }
    }
}

/// What the threads of a turn share, and what they do.
private final class SuspensionShared: Sendable {
    /// A thread of the turn, and the handle to stop it by.
    typealias Started = (thread: PinnedThread, handle: pthread_t)

    /// The last stop that the other producer is to tell of.
    let heard = Atomic<UInt64>(0)
    let isOver = Atomic<Bool>(false)
    let started = FutexWord()
    /// Whether the victim is within an operation.
    let isWithin = Atomic<Bool>(false)
    /// Messages that were sent and not yet received, but for those that are just on their way.
    private let inside = Atomic<Int>(0)
    private let most: Int

    /// `most` messages are sent ahead of those that are received, or few more.
    init(most: Int) { self.most = most }

    /// Receives what is there.
    func receive<R: TryingReceiver & ~Copyable>(
        _ consumer: inout R
    ) -> UInt64? where R.Message == UInt64 {
        let found = consumer.tryReceive()
        // Relaxed: a count that nothing depends on.
        if found != nil { inside.wrappingSubtract(1, ordering: .relaxed) }
        return found
    }

    /// A thread that sends what `message` says until the turn is over.
    func sending<S: TryingSender & ~Copyable>(
        _ end: HeldEnd<S>, on unit: Int, isVictim: Bool,
        _ message: @escaping @Sendable (SuspensionShared) -> UInt64
    ) throws -> Started where S.Message == UInt64 {
        try start("producer", on: unit) { shared in
            var producer = end.take()
            while !shared.isOver.load(ordering: .relaxed) {
                var isSent = false
                if shared.inside.load(ordering: .relaxed) < shared.most {
                    let value = message(shared)
                    // Ordered around the operation; pairs with the load in `run`.
                    if isVictim { shared.isWithin.store(true, ordering: .sequentiallyConsistent) }
                    isSent = producer.trySend(value).isSent
                    if isVictim { shared.isWithin.store(false, ordering: .releasing) }
                }
                if isSent {
                    shared.inside.wrappingAdd(1, ordering: .relaxed)
                } else if !isVictim {
                    // Both share a core: who finds the channel full lets the victim on.
                    sched_yield()
                }
            }
            end.putBack(producer)
        }
    }

    /// The victim, receiving until the turn is over.
    func receiving<R: TryingReceiver & ~Copyable>(
        _ end: HeldEnd<R>, on unit: Int
    ) throws -> Started where R.Message == UInt64 {
        try start("consumer", on: unit) { shared in
            var consumer = end.take()
            while !shared.isOver.load(ordering: .relaxed) {
                // As above.
                shared.isWithin.store(true, ordering: .sequentiallyConsistent)
                let found = consumer.tryReceive()
                shared.isWithin.store(false, ordering: .releasing)
                // Relaxed: as in `receive`.
                if found != nil { shared.inside.wrappingSubtract(1, ordering: .relaxed) }
            }
            end.putBack(consumer)
        }
    }

    private func start(
        _ name: String, on unit: Int, _ work: @escaping @Sendable (SuspensionShared) -> Void
    ) throws -> Started {
        let slot = HandleSlot()
        let thread = try PinnedThread(pu: unit, name: name) {
            SuspendedThread.admitStops()
            slot.handle.store(UInt(pthread_self()), ordering: .relaxed)
            self.started.advanceAndWake()
            work(self)
        }
        while slot.handle.load(ordering: .relaxed) == 0 { nilometer_pause() }
        return (thread, pthread_t(slot.handle.load(ordering: .relaxed)))
    }

    /// Where a thread says who it is.
    private final class HandleSlot: Sendable {
        let handle = Atomic<UInt>(0)
    }
}
