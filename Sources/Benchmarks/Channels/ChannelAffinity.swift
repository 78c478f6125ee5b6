import Hardware
import Measurement
import Quantities
import Randomness

/// Whether binding threads to cores narrows the spread of a message's latency.
///
/// The same two threads play the same ping-pong over two SPSC channels, in turns bound to a core each
/// and free to be moved by the kernel.
enum ChannelAffinity: Benchmark {
    static let description = BenchmarkDescription(
        name: "channel.affinity",
        summary: "spread of the latency of a message between two threads that are bound to cores, "
            + "and between the same two while they are not",
        parameters: [
            ParameterSpecification(
                "capacity", "elements that a channel holds", .integer(2...65_536),
                default: "1024", profileField: "ring-capacity"),
            ParameterSpecification(
                "wait", "what a channel does when it must wait", .choice(WaitChoice.names),
                default: "busy-spin", profileField: "wait-strategy"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "half a round trip: medians of windows, and single ones for percentiles"),
            MetricSpecification(
                "spread", .ratio, .lower, .sampled,
                "99th percentile over the median of the round trips of a window"),
            MetricSpecification(
                "widening", .ratio, .neither, .sampled,
                "spread of unbound threads over that of bound ones in the same round and "
                    + "placement: above 1 binding narrows it"),
        ],
        processingUnits: 2,
        floor: "cache-line hand-over between the two cores",
        // Unbound threads are moved: that is what is measured.
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        guard context.clock.calibration.source == .timeStampCounter else {
            recorder.note("unavailable: there is no tick counter to stamp round trips with")
            return
        }
        let units = Array(context.request.processingUnits.prefix(2))
        let allowed = try ThreadBinding.allowedPUs()
        recorder.note("unbound threads may use processing units \(allowed)")
        let pair = OwnRing.spsc.pair(
            capacity: context.integer("capacity"), wait: context.text("wait"))
        let bodies = [
            AffinityBody("bound", pair, whileOn: nil, homes: units),
            AffinityBody("unbound", pair, whileOn: allowed, homes: units),
        ]
        let probe = FloorProbe(firstBody: bodies.count)
        let partner = try PartnerThread(
            on: units[1], bodies: bodies as [any PairedBody] + probe.bodies)
        defer { partner.stop() }
        var rounds: [[AffinityWindow]] = []
        var order = context.generator(for: "order")
        let start = TickClock.monotonicRaw()
        repeat {
            var windows: [AffinityWindow?] = bodies.map { _ in nil }
            for index in Array(bodies.indices).shuffled(by: &order) {
                let before = try probe.read(with: partner, clock: context.clock)
                partner.start(body: index, iterations: AffinityBody.roundTrips)
                try bodies[index].initiate(iterations: AffinityBody.roundTrips)
                _ = partner.finish()
                let after = try probe.read(with: partner, clock: context.clock)
                windows[index] = AffinityWindow(
                    name: bodies[index].name, stamps: bodies[index].stamps, clock: context.clock,
                    placement: Placement(before: before, after: after))
            }
            rounds.append(windows.compactMap(\.self))
        } while rounds.count < 10
            || Double(TickClock.monotonicRaw() - start) < context.time.rawValue
        record(rounds, into: &recorder)
    }

    private static func record(_ rounds: [[AffinityWindow]], into recorder: inout Recorder) {
        let parameters = recorder.figureParameters()
        for placement in Placement.allCases {
            let placed = parameters.with("placement", placement.rawValue)
            let doubts = placement == .moved ? ["cores moved during the window"] : []
            for name in ["bound", "unbound"] {
                let windows = rounds.joined().filter {
                    $0.name == name && $0.placement == placement
                }
                guard !windows.isEmpty else { continue }
                let named = placed.with("contender", name)
                recorder.record(
                    "latency", named, samples: windows.map(\.median), doubts: doubts)
                recorder.record("spread", named, samples: windows.map(\.spread), doubts: doubts)
                var distribution = LatencyDistribution()
                for time in windows.flatMap(\.times) { distribution.record(nanoseconds: time) }
                recorder.record("latency", named, distribution: distribution, doubts: doubts)
            }
            let ratios = rounds.filter { round in
                round.allSatisfy { $0.placement == placement }
            }.map { $0[1].spread / $0[0].spread }
            if !ratios.isEmpty {
                recorder.record("widening", placed, samples: ratios, doubts: doubts)
            }
        }
    }
}

/// Stamped round trips of one window.
private struct AffinityWindow {
    let name: String
    let placement: Placement
    /// Half of each, in nanoseconds, ascending.
    let times: [Double]

    init(name: String, stamps: [UInt64], clock: TickClock, placement: Placement) {
        self.name = name
        self.placement = placement
        times = stamps.map { clock.nanoseconds(from: 0, to: $0) / 2 }.sorted()
    }

    var median: Double { times[times.count / 2] }
    var spread: Double { times[times.count * 99 / 100] / median }
}

/// A ping-pong whose threads are bound to `homes` before and after it, and may be elsewhere meanwhile.
///
/// @unchecked Sendable: only the initiating thread touches `stamps`.
private final class AffinityBody: PairedBody, @unchecked Sendable {
    static let roundTrips = 4096
    /// Round trips before the first stamp: they wait for the partner and fetch the lines.
    private static let approach = 256

    let name: String
    private let pair: any RingPair
    private let places: CPUSet?
    private let homes: [Int]
    private(set) var stamps = [UInt64](repeating: 0, count: roundTrips)

    init(_ name: String, _ pair: any RingPair, whileOn places: CPUSet?, homes: [Int]) {
        self.name = name
        self.pair = pair
        self.places = places
        self.homes = homes
    }

    func initiate(iterations: Int) throws {
        if let places { try ThreadBinding.bindCurrentThread(to: places) }
        guard pair.initiate(Self.approach) == 0,
            pair.initiateStamped(iterations, stamps: &stamps) == 0
        else { throw RingDefect(contender: name) }
        if places != nil { try ThreadBinding.bindCurrentThread(to: homes[0]) }
    }

    func respond(iterations: Int) {
        move(to: places)
        _ = pair.respond(Self.approach)
        _ = pair.respond(iterations)
        if places != nil { move(to: [homes[1]]) }
    }

    /// Binds the partner, as the initiator was: the same set, which the process may use.
    private func move(to places: CPUSet?) {
        guard let places else { return }
        do {
            try ThreadBinding.bindCurrentThread(to: places)
        } catch {
            preconditionFailure("binding the partner to \(places) failed: \(error)")
        }
    }
}
