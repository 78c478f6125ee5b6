import Measurement
import Quantities
import Randomness
import Testing

@testable import LoadGeneration

private let clock = TickClock(calibratingFor: .milliseconds(2))

private func spin(_ nanoseconds: Double) {
    let start = clock.begin()
    while clock.nanoseconds(from: start, to: clock.end()) < nanoseconds {}
}

/// Serves in `service` nanoseconds, and one request in `stall` of them.
private struct Server: RequestTarget {
    var service = 0.0
    var stall = 0.0
    var stalledRequest = -1
    var served: [Request] = []

    mutating func serve(_ request: Request) {
        served.append(request)
        spin(request.index == stalledRequest ? stall : service)
    }
}

private struct Failing: RequestTarget {
    struct Broken: Error {}
    func serve(_ request: Request) throws { if request.index == 3 { throw Broken() } }
}

private func openLoop(
    _ pattern: ArrivalPattern = .constant, rate: Double, for time: Nanoseconds,
    tolerance: Nanoseconds? = nil
) -> OpenLoop {
    OpenLoop(
        ArrivalSchedule(pattern, rate: rate, seed: Seed(4)), for: time, clock: clock,
        tolerance: tolerance)
}

private func above(_ limit: Nanoseconds, in distribution: LatencyDistribution) -> UInt64 {
    distribution.buckets.filter { Double($0.picoseconds) > limit.rawValue * 1000 }
        .reduce(0) { $0 + $1.count }
}

@Suite(.serialized) struct OpenLoopTests {
    @Test(arguments: [ArrivalPattern.constant, .poisson, .burst(size: 16, .constant)])
    func `every request of the schedule is sent once, in order, or counted`(
        pattern: ArrivalPattern
    ) throws {
        let loop = openLoop(pattern, rate: 20_000, for: .milliseconds(20))
        var server = Server()
        let result = try loop.run(&server, .uniform)
        #expect(server.served.map(\.index) == Array(0..<result.sent))
        #expect(result.sent + result.unsent == loop.schedule.count(until: loop.duration))
        for distribution in [
            result.response, result.service, result.lateness, result.ownLateness,
        ] {
            #expect(distribution.count == UInt64(result.sent))
        }
        #expect(result.ownMissed <= result.missed && result.missed <= result.sent)
        #expect(result.greatestOwnLateness <= result.greatestLateness)
        #expect(result.meanLateness <= result.greatestLateness)
    }

    @Test func `a stall counts against all that it delayed, in the open loop alone`() throws {
        // 200 requests are meant to start during the stall, which begins early: a busy machine may
        // take much of the rest.
        var server = Server(stall: 40e6, stalledRequest: 2)
        let open = try openLoop(rate: 5000, for: .milliseconds(300)).run(&server, .uniform)
        var other = Server(stall: 40e6, stalledRequest: 2)
        let closed = try ClosedLoop(
            for: .milliseconds(300), thinkTime: .microseconds(200), clock: clock
        ).run(&other, .uniform)
        // A machine that is busy for the whole of the rest leaves some of them unsent.
        #expect(Int(above(.milliseconds(20), in: open.response)) >= min(95, open.sent - 8))
        #expect(above(.milliseconds(35), in: closed.service) >= 1 || closed.sent < 3)
        // The same server; what delays the rest on a busy machine stays well below half of that.
        #expect(above(.milliseconds(20), in: open.service) < 20)
        #expect(above(.milliseconds(20), in: closed.service) < 20)
        // The wait is the target's doing.
        #expect(open.missed >= min(190, open.sent - 10))
        #expect(open.greatestLateness >= .milliseconds(39) || open.sent < 5)
        #expect(closed.note.hasPrefix("closed loop: "))
    }

