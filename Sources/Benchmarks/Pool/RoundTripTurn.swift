import Glibc
import Hardware
import Measurement
import SharedNothing

/// Round trips to one other thread, which is there for the turn: a worker of a pool, or what wakes up
/// in its place.
struct RoundTripTurn {
    /// Median over the turn, in nanoseconds.
    let latency: Double
    /// Of a pool, the same by a key, and of pings.
    var byKey: Double?
    var ping: Double?
    /// Single round trips, in nanoseconds.
    let singles: [Double]
    /// The number of its round.
    var round = 0
    /// Those on either side.
    var floors: [FloorReading] = []

    /// Where the two cores were.
    var placement: Placement { Placement(before: floors[0], after: floors[1]) }

    /// There and back, as the two readings have it.
    var floor: Double { floors[0].oneWay + floors[1].oneWay }

    /// A pool of one worker.
    static func pool(
        _ wait: String, in context: ForkContext
    ) throws -> WorkerPool<SummingWorker> {
        try WorkerPool(
            SummingWorker(),
            BenchmarkPool.configuration(
                workers: 1, capacity: context.integer("capacity"), wait: wait, in: context))
    }

    /// Makes the round trips of a turn of a contender.
    init(by name: String, in context: ForkContext) throws {
        if let requester = FutexTrip.Requester(rawValue: name) {
            self = try Self.ofWords(requester, in: context)
        } else {
            self = try Self.ofPool(name, in: context)
        }
    }

    init(latency: Double, byKey: Double? = nil, ping: Double? = nil, singles: [Double]) {
        self.latency = latency
        self.byKey = byKey
        self.ping = ping
        self.singles = singles
    }

    private static func ofWords(
        _ requester: FutexTrip.Requester, in context: ForkContext
    ) throws -> RoundTripTurn {
        let trip = try FutexTrip(requester, on: context.request.processingUnits[1])
        let timing = RoundTripTiming(in: context)
        for _ in 0..<RoundTripTiming.cold { trip.ask() }
        let means = timing.rounds.map { _ in timing.time(timing.batch) { trip.ask() } }
        let singles = timing.singles(means) { trip.ask() }
        trip.end()
        return RoundTripTurn(latency: means.middle, singles: singles)
    }

    /// Requests to a worker that waits as `wait` says.
    private static func ofPool(_ wait: String, in context: ForkContext) throws -> RoundTripTurn {
        let pool = try pool(wait, in: context)
        let timing = RoundTripTiming(in: context)
        let patience = BenchmarkPool.patience
        var sender = pool.makeSender()
        for _ in 0..<RoundTripTiming.cold {
            _ = try sender.request(1, to: 0, timeout: patience)
        }
        var means: [Double] = []
        var keyed: [Double] = []
        for number in timing.rounds {
            means.append(
                try timing.time(timing.batch) {
                    _ = try sender.request(1, to: 0, timeout: patience)
                })
            keyed.append(
                try timing.time(timing.batch) {
                    _ = try sender.request(1, key: number, timeout: patience)
                })
        }
        let singles = try timing.singles(means) {
            _ = try sender.request(1, to: 0, timeout: patience)
        }
        var pings: [Double] = []
        for _ in 0..<20 { pings.append(try pool.ping(0, timeout: patience) / .nanoseconds(1)) }
        try pool.stop(within: patience)
        return RoundTripTurn(
            latency: means.middle, byKey: keyed.middle, ping: pings.middle, singles: singles)
    }
}

/// How the round trips of a turn are timed: single ones with a gap before each; without one in batches,
/// beside which the clock's cost is nothing.
private struct RoundTripTiming {
    private let clock: TickClock
    private let gap: UInt32
    let rounds: Range<Int>
    let batch: Int

    /// The first ones find caches that are cold.
    static let cold = 50

    init(in context: ForkContext) {
        clock = context.clock
        gap = UInt32(context.integer("gap"))
        (rounds, batch) = gap > 0 ? (0..<40, 1) : (0..<4, 64)
    }

    /// Mean time of `count` round trips after the gap, in nanoseconds.
    func time(_ count: Int, _ trip: () throws -> Void) rethrows -> Double {
        if gap > 0 { usleep(gap) }
        let begin = clock.begin()
        for _ in 0..<count { try trip() }
        return clock.nanoseconds(from: begin, to: clock.end()) / Double(count)
    }

    /// Times of single round trips: those that were taken where batches are of one.
    func singles(_ taken: [Double], _ trip: () throws -> Void) rethrows -> [Double] {
        if batch == 1 { return taken }
        return try (0..<250).map { _ in try time(1, trip) }
    }
}

extension [Double] {
    /// The median; the upper one of two.
    fileprivate var middle: Double { sorted()[count / 2] }
}
