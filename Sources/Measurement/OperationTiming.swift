import Counters
import Quantities
import Randomness

/// Something whose operations are long enough to be timed one by one, taken in turns.
public protocol TimedTurns: AnyObject {
    /// Performs `operations` operations and gives the nanoseconds of each, in order; a contender
    /// that can only be timed as a whole gives one value, the mean.
    func turn(operations: Int, clock: TickClock) throws -> [Double]

    /// How many operations a turn that is asked for `operations` performs.
    func performed(of operations: Int) -> Int
}

extension TimedTurns {
    /// All that are asked for.
    public func performed(of operations: Int) -> Int { operations }
}

/// Turns of a body, each operation timed by the clock of the loop.
public final class SingleOperations<Body: MeasuredBody>: TimedTurns {
    private let body: Body

    /// Turns of `body`.
    public init(_ body: Body) { self.body = body }

    /// Performs and times `operations` operations.
    public func turn(operations: Int, clock: TickClock) throws -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(operations)
        for _ in 0..<operations {
            let start = clock.begin()
            try body.run(iterations: 1)
            times.append(clock.nanoseconds(from: start, to: clock.end()))
        }
        return times
    }
}

/// The timing loop for operations that are long enough to be timed one by one (a sync, a round
/// trip over a socket): contenders take turns of a few operations in an order drawn from the seed.
public struct OperationTiming {
    /// The operations of one turn of one contender.
    public struct Turn: Sendable {
        /// Index of the contender.
        public let contender: Int
        /// Round, from 0.
        public let round: Int
        /// Nanoseconds of each operation, in order, or the mean of all of them.
        public let nanoseconds: [Double]
        /// What was counted during the turn.
        public let counted: CountedWindow

        /// Mean time of an operation.
        public var mean: Double { nanoseconds.reduce(0, +) / Double(nanoseconds.count) }
    }

    let clock: TickClock
    let operationsPerTurn: Int
    let leastRounds: Int
    let counters: ThreadCounters?
    let processes: ProcessTurns?

    /// A loop that gives each contender `operationsPerTurn` operations a round, and runs at least
    /// `leastRounds` rounds whatever the time; `counters` are read around each turn.
    ///
    /// - Parameter processes: the turns that this process takes with another, handed over after every
    ///   round; for operations that wait for no device, whose state would be the other's as well.
    public init(
        clock: TickClock, operationsPerTurn: Int, leastRounds: Int = 3,
        counters: ThreadCounters? = nil, processes: ProcessTurns? = nil
    ) {
        precondition(operationsPerTurn > 0, "a turn needs operations, got \(operationsPerTurn)")
        precondition(leastRounds > 0, "at least one round is needed, got \(leastRounds)")
        self.clock = clock
        self.operationsPerTurn = operationsPerTurn
        self.leastRounds = leastRounds
        self.counters = counters
        self.processes = processes
    }

    /// Times the contenders in turns for `time`.
    public func run(
        _ contenders: [any TimedTurns], for time: Nanoseconds,
        order generator: inout Xoshiro256StarStar
    ) throws -> [Turn] {
        precondition(!contenders.isEmpty, "there is nothing to measure")
        var turns: [Turn] = []
        var round = 0
        let watch = MeasuringTime(clock, processes)
        repeat {
            for index in Array(contenders.indices).shuffled(by: &generator) {
                let contender = contenders[index]
                let mark = counters?.mark(turn: round)
                let times = try contender.turn(operations: operationsPerTurn, clock: clock)
                let counts = mark.flatMap { counters?.counts(since: $0) } ?? []
                turns.append(
                    Turn(
                        contender: index, round: round, nanoseconds: times,
                        counted: CountedWindow(
                            operations: contender.performed(of: operationsPerTurn), counts: counts)
                    ))
            }
            round += 1
            processes?.pass()
        } while round < leastRounds || watch.nanoseconds < time.rawValue
        return turns
    }
}
