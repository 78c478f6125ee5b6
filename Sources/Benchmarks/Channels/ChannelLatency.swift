import CNilometerShims
import Measurement
import Quantities
import Randomness

/// One-way latency of the channels of a kind: a ping-pong over two of them, halved.
enum ChannelLatency<Kind: KindOfChannel>: Benchmark {
    static var description: BenchmarkDescription {
        BenchmarkDescription(
            name: "channel.\(Kind.kind.rawValue).latency",
            summary: "one-way latency of a message between two pinned threads: a ping-pong over "
                + "two \(Kind.kind.words) channels, halved, channels side by side",
            parameters: ChannelContenders.parameters(of: Kind.kind) + [ChannelContenders.payload],
            metrics: LatencyMetrics.all,
            processingUnits: 2,
            floor: "cache-line hand-over between the two cores")
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let use = RingUse(payload: context.integer("payload"))
        let contenders = ChannelContenders(of: Kind.kind, in: context, for: use, into: &recorder)
            .contenders
        guard !contenders.isEmpty else { return }
        let bodies = contenders.map { RoundTrips(name: $0.name, pair: $0.pair) }
        let stamped = contenders.map { StampedRoundTrips(name: $0.name, pair: $0.pair) }
        let names = contenders.map(\.name)
        let watch = WindowWatch()
        defer { watch.stop() }
        let watched = watch.watching(bodies, named: names)
        let watchedStamped = watch.watching(stamped, named: names)
        let probe = FloorProbe(firstBody: bodies.count * 2)
        let partner = try PartnerThread(
            on: context.request.processingUnits[1],
            bodies: watched + watchedStamped + probe.bodies,
            counters: context.request.counters)
        defer { partner.stop() }
        var order = context.generator(for: "order")
        let loop = InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            counters: context.counters, turns: context.turns)
        let windows = try loop.run(
            paired: watched, with: partner, probe: probe, for: context.time * 0.8, order: &order)
        let stampedWindows = try distributions(
            of: stamped, watched: watchedStamped, partner: partner, probe: probe, in: context,
            into: &recorder)
        let isSound = try RingDefect.sound(
            bodies as [any CheckedBody] + stamped as [any CheckedBody], into: &recorder)
        let parameters = recorder.figureParameters(without: ["contenders"])
        let analysis = WindowAnalysis(
            windows.filter { isSound(names[$0.contender]) }, contenders: names,
            parameters: parameters)
        // The body counts round trips; a message's way is half of one.
        analysis.record("latency", into: &recorder) { $0 / 2 }
        analysis.recordRatios("relative", to: OwnRing.bounded, into: &recorder)
        analysis.recordFloor("floor", ratio: "floor-ratio", scale: 0.5, into: &recorder)
        for windows in stampedWindows where isSound(windows.contender) {
            windows.record("latency", parameters, into: &recorder)
        }
    }

    /// Stamped windows in turns, in an order drawn from the seed, for a fifth of the time.
    /// Each contender has a distribution in each placement; windows in which the cores moved have
    /// one of their own.
    private static func distributions(
        of bodies: [StampedRoundTrips], watched: [any PairedBody], partner: PartnerThread,
        probe: FloorProbe, in context: ForkContext, into recorder: inout Recorder
    ) throws -> [StampedWindows] {
        let clock = context.clock
        guard clock.calibration.source == .timeStampCounter else {
            recorder.note("no percentiles: there is no tick counter to stamp round trips with")
            return []
        }
        var found = bodies.map { StampedWindows(contender: $0.name) }
        var order = context.generator(for: "stamped order")
        let start = clock.begin()
        repeat {
            for index in Array(bodies.indices).shuffled(by: &order) {
                let before = try probe.read(with: partner, clock: clock)
                // The stamped bodies follow as many others.
                partner.start(body: bodies.count + index, iterations: StampedRoundTrips.total)
                try watched[index].initiate(iterations: StampedRoundTrips.total)
                let stayed = partner.finish()
                let after = try probe.read(with: partner, clock: clock)
                found[index].add(
                    bodies[index].stamps.map { clock.nanoseconds(from: 0, to: $0) / 2 },
                    placement: Placement(before: before, after: after), stayed: stayed)
            }
        } while clock.nanoseconds(from: start, to: clock.end()) < context.time.rawValue * 0.2
        return found
    }
}

/// The figures of ping-pongs.
enum LatencyMetrics {
    static let all = [
        MetricSpecification(
            "latency", .nanoseconds, .lower, .sampled,
            "half a round trip: means of windows, and single ones stamped for percentiles"),
        MetricSpecification(
            "relative", .ratio, .lower, .sampled,
            "time over that of nilometer in the same round and placement"),
        MetricSpecification(
            "floor", .nanoseconds, .neither, .sampled,
            "one-way hand-over of a cache line, probed around every window"),
        MetricSpecification(
            "floor-ratio", .ratio, .lower, .sampled, "latency over the floor beside it"),
    ]
}

/// The stamped windows of one contender, by placement.
private struct StampedWindows {
    let contender: String
    private var distributions: [Placement: LatencyDistribution] = [:]
    private var hasStrayed = false

    init(contender: String) { self.contender = contender }

    mutating func add(_ times: [Double], placement: Placement, stayed: Bool) {
        for time in times {
            distributions[placement, default: LatencyDistribution()].record(nanoseconds: time)
        }
        if !stayed { hasStrayed = true }
    }

    func record(_ metric: String, _ parameters: ParameterSet, into recorder: inout Recorder) {
        for placement in Placement.allCases {
            guard let distribution = distributions[placement] else { continue }
            var doubts: [String] = []
            if placement == .moved { doubts.append("cores moved during the window") }
            if hasStrayed { doubts.append("a thread left its processing unit") }
            recorder.record(
                metric,
                parameters.with("contender", contender).with("placement", placement.rawValue),
                distribution: distribution, doubts: doubts)
        }
    }
}

/// Round trips of one contender, timed as a window.
///
/// @unchecked Sendable: only the initiating thread touches `hasDefect`.
private final class RoundTrips: PairedBody, CheckedBody, @unchecked Sendable {
    let name: String
    private let pair: any RingPair
    private(set) var hasDefect = false

    init(name: String, pair: any RingPair) {
        self.name = name
        self.pair = pair
    }

    func initiate(iterations: Int) {
        if pair.initiate(iterations) != 0 { hasDefect = true }
    }

    func respond(iterations: Int) { _ = pair.respond(iterations) }
}

/// Round trips of one contender, each stamped.
///
/// @unchecked Sendable: only the initiating thread touches `stamps` and `hasDefect`.
private final class StampedRoundTrips: PairedBody, CheckedBody, @unchecked Sendable {
    /// Stamped round trips in a window: short enough that the cores seldom move within it.
    private static let window = 4096
    /// Round trips before the first stamp: they wait for the partner and fetch the lines.
    private static let approach = 32
    /// All round trips of a window.
    static let total = approach + window

    let name: String
    private let pair: any RingPair
    private(set) var stamps = [UInt64](repeating: 0, count: window)
    private(set) var hasDefect = false

    init(name: String, pair: any RingPair) {
        self.name = name
        self.pair = pair
    }

    /// Values start at 1 for each call, so the approach is a window of its own for both sides.
    func initiate(iterations: Int) {
        let approach = pair.initiate(Self.approach)
        let window = pair.initiateStamped(Self.window, stamps: &stamps)
        if approach | window != 0 { hasDefect = true }
    }

    func respond(iterations: Int) {
        _ = pair.respond(Self.approach)
        _ = pair.respond(Self.window)
    }
}
