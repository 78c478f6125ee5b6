import Hardware
import Measurement
import Quantities

/// The timing loop of streams, of two threads or of more.
enum StreamRounds {
    /// Long enough that waking a crew is a small part of a window.
    private static let crowdedWindow = Nanoseconds.milliseconds(10)

    /// Windows of `bodies` in turns, between the first two processing units of the context.
    static func run(
        _ bodies: [any PairedBody], in context: ForkContext
    ) throws -> [InterleavedMeasurement.Window] {
        try run(
            bodies,
            by: InterleavedMeasurement(
                clock: context.clock, processingUnit: context.processingUnit,
                counters: context.counters, turns: context.turns),
            in: context)
    }

    private static func run(
        _ bodies: [any PairedBody], by loop: InterleavedMeasurement, in context: ForkContext
    ) throws -> [InterleavedMeasurement.Window] {
        let probe = FloorProbe(firstBody: bodies.count)
        let partner = try PartnerThread(
            on: context.request.processingUnits[1], bodies: bodies + probe.bodies,
            counters: context.request.counters)
        defer { partner.stop() }
        var order = context.generator(for: "order")
        return try loop.run(
            paired: bodies, with: partner, probe: probe, for: context.time, order: &order)
    }

    /// Windows in turns of streams that have more threads than two, all of them bound to `units`; all
    /// streams are checked.
    static func runCrowded(
        _ streams: [CrowdedSetting], on units: [Int], in context: ForkContext,
        into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        try run([], beside: streams, on: units, in: context, into: &recorder)
    }

    /// As `runCrowded`, with two threads through the same channels in the same rounds: their windows'
    /// contenders count first.
    static func runBeside(
        _ streams: [CrowdedSetting], on units: [Int], in context: ForkContext,
        into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        let pairs = streams.map { Stream(name: $0.name, pair: $0.pair, inBatches: false) }
        let windows = try run(pairs, beside: streams, on: units, in: context, into: &recorder)
        for pair in pairs { try pair.check() }
        return windows
    }

    /// A stream of more threads than two.
    typealias CrowdedSetting = (name: String, pair: any RingPair, use: RingUse)

    private static func run(
        _ first: [Stream], beside streams: [CrowdedSetting], on units: [Int],
        in context: ForkContext, into recorder: inout Recorder
    ) throws -> [InterleavedMeasurement.Window] {
        let uses = streams.map { CrowdedStream.members(for: $0.use) }
        guard let members = uses.first, uses.allSatisfy({ $0 == members }) else {
            preconditionFailure("the streams of a crew have \(uses) members")
        }
        let turns = (initiator: CrewTurn(), responder: CrewTurn())
        let bodies = streams.enumerated().map { number, stream in
            CrowdedStream(
                name: stream.name, pair: stream.pair, use: stream.use, number: number,
                turns: turns)
        }
        let crew = try ThreadCrew(members, on: units, bodies: bodies)
        defer { crew.stop() }
        for body in bodies { body.join(crew) }
        let loop = InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit, window: crowdedWindow,
            leastRounds: 3, counters: context.counters)
        let all = first as [any PairedBody] + bodies as [any PairedBody]
        let windows = try run(all, by: loop, in: context)
        for body in bodies {
            if let note = try body.check() { recorder.note(note) }
        }
        return windows
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
