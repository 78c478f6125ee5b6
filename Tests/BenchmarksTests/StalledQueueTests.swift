import LoadGeneration
import Measurement
import Quantities
import Randomness
import Testing

@testable import Benchmarks

@Suite struct StalledQueueTests {
    private func queue(
        rate: Double, time: Double, stall: Double, service: Double = 1e-6
    ) -> StalledQueue {
        StalledQueue(
            rate: rate, time: .seconds(time), stall: .seconds(stall), service: .seconds(service))
    }

    private func milliseconds(_ queue: StalledQueue, _ percentile: Double) -> Double {
        (queue.response(atPercentile: percentile)?.rawValue ?? .nan) / 1e6
    }

    @Test func `10 000 a second over a stop of 100 ms, in 10 s`() {
        let queue = queue(rate: 10_000, time: 10, stall: 0.1)
        #expect(queue.requests == 100_000)
        // 1000 and, since each takes 1 us of the backlog's time itself, 1 in 100 more.
        #expect(queue.delayed == 1011)
        #expect(abs(milliseconds(queue, 99.5) - 50.5) < 0.1)
        #expect(abs(milliseconds(queue, 99.9) - 90.1) < 0.1)
        #expect(abs(milliseconds(queue, 100) - 100.001) < 1e-9)
        #expect(milliseconds(queue, 98) == 0.001)
        #expect(abs((queue.slower(than: .milliseconds(50)) ?? 0) - 505) <= 1)
    }

    @Test func `1000 a second over a stop of 200 ms, in 10 s`() {
        let queue = queue(rate: 1000, time: 10, stall: 0.2)
        #expect(queue.delayed == 201)
        #expect(abs(milliseconds(queue, 99) - 100.1) < 0.5)
        #expect(abs(milliseconds(queue, 99.9) - 190) < 0.5)
    }

    @Test func `the formula is what serving the requests one by one gives`() {
        for (rate, time, stall, service) in [
            (10_000.0, 10.0, 0.1, 1e-6), (1000, 10, 0.2, 5e-4), (500, 3, 0.3, 1e-3),
            (777, 2.5, 0.1, 2e-4), (20_000, 1, 0.05, 2e-5),
        ] {
            let queue = queue(rate: rate, time: time, stall: stall, service: service)
            var done = 0.0
            var hasStalled = false
            var responses: [Double] = []
            for index in 0..<queue.requests {
                let intended = Double(index) / rate
                let start = max(done, intended)
                let isStalled = !hasStalled && start >= time / 2
                hasStalled = hasStalled || isStalled
                done = start + service + (isStalled ? stall : 0)
                responses.append((done - intended) * 1e9)
            }
            responses.sort()
            // Half an interval of luck in where halfway lies, and the formula's own rounding.
            for percentile in [50, 90, 95, 98, 99, 99.5, 99.9, 100] {
                let rank = max(
                    1, Int((percentile / 100 * Double(queue.requests) - 1e-6).rounded(.up)))
                let exact = responses[rank - 1]
                let found = queue.response(atPercentile: percentile)?.rawValue ?? .nan
                #expect(
                    abs(found - exact) <= 1e9 / rate,
                    "\(rate)/s, p\(percentile): \(found), \(exact)")
            }
            let limit = stall * 1e9 / 2
            let slower = queue.slower(than: Nanoseconds(limit)) ?? 0
            #expect(abs(slower - responses.count { $0 > limit }) <= 1)
        }
    }

    @Test func `a backlog that outlasts the run has no answer`() {
        #expect(queue(rate: 1000, time: 1, stall: 0.4, service: 9e-4).delayed == nil)
        #expect(queue(rate: 1000, time: 10, stall: 0.1, service: 1e-3).delayed == nil)
        #expect(queue(rate: 1000, time: 10, stall: 0.1, service: 2e-3).delayed == nil)
        #expect(
            queue(rate: 1000, time: 1, stall: 0.4, service: 9e-4).response(atPercentile: 99) == nil)
    }

    @Test func `expectations are recorded where the answer is known and large`() throws {
        func expected(_ queue: StalledQueue, _ pattern: ArrivalPattern = .constant) -> [KnownAnswer]
        {
            var recorder = Recorder(
                for: StallCalibration.description, parameters: ParameterSet())
            StallExpectation(queue: queue, pattern: pattern)
                .record(ParameterSet(), into: &recorder)
            return recorder.expectations
        }
        let long = expected(queue(rate: 10_000, time: 10, stall: 0.1))
        #expect(long.map(\.statistic) == ["p99.5", "p99.9", "max", "median"])
        guard case .within(let low?, let high?) = long[1].condition else {
            Issue.record("\(long[1])")
            return
        }
        // 5 % of 90.1 ms and one interval of 0.1 ms on either side.
        #expect(abs(low - 85.5e6) < 0.1e6 && abs(high - 94.7e6) < 0.1e6, "\(low) \(high)")
        let short = expected(queue(rate: 1000, time: 1, stall: 0.1))
        // A thousand requests carry p99 and no p99.9.
        #expect(short.map(\.statistic) == ["p99", "p99.5", "max", "median"])
        #expect(expected(queue(rate: 1000, time: 10, stall: 0.1, service: 2e-3)).isEmpty)
        let loose = StallExpectation(
            queue: queue(rate: 10_000, time: 10, stall: 0.1), pattern: .poisson)
        let strict = StallExpectation(
            queue: queue(rate: 10_000, time: 10, stall: 0.1), pattern: .constant)
        #expect(
            loose.tolerance(of: .milliseconds(50)) > strict.tolerance(of: .milliseconds(50)))
    }

    @Test(arguments: [0.3, 0.5, 0.7, 0.8])
    func `waits before a constant server are those of Pollaczek and Khinchine`(utilisation: Double)
    {
        let service = 20_000.0
        var schedule = ArrivalSchedule(
            .poisson, rate: utilisation * 1e9 / service, seed: Seed(12))
        var done = 0.0
        var total = 0.0
        let count = 400_000
        for _ in 0..<count {
            let intended = schedule.next()
            let start = max(done, intended)
            total += start - intended
            done = start + service
        }
        let expected = QueueTheory.meanWait(utilisation: utilisation, service: Nanoseconds(service))
        #expect(abs(total / Double(count) / expected.rawValue - 1) < 0.04)
    }

    @Test func `contradictory parameters are named in one line`() {
        #expect(
            "\(LoadProblem.tooFewRequests(rate: 5, time: .seconds(5), least: 100))"
                == "rate 5 gives 25 requests in 5 s, the time of one loop (half of the fork's); "
                + "expected 100 at least")
        #expect(
            "\(LoadProblem.stallTooLong(stall: .seconds(3), time: .seconds(5)))"
                == "stall 3 s does not end within a loop's 5 s (half of the fork's time), "
                + "halfway through which it begins; expected less than 2.5 s")
    }
}
