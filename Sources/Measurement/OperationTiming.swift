import Quantities
import Randomness

/// Something whose operations are long enough to be timed one by one, taken in turns.
public protocol TimedTurns: AnyObject {
    /// Performs `operations` operations and gives the nanoseconds of each, in order; a contender
    /// that can only be timed as a whole gives one value, the mean.
    func turn(operations: Int, clock: TickClock) throws -> [Double]
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

        /// Mean time of an operation.
        public var mean: Double { nanoseconds.reduce(0, +) / Double(nanoseconds.count) }
    }

    let clock: TickClock
    let operationsPerTurn: Int
    let leastRounds: Int

    /// A loop that gives each contender `operationsPerTurn` operations a round, and runs at least
    /// `leastRounds` rounds whatever the time.
    public init(clock: TickClock, operationsPerTurn: Int, leastRounds: Int = 3) {
        precondition(operationsPerTurn > 0, "a turn needs operations, got \(operationsPerTurn)")
        precondition(leastRounds > 0, "at least one round is needed, got \(leastRounds)")
        self.clock = clock
        self.operationsPerTurn = operationsPerTurn
        self.leastRounds = leastRounds
    }

    /// Times the contenders in turns for `time`.
    public func run(
        _ contenders: [any TimedTurns], for time: Nanoseconds,
        order generator: inout Xoshiro256StarStar
    ) throws -> [Turn] {
        precondition(!contenders.isEmpty, "there is nothing to measure")
        var turns: [Turn] = []
        var round = 0
        let start = clock.begin()
        repeat {
            for index in Array(contenders.indices).shuffled(by: &generator) {
                let times = try contenders[index].turn(
                    operations: operationsPerTurn, clock: clock)
                turns.append(Turn(contender: index, round: round, nanoseconds: times))
            }
            round += 1
        } while round < leastRounds
            || clock.nanoseconds(from: start, to: clock.end()) < time.rawValue
        return turns
    }
}