    @Test func `an unreachable rate ends in a doubt that names both rates`() throws {
        var server = Server(service: 200_000)
        let loop = openLoop(rate: 1e6, for: .milliseconds(60))
        let result = try loop.run(&server, .uniform)
        #expect(!result.keptUp)
        #expect(result.sent <= 300 && result.sent + result.unsent == 60_000)
        let doubt = try #require(result.doubts.first)
        #expect(doubt.hasPrefix("asked for 1000000 requests/s, achieved "), "\(doubt)")
        #expect(doubt.hasSuffix(": a backlog was left at the end"))
        // The generator waited for the target, and not the other way about.
        let own = result.ownLateness.nanoseconds(atPercentile: 50)
        let all = result.lateness.nanoseconds(atPercentile: 50)
        #expect(own ?? 0 < (all ?? 0) / 4 || result.sent < 10)
        #expect(
            LatencyObjective(percentile: 50, atMost: .seconds(100)).verdict(on: result) == .missed)
    }

    @Test func `a schedule that the generator cannot keep is its own doing`() throws {
        var target = NullTarget()
        let result = try openLoop(rate: 1e9, for: .milliseconds(50)).run(&target, .uniform)
        #expect(!result.keptUp)
        // It takes some requests to be late by more than the tolerance.
        guard result.sent > 1000 else { return }
        #expect(Double(result.ownMissed) > 0.9 * Double(result.missed))
        #expect(result.doubts.contains { $0.hasPrefix("the generator itself was late ") })
    }

    @Test func `a rate that is kept has no doubt, within a generous tolerance`() throws {
        var target = NullTarget()
        let result = try openLoop(
            rate: 1000, for: .milliseconds(50), tolerance: .milliseconds(100)
        ).run(&target, .uniform)
        #expect(result.missed == 0)
        #expect(result.doubts.isEmpty || result.unsent > 2, "\(result.doubts)")
    }

    @Test func `sleeping instead of spinning starts nothing early`() throws {
        let loop = OpenLoop(
            ArrivalSchedule(.constant, rate: 200, seed: Seed(1)), for: .milliseconds(30),
            clock: clock, waiting: .sleep(margin: .microseconds(500)))
        var server = Server()
        let result = try loop.run(&server, .uniform)
        #expect(result.sent + result.unsent == 6)
        #expect(server.served.count == result.sent)
    }

    @Test func `the tolerance is a twentieth of the interval, and a microsecond at least`() {
        #expect(openLoop(rate: 10_000, for: .seconds(1)).tolerance == .microseconds(5))
        #expect(openLoop(rate: 1e6, for: .seconds(1)).tolerance == .microseconds(1))
    }

    @Test func `a target's error ends either loop`() {
        var target = Failing()
        #expect(throws: Failing.Broken.self) {
            try openLoop(rate: 1e5, for: .seconds(10)).run(&target, .uniform)
        }
        #expect(throws: Failing.Broken.self) {
            try ClosedLoop(for: .seconds(10), clock: clock).run(&target, .uniform)
        }
    }

    @Test func `requests carry keys and sizes of their distributions, by the seed`() throws {
        func requests(_ seed: UInt64) throws -> [Request] {
            var stream = RequestStream(
                keys: KeyDistribution(.zipf(exponent: 1), count: 100), sizes: .uniform(1...9),
                seed: Seed(seed))
            return (0..<50).map { _ in stream.next() }
        }
        let found = try requests(1)
        #expect(try found == requests(1) && found != requests(2))
        #expect(found.map(\.index) == Array(0..<50))
        #expect(found.allSatisfy { $0.key < 100 && (1...9).contains($0.size) })
    }

    @Test func `the ceiling doubts what is above half of it`() throws {
        let ceiling = GeneratorCeiling(.constant, rate: 1000)
        #expect(ceiling.doubt(at: 500) == nil)
        #expect(
            ceiling.doubt(at: 501)
                == "501 requests/s are above half of what the generator itself reaches (1000)")
        let measured = try GeneratorCeiling(
            measuring: .poisson, for: .milliseconds(5), clock: clock, seed: Seed(1))
        // One request in the 5 ms is the least that is said.
        #expect(measured.rate >= 200)
    }
}
