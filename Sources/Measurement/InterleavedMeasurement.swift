import Counters
import Hardware
import Quantities
import Randomness

/// The one timing loop: contenders take turns in rounds, each window timed as a whole.
///
/// In each round every contender runs one window, in an order drawn from the seed, so that drift
/// of the machine meets all of them alike (A B B A …). Around every window of a paired body the
/// floor between the two cores is probed. Windows are long enough that the clock's cost is under
/// a fiftieth of a percent of them; samples are nanoseconds per operation.
public struct InterleavedMeasurement {
    /// One timed window.
    public struct Window: Sendable {
        /// Index of the contender.
        public let contender: Int
        /// Round in which it ran, from 0.
        public let round: Int
        /// Nanoseconds per operation.
        public let nanosecondsPerOperation: Double
        /// Operations in the window.
        public let operations: Int
        /// The floor between the cores just before, for paired bodies.
        public let floorBefore: FloorReading?
        /// The floor between the cores just after.
        public let floorAfter: FloorReading?
        /// Whether the threads were found on their processing units at both ends.
        public let stayed: Bool
        /// What was counted in the window, on both threads.
        public var counts: [CounterReading] = []

        /// What was counted, over the window's operations.
        public var counted: CountedWindow { CountedWindow(operations: operations, counts: counts) }

        /// The placement that both probes agree on, `moved` when they do not, `nil` when the body
        /// is not paired.
        public var placement: Placement? {
            guard let floorBefore, let floorAfter else { return nil }
            return Placement(before: floorBefore, after: floorAfter)
        }

        /// Mean of the one-way floors on either side, in nanoseconds.
        public var floor: Double? {
            guard let floorBefore, let floorAfter else { return nil }
            return (floorBefore.oneWay + floorAfter.oneWay) / 2
        }
    }

    let clock: TickClock
    let processingUnit: Int
    let window: Nanoseconds
    let leastRounds: Int
    let counters: ThreadCounters?
    let turns: ProcessTurns?

    /// A loop on the calling thread, which must be bound to `processingUnit`.
    ///
    /// - Parameters:
    ///   - window: what a window aims at; longer windows average more, shorter ones are less
    ///     likely to see the cores move.
    ///   - leastRounds: rounds that are run whatever the time.
    ///   - counters: the calling thread's, read around every window, outside its time.
    ///   - turns: those that this process takes with another, handed over after every round.
    public init(
        clock: TickClock, processingUnit: Int, window: Nanoseconds = .milliseconds(2),
        leastRounds: Int = 10, counters: ThreadCounters? = nil, turns: ProcessTurns? = nil
    ) {
        precondition(window.rawValue > 0, "a window of \(window) cannot be timed")
        precondition(leastRounds > 0, "at least one round is needed, got \(leastRounds)")
        self.clock = clock
        self.processingUnit = processingUnit
        self.window = window
        self.leastRounds = leastRounds
        self.counters = counters
        self.turns = turns
    }

    /// Measures `bodies` in turns for `time`.
    public func run(
        _ bodies: [any MeasuredBody], for time: Nanoseconds,
        order generator: inout Xoshiro256StarStar
    ) throws -> [Window] {
        let runners = bodies.map { body in { (n: Int) in try self.time(body, iterations: n) } }
        let handOver = { [turns] in if let turns { turns.pass() } }
        return try rounds(runners, for: time, order: &generator, handOver) { runner, turn in
            let before = ThreadBinding.currentPU()
            let mark = counters?.mark(turn: turn.round)
            let elapsed = try runner(turn.operations)
            let counts = mark.flatMap { counters?.counts(since: $0) } ?? []
            let stayed = before == processingUnit && ThreadBinding.currentPU() == processingUnit
            return Timed(elapsed: elapsed, stayed: stayed, counts: counts)
        }
    }

    /// Measures paired `bodies` in turns for `time`, with `partner` on the other core and a floor
    /// probe on either side of each window. The last two bodies that the partner knows must be
    /// `probe`'s.
    public func run(
        paired bodies: [any PairedBody], with partner: PartnerThread, probe: FloorProbe,
        for time: Nanoseconds, order generator: inout Xoshiro256StarStar
    ) throws -> [Window] {
        let runners = bodies.enumerated().map { index, body in
            { (n: Int) in try self.time(body, number: index, iterations: n, with: partner).elapsed }
        }
        let handOver = { [turns] in
            if let turns, !turns.isAlone { partner.resting { turns.pass() } }
        }
        return try rounds(runners, for: time, order: &generator, handOver) { _, turn in
            let before = try probe.read(with: partner, clock: clock)
            let here = ThreadBinding.currentPU()
            partner.beginCounting(turn: turn.round)
            let mark = counters?.mark(turn: turn.round)
            let (elapsed, partnerStayed) = try self.time(
                bodies[turn.contender], number: turn.contender, iterations: turn.operations,
                with: partner)
            let own = mark.flatMap { counters?.counts(since: $0) } ?? []
            let counts = own + partner.endCounting()
            let stayed =
                partnerStayed && here == processingUnit
                && ThreadBinding.currentPU() == processingUnit
            let after = try probe.read(with: partner, clock: clock)
            return Timed(
                elapsed: elapsed, before: before, after: after, stayed: stayed, counts: counts)
        }
    }

