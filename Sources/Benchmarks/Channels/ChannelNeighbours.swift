import Measurement
import Quantities
import Statistics
import Synchronization

/// Whether threads that share nothing slow one another because what they use lies on one cache line.
///
/// Two threads, each with something of its own, at work at the same time: counters side by side on one
/// line and on lines of their own; the two channels that lie nearest of many, and two that lie far
/// apart. What lies apart is the measure: there both cores are as busy. The counters are the control: where
/// a shared line does not slow them either, nothing is said of the channels.
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
        let pairs = NeighbouringChannels.make(capacity: capacity)
        for (pair, place) in [(pairs.near, "together"), (pairs.far, "apart")] {
            recorder.note(
                "channels \(place): from the slots of one to those of the other "
                    + "\(pair.distance) bytes")
        }
        let bodies: [any PairedBody] = [near, far, pairs.near, pairs.far]
        let names = things.flatMap { ["\($0)-together", "\($0)-apart"] }
        let windows = try StreamRounds.run(bodies, named: names, in: context)
        guard !pairs.near.hasDefect, !pairs.far.hasDefect else {
            throw RingDefect(contender: OwnRing.bounded)
        }
        let parameters = recorder.figureParameters()
        WindowAnalysis(windows, contenders: names, parameters: parameters)
            .record("cost", into: &recorder)
        for first in [0, 2] {
            let both = windows.filter { $0.contender == first || $0.contender == first + 1 }
            WindowAnalysis(both, contenders: names, parameters: parameters)
                .recordRatios("slowdown", to: names[first + 1], into: &recorder)
        }
        if !showsSharing(windows) {
            recorder.doubtAll(["counters on one line were not slower either"])
        }
    }

    /// Whether the counters on one line took half as long again as those on two, by the medians of all
    /// windows.
    private static func showsSharing(_ windows: [InterleavedMeasurement.Window]) -> Bool {
        func cost(_ contender: Int) -> Double {
            Quantile.median(
                of: windows.filter { $0.contender == contender }.map(\.nanosecondsPerOperation))
        }
        return cost(0) > 1.5 * cost(1)
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
