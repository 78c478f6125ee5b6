import Hardware
import Measurement
import Quantities
import Randomness

/// Whether binding threads to cores narrows the spread of a message's latency.
///
/// The same two threads play the same ping-pong over two SPSC channels, in turns bound to a core each
/// and free to be moved by the kernel, for stretches that are long beside the kernel's time slices. Other
/// threads are busy half of the time, or the kernel would have no reason to move anybody.
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
            ParameterSpecification(
                "load", "threads beside that are busy half of the time and bound nowhere",
                .integer(0...8), default: "1"),
            ParameterSpecification(
                "stretch", "how long the threads stay bound, or free, at a time",
                .duration(.milliseconds(5)...(.seconds(10))), default: "200ms"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "half a round trip: medians of stretches, and single ones for percentiles; of bound "
                    + "threads by placement"),
            MetricSpecification(
                "spread", .ratio, .lower, .sampled,
                "99th percentile over the median of the round trips of a stretch"),
            MetricSpecification(
                "widening", .ratio, .neither, .sampled,
                "spread of unbound threads over that of bound ones in the same round: above 1 "
                    + "binding narrows it; by the placement of the bound ones"),
            MetricSpecification(
                "moves", .count(of: "moves"), .neither, .sampled,
                "times that an unbound thread was found on another processing unit than some "
                    + "thousand round trips before, a stretch"),
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
        let bodies = [nil, allowed].map { places in
            AffinityBody(
                places == nil ? "bound" : "unbound", pair, whileOn: places, homes: units,
                clock: context.clock)
        }
        let stretch = context.duration("stretch")
        let watch = WindowWatch(patience: WindowWatch.patience + stretch + stretch)
        defer { watch.stop() }
        let watched = watch.watching(bodies, named: bodies.map { "nilometer, \($0.name)" })
        let probe = FloorProbe(firstBody: bodies.count)
        let partner = try PartnerThread(on: units[1], bodies: watched + probe.bodies)
        defer { partner.stop() }
        let load = try HalfBusyThreads(
            context.integer("load"), on: allowed, clock: context.clock)
        defer { load.stop() }
        let rounds = try stretches(of: bodies, watched, with: partner, probe, in: context)
        for body in bodies where body.hasDefect { throw RingDefect(contender: OwnRing.bounded) }
        AffinityRound.record(rounds, into: &recorder)
    }

    /// Stretches in turns, in an order drawn from the seed.
    private static func stretches(
        of bodies: [AffinityBody], _ watched: [any PairedBody], with partner: PartnerThread,
        _ probe: FloorProbe, in context: ForkContext
    ) throws -> [AffinityRound] {
        let clock = context.clock
        func stretch(_ index: Int, batches: Int) throws -> AffinityStretch {
            bodies[index].begin()
            let before = try probe.read(with: partner, clock: clock)
            partner.start(body: index, iterations: batches)
            try watched[index].initiate(iterations: batches)
            _ = partner.finish()
            let after = try probe.read(with: partner, clock: clock)
            return AffinityStretch(
                of: bodies[index], placement: Placement(before: before, after: after))
        }
        // The first batch finds cold caches.
        _ = try stretch(0, batches: 1)
        let start = TickClock.monotonicRaw()
        _ = try stretch(0, batches: 4)
        let batch = Double(TickClock.monotonicRaw() - start) / 4
        let batches = Int(max(1, context.duration("stretch").rawValue / batch))
        var order = context.generator(for: "order")
        var rounds: [AffinityRound] = []
        repeat {
            var found: [AffinityStretch?] = [nil, nil]
            for index in Array(bodies.indices).shuffled(by: &order) {
                found[index] = try stretch(index, batches: batches)
            }
            guard let bound = found[0], let unbound = found[1] else { break }
            rounds.append(AffinityRound(bound: bound, unbound: unbound))
        } while rounds.count < 2
            || Double(TickClock.monotonicRaw() - start) < context.time.rawValue
        return rounds
    }
}

/// What a stretch came to.
private struct AffinityStretch {
    let placement: Placement
    let times: LatencyDistribution
    let median: Double
    let spread: Double
    let moves: Int

    init(of body: AffinityBody, placement: Placement) {
        self.placement = placement
        times = body.times
        (spread, median) = body.spread ?? (0, 0)
        moves = body.moved
    }
}

/// A stretch of each kind, one after the other.
private struct AffinityRound {
    let bound: AffinityStretch
    let unbound: AffinityStretch

    static func record(_ rounds: [AffinityRound], into recorder: inout Recorder) {
        let parameters = recorder.figureParameters()
        // Where unbound threads were, nobody knows.
        let free = rounds.map(\.unbound)
        let isMoved = free.contains { $0.moves > 0 }
        let doubts = isMoved ? [] : ["nobody was moved"]
        record(free, parameters.with("contender", "unbound"), doubts, into: &recorder)
        recorder.record(
            "moves", parameters.with("contender", "unbound"), samples: free.map { Double($0.moves) }
        )
        for placement in Placement.allCases {
            let placed = parameters.with("placement", placement.rawValue)
            let own = rounds.filter { $0.bound.placement == placement }
            guard !own.isEmpty else { continue }
            let moved = placement == .moved ? ["cores moved during the window"] : []
            record(own.map(\.bound), placed.with("contender", "bound"), moved, into: &recorder)
            recorder.record(
                "widening", placed, samples: own.map { $0.unbound.spread / $0.bound.spread },
                doubts: moved + doubts)
        }
    }

    private static func record(
        _ stretches: [AffinityStretch], _ parameters: ParameterSet, _ doubts: [String],
        into recorder: inout Recorder
    ) {
        recorder.record(
            "latency", parameters, samples: stretches.map(\.median), doubts: doubts)
        recorder.record("spread", parameters, samples: stretches.map(\.spread), doubts: doubts)
        var all = LatencyDistribution()
        for stretch in stretches { all.merge(stretch.times) }
        recorder.record("latency", parameters, distribution: all, doubts: doubts)
    }
}