    private typealias Runner = (Int) throws -> Double

    /// What a window is to be.
    private struct Turn {
        let contender: Int
        let round: Int
        let operations: Int
    }

    /// What a window came to.
    private struct Timed {
        let elapsed: Double
        var before: FloorReading?
        var after: FloorReading?
        let stayed: Bool
        let counts: [CounterReading]
    }

    private func rounds(
        _ runners: [Runner], for time: Nanoseconds, order generator: inout Xoshiro256StarStar,
        _ handOver: () -> Void, window measure: (Runner, Turn) throws -> Timed
    ) throws -> [Window] {
        precondition(!runners.isEmpty, "there is nothing to measure")
        let operations = try runners.map { try calibrate($0) }
        var windows: [Window] = []
        var round = 0
        let watch = MeasuringTime(clock, turns)
        repeat {
            for index in Array(runners.indices).shuffled(by: &generator) {
                let turn = Turn(contender: index, round: round, operations: operations[index])
                let timed = try measure(runners[index], turn)
                windows.append(
                    Window(
                        contender: index, round: round,
                        nanosecondsPerOperation: timed.elapsed / Double(operations[index]),
                        operations: operations[index], floorBefore: timed.before,
                        floorAfter: timed.after, stayed: timed.stayed, counts: timed.counts))
            }
            round += 1
            handOver()
        } while round < leastRounds || watch.nanoseconds < time.rawValue
        return windows
    }

    /// How many operations fill a window of `runner`. These runs are the first warm-up; they are
    /// not samples.
    private func calibrate(_ runner: Runner) throws -> Int {
        // A window of 5000 clock costs keeps the clock's share under 0.02 %.
        let target = max(window.rawValue, clock.calibration.regionCost * 5000)
        return try Self.operations(filling: target, with: runner)
    }

    /// How many operations of `run`, which gives the nanoseconds that a number of operations took,
    /// take `target` nanoseconds to within a factor of two.
    ///
    /// Doubled until one run takes a tenth of the target, then scaled by the shortest of three runs
    /// until that fits: a single preemption must not settle the windows of the whole fork. Given
    /// up after eight scalings, and for bodies whose time does not follow the number.
    static func operations(
        filling target: Double, with run: (Int) throws -> Double
    ) rethrows -> Int {
        func scaled(_ operations: Int, _ elapsed: Double) -> Int {
            let wanted = (Double(operations) * target / elapsed).rounded()
            return Int(min(max(1, wanted), Double(mostOperations)))
        }
        var operations = 1
        var elapsed = try run(operations)
        while elapsed < target / 10, operations < mostOperations {
            operations *= 2
            elapsed = try run(operations)
        }
        var next = scaled(operations, elapsed)
        var tries = 0
        repeat {
            operations = next
            elapsed = min(try run(operations), try run(operations), try run(operations))
            next = scaled(operations, elapsed)
            tries += 1
        } while !(target / 2...target * 2).contains(elapsed) && next != operations && tries < 8
        return operations
    }

    /// More operations than any window is given: a body that does nothing never fills one.
    private static let mostOperations = 1 << 40

    private func time(_ body: any MeasuredBody, iterations: Int) throws -> Double {
        let start = clock.begin()
        try body.run(iterations: iterations)
        return clock.nanoseconds(from: start, to: clock.end())
    }

    private func time(
        _ body: any PairedBody, number: Int, iterations: Int, with partner: PartnerThread
    ) throws -> (elapsed: Double, partnerStayed: Bool) {
        partner.start(body: number, iterations: iterations)
        let start = clock.begin()
        try body.initiate(iterations: iterations)
        // The window ends when both sides are done: what is still in flight counts.
        let stayed = partner.finish()
        return (clock.nanoseconds(from: start, to: clock.end()), stayed)
    }
}

/// Probes the floor between the measuring thread and its partner.
public struct FloorProbe {
    private let load = CacheLinePingPong(.load)
    private let exchange = CacheLinePingPong(.exchange)
    private let firstBody: Int
    private let roundTrips: Int

    /// A probe of `roundTrips` round trips each way of polling, whose bodies are registered with
    /// the partner from number `firstBody` on.
    public init(firstBody: Int, roundTrips: Int = 1000) {
        precondition(roundTrips > 0, "a probe needs round trips, got \(roundTrips)")
        self.firstBody = firstBody
        self.roundTrips = roundTrips
    }

    /// The bodies to register with the partner, in order.
    public var bodies: [any PairedBody] { [load, exchange] }

    /// Takes a reading.
    public func read(with partner: PartnerThread, clock: TickClock) throws -> FloorReading {
        FloorReading(
            loadRoundTrip: try time(load, number: firstBody, partner, clock),
            exchangeRoundTrip: try time(exchange, number: firstBody + 1, partner, clock))
    }

    private func time(
        _ body: CacheLinePingPong, number: Int, _ partner: PartnerThread, _ clock: TickClock
    ) throws -> Double {
        partner.start(body: number, iterations: roundTrips + 32)
        // The first round trips fetch the lines and wait for the partner to arrive.
        body.initiate(iterations: 32)
        let start = clock.begin()
        body.initiate(iterations: roundTrips)
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        _ = partner.finish()
        return elapsed / Double(roundTrips)
    }
}
