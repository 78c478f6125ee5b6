import Channels
import Measurement
import Quantities
import Synchronization

/// Whether threads that share nothing slow one another because what they use lies on one cache line.
///
/// Two threads, each with something of its own, at work at the same time: counters side by side on one
/// line and on lines of their own; channels made one right after the other, and far apart. What lies
/// apart is the measure: there both cores are as busy.
enum ChannelNeighbours: Benchmark {
    private static let things = ["counters", "channels"]

    static let description = BenchmarkDescription(
        name: "channel.neighbours",
        summary:
            "two threads at work on things of their own that lie side by side, and on the same "
            + "things far apart: counters on one line, and neighbouring channels",
        parameters: [
            ParameterSpecification(
                "capacity", "elements that a channel holds", .integer(2...65_536), default: "8")
        ],
        metrics: [
            MetricSpecification(
                "cost", .nanoseconds, .lower, .sampled,
                "an increment of a counter, or a send and a receive on one thread"),
            MetricSpecification(
                "slowdown", .ratio, .lower, .sampled,
                "side by side over far apart, in the same round and placement: near 1 where no "
                    + "line is shared"),
        ],
        processingUnits: 2,
        floor: "the same work far apart")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let capacity = context.integer("capacity")
        let near = NeighbouringCounters(distance: 1)
        let far = NeighbouringCounters(distance: 64)
        let pairs = try NeighbouringChannels.make(capacity: capacity)
        let bodies: [any PairedBody] = [near, far, pairs.near, pairs.far]
        let names = things.flatMap { ["\($0)-together", "\($0)-apart"] }
        let windows = try StreamRounds.run(bodies, in: context)
        let parameters = recorder.figureParameters()
        WindowAnalysis(windows, contenders: names, parameters: parameters)
            .record("cost", into: &recorder)
        for first in [0, 2] {
            let both = windows.filter { $0.contender == first || $0.contender == first + 1 }
            WindowAnalysis(both, contenders: names, parameters: parameters)
                .recordRatios("slowdown", to: names[first + 1], into: &recorder)
        }
    }
}

/// Two counters, one a thread, so many words apart.
///
/// @unchecked Sendable: each thread touches the counter of its own.
@safe private final class NeighbouringCounters: PairedBody, @unchecked Sendable {
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let distance: Int

    init(distance: Int) {
        // SAFETY: aligned and large enough for the atomics that are made in it; freed with this.
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: (distance + 1) * 8 + 256, alignment: 128)
        unsafe words = memory.bindMemory(to: Atomic<UInt64>.self, capacity: distance + 1)
        for index in 0...distance { unsafe (words + index).initialize(to: Atomic(0)) }
        self.distance = distance
    }

    deinit {
        // SAFETY: made in `init`, and nobody uses them any more.
        unsafe words.deinitialize(count: distance + 1)
        unsafe UnsafeMutableRawPointer(words).deallocate()
    }

    func initiate(iterations: Int) { count(iterations, at: 0) }
    func respond(iterations: Int) { count(iterations, at: distance) }

    private func count(_ iterations: Int, at index: Int) {
        // SAFETY: made in `init`. A load and a store: one writer needs no more.
        for _ in 0..<iterations {
            let now = unsafe words[index].load(ordering: .relaxed)
            unsafe words[index].store(now &+ 1, ordering: .releasing)
        }
    }
}

/// Two channels, one a thread, which both sends and receives.
private final class NeighbouringChannels: PairedBody {
    private let first: any RingPair
    private let second: any RingPair

    private init(_ first: any RingPair, _ second: any RingPair) {
        self.first = first
        self.second = second
    }

    /// Two that were made one right after the other, and two with a megabyte between them.
    static func make(
        capacity: Int
    ) throws -> (near: NeighbouringChannels, far: NeighbouringChannels) {
        func channel() -> any RingPair { OwnRing.spsc.pair(capacity: capacity, wait: "busy-spin") }
        let near = NeighbouringChannels(channel(), channel())
        let first = channel()
        let between = (0..<(1 << 20 / (capacity * 8 + 1024))).map { _ in channel() }
        let second = channel()
        return withExtendedLifetime(between) { (near, NeighbouringChannels(first, second)) }
    }

    func initiate(iterations: Int) throws {
        guard first.uncontended(iterations) == 0 else {
            throw RingDefect(contender: OwnRing.bounded)
        }
    }

    func respond(iterations: Int) { _ = second.uncontended(iterations) }
}
