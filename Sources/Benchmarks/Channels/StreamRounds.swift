import Hardware
import Measurement
import Quantities

/// The timing loop of streams, of two threads or of more.
enum StreamRounds {
    /// Long enough that waking a crew is a small part of a window.
    private static let crowdedWindow = Nanoseconds.milliseconds(10)

    typealias Contender = ChannelContenders.Contender

    /// Windows of `bodies` in turns, between the first two processing units of the context; `names` are
    /// those of their contenders.
    static func run(
        _ bodies: [any PairedBody], named names: [String], in context: ForkContext,
        patience: Nanoseconds = WindowWatch.patience
    ) throws -> [InterleavedMeasurement.Window] {
        try run(
            bodies, named: names,
            by: InterleavedMeasurement(
                clock: context.clock, processingUnit: context.processingUnit,
                counters: context.counters, turns: context.turns),
            in: context, patience: patience)
    }

    private static func run(
        _ bodies: [any PairedBody], named names: [String], by loop: InterleavedMeasurement,
        in context: ForkContext, patience: Nanoseconds
    ) throws -> [InterleavedMeasurement.Window] {
        let watch = WindowWatch(patience: patience)
        defer { watch.stop() }
        let watched = watch.watching(bodies, named: names)
        let probe = FloorProbe(firstBody: watched.count)
        let partner = try PartnerThread(
            on: context.request.processingUnits[1], bodies: watched + probe.bodies,
            counters: context.request.counters)
        defer { partner.stop() }
        var order = context.generator(for: "order")
        return try loop.run(
            paired: watched, with: partner, probe: probe, for: context.time, order: &order)
    }

    /// Windows in turns of streams between two threads, of the contenders whose figures stand.
    static func runStreams(
        _ contenders: [Contender], inBatches: Bool, in context: ForkContext,
        patience: Nanoseconds = WindowWatch.patience, into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        let bodies = contenders.map {
            Stream(name: $0.name, pair: $0.pair, inBatches: inBatches)
        }
        let names = bodies.map(\.name)
        let windows = try run(bodies, named: names, in: context, patience: patience)
        let isSound = try RingDefect.sound(bodies, into: &recorder)
        return windows.filter { isSound(names[$0.contender]) }
    }

    /// Windows in turns of streams that have more threads than two, all of them bound to `units`, of the
    /// contenders whose figures stand.
    static func runCrowded(
        _ contenders: [Contender], for use: RingUse, on units: [Int], in context: ForkContext,
        into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        try run([], beside: contenders, for: use, on: units, in: context, into: &recorder)
    }

    /// As `runCrowded`, with two threads through the same channels in the same rounds: their windows'
    /// contenders count first.
    static func runBeside(
        _ contenders: [Contender], for use: RingUse, on units: [Int], in context: ForkContext,
        into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        let pairs = contenders.map { Stream(name: $0.name, pair: $0.pair, inBatches: false) }
        return try run(
            pairs, beside: contenders, for: use, on: units, in: context, into: &recorder)
    }

    private static func run(
        _ first: [Stream], beside contenders: [Contender], for use: RingUse, on units: [Int],
        in context: ForkContext, into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        let turns = (initiator: CrewTurn(), responder: CrewTurn())
        let bodies = contenders.enumerated().map { number, contender in
            CrowdedStream(of: contender, use: use, number: number, turns: turns)
        }
        let crew = try ThreadCrew(CrowdedStream.members(for: use), on: units, bodies: bodies)
        defer { crew.stop() }
        for body in bodies { body.join(crew) }
        // The crew sleeps between windows, also while another process has the turn.
        let loop = InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit, window: crowdedWindow,
            leastRounds: 3, counters: context.counters, turns: context.turns)
        let names = first.map(\.name) + bodies.map(\.name)
        let windows = try run(
            first as [any PairedBody] + bodies as [any PairedBody], named: names, by: loop,
            in: context, patience: WindowWatch.patience)
        if context.counters != nil {
            recorder.note("counted on the first producer and the first consumer alone")
        }
        for remark in bodies.compactMap(\.remark) { recorder.note(remark) }
        let isSound = try RingDefect.sound(
            first as [any CheckedBody] + bodies as [any CheckedBody], into: &recorder)
        return windows.filter { isSound(names[$0.contender]) }
    }

    /// The processing units of a crowd: the two of the measurement first, and then whatever else the
    /// process may use, as many as there are threads. What that comes to is noted.
    static func units(
        for use: RingUse, in context: ForkContext, into recorder: inout Recorder
    ) throws -> [Int] {
        let threads = use.producers + use.consumers
        let first = Array(context.request.processingUnits.prefix(2))
        let others = try ThreadBinding.allowedPUs().indexes.filter { !first.contains($0) }
        let units = Array((first + others).prefix(threads))
        recorder.note(
            "\(threads) threads on processing units \(CPUSet(units))"
                + (threads > units.count ? ": some share one" : ""))
        return units
    }
}
