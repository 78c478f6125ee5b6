import Quantities
import Randomness

/// The timing loop for operations that are long enough to be timed one by one (a sync, a round
/// trip over a socket): contenders take turns of a few operations in an order drawn from the seed.
public struct OperationTiming {
    /// The operations of one turn of one contender.
    public struct Turn: Sendable {
        /// Index of the contender.
        public let contender: Int
        /// Round, from 0.
        public let round: Int
        /// Nanoseconds of each operation, in order.
        public let nanoseconds: [Double]
    }

    let clock: TickClock
    let operationsPerTurn: Int
    let leastRounds: Int

    /// A loop that gives each contender `operationsPerTurn` operations a round, and runs at least
    /// `leastRounds` rounds whatever the time.
    public init(clock: TickClock, operationsPerTurn: Int, leastRounds: Int = 10) {
        precondition(operationsPerTurn > 0, "a turn needs operations, got \(operationsPerTurn)")
        precondition(leastRounds > 0, "at least one round is needed, got \(leastRounds)")
        self.clock = clock
        self.operationsPerTurn = operationsPerTurn
        self.leastRounds = leastRounds
    }

    /// Times `bodies` in turns for `time`; a body is called with one iteration at a time.
    public func run(
        _ bodies: [any MeasuredBody], for time: Nanoseconds,
        order generator: inout Xoshiro256StarStar
    ) throws -> [Turn] {
        precondition(!bodies.isEmpty, "there is nothing to measure")
        var turns: [Turn] = []
        var round = 0
        let start = clock.begin()
        repeat {
            for index in Array(bodies.indices).shuffled(by: &generator) {
                let times = try turn(of: bodies[index])
                turns.append(Turn(contender: index, round: round, nanoseconds: times))
            }
            round += 1
        } while round < leastRounds
            || clock.nanoseconds(from: start, to: clock.end()) < time.rawValue
        return turns
    }

    private func turn(of body: any MeasuredBody) throws -> [Double] {
        var times: [Double] = []
        times.reserveCapacity(operationsPerTurn)
        for _ in 0..<operationsPerTurn {
            let start = clock.begin()
            try body.run(iterations: 1)
            times.append(clock.nanoseconds(from: start, to: clock.end()))
        }
        return times
    }
}
