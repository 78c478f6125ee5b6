import CNilometerShims
import Channels
import Glibc
import Hardware
import Measurement
import Quantities
import Randomness
import Synchronization

/// Whether a thread that is stopped in the middle of an operation stops the others.
///
/// Two producers and a consumer. Again and again one producer is stopped at a random moment by a
/// signal; it does nothing but send, so that most of these moments are in the middle of a send. What
/// the other producer sends from then on has to reach the consumer. A structure is lock-free if it
/// always does (Herlihy and Shavit, "The Art of Multiprocessor Programming", 3.7).
enum ChannelSuspension: Benchmark {
    static let description = BenchmarkDescription(
        name: "channel.suspension",
        summary: "a producer is stopped at random moments, in the middle of its sends: how often "
            + "messages of another one then do not reach the consumer",
        parameters: [
            ParameterSpecification(
                "capacity", "elements that a bounded channel holds", .integer(2...65_536),
                default: "1024", profileField: "ring-capacity"),
            ParameterSpecification(
                "patience", "how long a message may take before nothing moves",
                .duration(.microseconds(100)...(.seconds(1))), default: "10ms"),
            ParameterSpecification(
                "contenders", "kinds of channel that take turns",
                .subset(of: rings.map(\.rawValue)),
                default: rings.map(\.rawValue).joined(separator: ",")),
        ],
        metrics: [
            MetricSpecification(
                "stalled", .percent, .lower, .sampled,
                "stops after which no message of the other producer came in time, of the stops of "
                    + "a turn")
        ],
        processingUnits: 2,
        floor: "none: it is a share",
        // Threads are stopped on purpose, and two share a core.
        isBlocking: true)

    private static let rings: [OwnRing] = [.mpsc, .mpmc, .unboundedMPSC, .unboundedMPMC]
    /// Stops in a turn.
    private static let stops = 50

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        // By far longer than anybody waits for a message.
        SuspendedThread.prepare(longest: context.duration("patience").rawValue * 2)
        let chosen = context.words("contenders").compactMap(OwnRing.init(rawValue:))
        var shares = chosen.map { _ in [Double]() }
        var order = context.generator(for: "order")
        let start = TickClock.monotonicRaw()
        var round = 0
        repeat {
            for index in Array(chosen.indices).shuffled(by: &order) {
                let turn = SuspensionTurn(
                    capacity: context.integer("capacity"), stops: stops,
                    patience: context.duration("patience").rawValue,
                    generator: context.generator(for: "stops \(index) \(round)"),
                    unit: context.request.processingUnits[1])
                let stalled = try chosen[index].visit(turn, BusySpin.self)
                shares[index].append(100 * Double(stalled) / Double(stops))
            }
            round += 1
        } while round < 3 || Double(TickClock.monotonicRaw() - start) < context.time.rawValue
        let parameters = recorder.figureParameters(without: ["contenders"])
        for (ring, shares) in zip(chosen, shares) {
            recorder.record(
                "stalled", parameters.with("contender", ring.rawValue), samples: shares)
        }
    }
}

/// Some stops of one producer of a channel.
private struct SuspensionTurn: EndsVisitor {
    let capacity: Int
    let stops: Int
    /// Nanoseconds.
    let patience: Double
    let generator: Xoshiro256StarStar
    /// Where the producers run; the consumer is the calling thread.
    let unit: Int

    /// The mark of the messages of the producer that is never stopped, beside the number of the stop
    /// that it had heard of.
    private static let mark: UInt64 = 1 << 32

    /// How many of the stops nothing passed after.
    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (Int, Int) -> RingEnds<S, R>
    ) throws -> Int where S.Message == UInt64, R.Message == UInt64 {
        let ends = make(capacity, 2)
        let shared = Shared()
        let victim = try Self.producer(ends.senders[0], of: shared, on: unit) { _ in 1 }
        let other = try Self.producer(ends.senders[1], of: shared, on: unit) {
            // Relaxed: a number that rises, and nothing comes with it.
            Self.mark | $0.heard.load(ordering: .relaxed)
        }
        shared.started.sleep(until: 2)
        var consumer = ends.receivers[0].take()
        var generator = generator
        var stalled = 0
        for number in 1...UInt64(stops) {
            for _ in 0..<Int.random(in: 0...2000, using: &generator) { _ = consumer.tryReceive() }
            SuspendedThread.stop(victim.handle)
            while !SuspendedThread.isStopped { _ = consumer.tryReceive() }
            // Relaxed: as above.
            shared.heard.store(number, ordering: .relaxed)
            if !isPassed(number, &consumer) { stalled += 1 }
            SuspendedThread.release()
        }
        shared.isOver.store(true, ordering: .relaxed)
        victim.thread.join()
        other.thread.join()
        return stalled
    }

    /// Whether a message that was sent after stop number `number` comes in time. An operation may
    /// itself wait for the stopped thread, so that the time counts when it is over.
    private func isPassed<R: CheckedReceiver & ~Copyable>(
        _ number: UInt64, _ consumer: inout R
    ) -> Bool where R.Message == UInt64 {
        let start = TickClock.monotonicRaw()
        while true {
            let found = consumer.tryReceive()
            guard Double(TickClock.monotonicRaw() - start) < patience else { return false }
            if found == Self.mark | number { return true }
        }
    }

    /// A thread that sends what `message` says until the turn is over.
    private static func producer<S: CheckedSender & ~Copyable>(
        _ end: HeldEnd<S>, of shared: Shared, on unit: Int,
        _ message: @escaping @Sendable (Shared) -> UInt64
    ) throws -> (thread: PinnedThread, handle: pthread_t) where S.Message == UInt64 {
        let slot = HandleSlot()
        let thread = try PinnedThread(pu: unit, name: "producer") {
            slot.handle.store(UInt(pthread_self()), ordering: .relaxed)
            shared.started.advanceAndWake()
            var producer = end.take()
            while !shared.isOver.load(ordering: .relaxed) {
                // Both share a core: who finds the channel full lets the other one on.
                if !producer.trySend(message(shared)).isSent { sched_yield() }
            }
            end.putBack(producer)
        }
        while slot.handle.load(ordering: .relaxed) == 0 { nilometer_pause() }
        return (thread, pthread_t(slot.handle.load(ordering: .relaxed)))
    }

    /// What the threads of a turn share.
    private final class Shared: Sendable {
        /// The last stop that the other producer is to tell of.
        let heard = Atomic<UInt64>(0)
        let isOver = Atomic<Bool>(false)
        let started = FutexWord()
    }

    /// Where a thread says who it is.
    private final class HandleSlot: Sendable {
        let handle = Atomic<UInt>(0)
    }
}
