import Hardware
import Measurement
import Quantities
import Randomness
import Statistics
import Synchronization

/// What handing a cache line over costs between every two processing units.
///
/// The pairs take turns in rounds, in an order drawn from the seed. In each turn both sides run on
/// fresh threads that are bound to their units, take a first reading that is kept as warm-up, and
/// then the one that counts; who begins changes from round to round. A reading is `FloorProbe`'s:
/// the faster of two ways to wait for the line, so it is the same floor that channels are held
/// against.
enum CoreToCore: Benchmark {
    static let description = BenchmarkDescription(
        name: "machine.core-to-core",
        summary: "one-way hand-over of a cache line between every two processing units: half the "
            + "round trip of a ping-pong between two pinned threads",
        parameters: [
            ParameterSpecification(
                "processing-units",
                "at most so many processing units, whole cores evenly spaced where there are "
                    + "more; all pairs of them are measured", .integer(2...1024), default: "64")
        ],
        distinctions: ["from", "relation", "to"],
        metrics: [
            MetricSpecification(
                "transfer", .nanoseconds, .lower, .sampled,
                "half a round trip of a cache line, by the faster of two ways to wait for it: "
                    + "polling with loads, and by exchange"),
            MetricSpecification(
                "transfer-spread", .ratio, .lower, .sampled,
                "the slowest pair over the fastest, by the medians of their readings, where there "
                    + "are two pairs or more: near 1 where all units are alike"),
        ],
        // Every unit in turn, each by a thread of its own; the thread that waits for them is bound
        // nowhere.
        processingUnits: 0,
        floor: "none: it is the floor of everything that two threads hand each other",
        // The threads of a turn start, are bound and end within what is measured.
        isBlocking: true, isTimed: true)

    /// The least rounds, and those that there is to be time for.
    private static let leastRounds = 3
    private static let wantedRounds = 10

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let machine = try Machine.detect(
            Machine.DetectionOptions(measuredDirectory: context.request.directory.path))
        let selection = UnitSelection(
            among: try ThreadBinding.allowedPUs(),
            cores: machine.topology.cores.value?.map(\.pus) ?? [],
            most: context.integer("processing-units"))
        if let note = selection.note { recorder.note(note) }
        guard selection.units.count > 1 else {
            recorder.note("no pairs: this process may use one processing unit only")
            return
        }
        var pairs = selection.pairs.map { pair in
            PairReadings(
                from: pair.from, to: pair.to,
                relation: machine.topology.relation(pair.from, pair.to))
        }
        try run(&pairs, in: context)
        let parameters = recorder.figureParameters(without: ["processing-units"])
        for pair in pairs { pair.record(parameters, into: &recorder) }
        if let spread = spread(of: pairs.map(\.samples)) {
            recorder.record("transfer-spread", parameters, samples: [spread])
        } else {
            recorder.note("no transfer-spread: a single pair has nothing to differ from")
        }
    }

    /// The largest of the pairs' medians over the smallest; `nil` for fewer than two pairs.
    ///
    /// Of medians: the extremes of single readings would be those of their noise, and grow with the
    /// number of pairs.
    static func spread(of readings: [[Double]]) -> Double? {
        let medians = readings.map { Quantile.median(of: $0) }
        guard medians.count > 1, let least = medians.min(), let most = medians.max() else {
            return nil
        }
        return most / least
    }

    /// Measures all pairs round by round.
    private static func run(_ pairs: inout [PairReadings], in context: ForkContext) throws {
        let roundTrips = roundTrips(in: context.time.rawValue, pairs: pairs.count)
        var order = context.generator(for: "order")
        let start = TickClock.monotonicRaw()
        var round = 0
        repeat {
            for index in Array(pairs.indices).shuffled(by: &order) {
                let (from, to) = (pairs[index].from, pairs[index].to)
                let turn = PairTurn(
                    initiator: round % 2 == 0 ? from : to, responder: round % 2 == 0 ? to : from,
                    roundTrips: roundTrips, clock: context.clock)
                pairs[index].add(try turn.run())
            }
            round += 1
        } while round < leastRounds
            || Double(TickClock.monotonicRaw() - start) < context.time.rawValue
    }

    /// Round trips of a reading, so that the wanted rounds fit into the time at about 150 ns for
    /// each; a turn has two readings of two ways to wait.
    static func roundTrips(in nanoseconds: Double, pairs: Int) -> Int {
        let turn = nanoseconds / Double(pairs * wantedRounds)
        return Int(min(max(turn / 4 / 150, 250), 10_000))
    }
}

/// What was read of one pair.
private struct PairReadings {
    let from: Int
    let to: Int
    let relation: Topology.Relation?
    private var warmup: [Double] = []
    private(set) var samples: [Double] = []
    private var placements: [Placement] = []
    private var hasStrayed = false

    init(from: Int, to: Int, relation: Topology.Relation?) {
        self.from = from
        self.to = to
        self.relation = relation
    }

    /// Adds a turn.
    mutating func add(_ turn: PairTurn.Result) {
        warmup.append(turn.warmup.oneWay)
        samples.append(turn.reading.oneWay)
        if !placements.contains(turn.reading.placement) {
            placements.append(turn.reading.placement)
        }
        if !turn.stayed { hasStrayed = true }
    }

    func record(_ parameters: ParameterSet, into recorder: inout Recorder) {
        var doubts: [String] = []
        if placements.count > 1 {
            doubts.append("the host moved the units while they were measured")
        }
        if hasStrayed { doubts.append("a thread left its processing unit") }
        var parameters = parameters.with("from", "\(from)").with("to", "\(to)")
        if let relation { parameters = parameters.with("relation", relation.rawValue) }
        recorder.record(
            "transfer", parameters, samples: samples, warmup: warmup, doubts: doubts)
    }
}

/// One turn of a pair: two threads, bound to their units, that hand a line back and forth.
struct PairTurn: Sendable {
    /// What a turn found.
    struct Result: Sendable {
        let warmup: FloorReading
        let reading: FloorReading
        /// Whether the initiating thread was found on its unit at both ends.
        let stayed: Bool
    }

    /// The unit of the thread that is timed.
    let initiator: Int
    /// The unit of its partner.
    let responder: Int
    /// Round trips of a reading.
    let roundTrips: Int
    let clock: TickClock

    /// Starts the threads, measures, and waits until both are done.
    func run() throws -> Result {
        let slot = Slot()
        try PinnedThread(pu: initiator, name: "initiator") {
            slot.fill(Swift.Result { try measure() })
        }.join()
        return try slot.value.get()
    }

    private func measure() throws -> Result {
        let probe = FloorProbe(firstBody: 0, roundTrips: roundTrips)
        let partner = try PartnerThread(on: responder, bodies: probe.bodies)
        defer { partner.stop() }
        let before = ThreadBinding.currentPU()
        let warmup = try probe.read(with: partner, clock: clock)
        let reading = try probe.read(with: partner, clock: clock)
        return Result(
            warmup: warmup, reading: reading,
            stayed: before == initiator && ThreadBinding.currentPU() == initiator)
    }

    /// Carries the outcome from the initiating thread to the one that waits for it.
    private final class Slot: Sendable {
        private let outcome = Mutex<Swift.Result<Result, any Error>?>(nil)

        func fill(_ result: Swift.Result<Result, any Error>) {
            outcome.withLock { $0 = result }
        }

        /// To be asked for once the thread is joined.
        var value: Swift.Result<Result, any Error> {
            guard let found = outcome.withLock({ $0 }) else {
                preconditionFailure("the initiating thread ended without an outcome")
            }
            return found
        }
    }
}
