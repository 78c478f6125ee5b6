import Foundation
import Quantities
import Randomness
import Statistics
import Testing

@testable import LoadGeneration

@Suite struct ArrivalScheduleTests {
    private func times(
        _ pattern: ArrivalPattern, rate: Double, seed: Int = 1, count: Int
    ) -> [Double] {
        var schedule = ArrivalSchedule(pattern, rate: rate, seed: Seed(5).derived(for: seed))
        return (0..<count).map { _ in schedule.next() }
    }

    @Test func `equal gaps are multiples of the interval, however many`() {
        let found = times(.constant, rate: 3, count: 3_000_001)
        #expect(found[0] == 0)
        #expect(found[1] == 1e9 / 3)
        // A million seconds later nothing has added up.
        #expect(abs(found[3_000_000] - 1e15) <= 0.25)
    }

    @Test func `bursts start together and keep the average rate`() {
        #expect(
            times(.burst(size: 3, .constant), rate: 30, count: 8)
                == [0, 0, 0, 1e8, 1e8, 1e8, 2e8, 2e8])
        let found = times(.burst(size: 32, .poisson), rate: 1e6, count: 32 * 4000)
        for start in stride(from: 0, to: found.count, by: 32) {
            #expect(found[start] == found[start + 31])
        }
        // 4000 gaps of 32 µs: four standard errors are 6.3 %.
        #expect(abs(found[found.count - 1] / (32_000 * 4000) - 1) < 0.064)
    }

    @Test(arguments: [ArrivalPattern.constant, .poisson, .burst(size: 7, .poisson)])
    func `a seed gives a schedule, byte for byte`(pattern: ArrivalPattern) {
        let one = times(pattern, rate: 12_345, count: 1000).map(\.bitPattern)
        #expect(one == times(pattern, rate: 12_345, count: 1000).map(\.bitPattern))
        let other = times(pattern, rate: 12_345, seed: 2, count: 1000).map(\.bitPattern)
        #expect((one == other) == (pattern == .constant))
    }

    @Test func `Poisson gaps are exponential for at least 95 of 100 seeds`() {
        let accepted = (0..<100).count { seed in
            let found = times(.poisson, rate: 10_000, seed: seed, count: 1000)
            let gaps = zip([0] + found, found).map { $1 - $0 }
            let test = KolmogorovSmirnov(gaps) { 1 - exp(-$0 / 1e5) }
            return test.significance >= 0.05
        }
        #expect(accepted >= 95, "\(accepted) of 100")
    }

    @Test func `a Poisson process has as many arrivals a second as its rate says`() {
        var schedule = ArrivalSchedule(.poisson, rate: 1000, seed: Seed(3))
        var counts = [Double](repeating: 0, count: 200)
        while case let second = Int(schedule.next() / 1e9), second < 200 { counts[second] += 1 }
        let mean = counts.reduce(0, +) / 200
        // Four standard errors of the mean of 200 counts of 1000.
        #expect(abs(mean - 1000) < 9)
        let variance = counts.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 199
        // The variance of a Poisson count is its mean; four standard errors are 40 %.
        #expect(abs(variance / mean - 1) < 0.4, "\(variance)")
    }

    @Test(
        arguments: [
            ArrivalPattern.constant, .poisson, .burst(size: 4, .constant),
            .burst(size: 4, .poisson),
        ])
    func `what is left of a schedule is counted as it would be drawn`(pattern: ArrivalPattern) {
        for (rate, end) in [(1000.0, 1e9), (977, 0.77e9), (1, 0.5e9), (5, 1e9)] {
            for drawn in [0, 1, 5, 402] {
                var schedule = ArrivalSchedule(pattern, rate: rate, seed: Seed(9))
                for _ in 0..<drawn { _ = schedule.next() }
                let counted = schedule.count(until: Nanoseconds(end))
                var left = 0
                while schedule.next() < end { left += 1 }
                #expect(counted == left, "\(pattern) at \(rate) after \(drawn)")
            }
        }
    }

    @Test func `counting what is left ends soon at any rate`() {
        for pattern in [ArrivalPattern.constant, .poisson] {
            let schedule = ArrivalSchedule(pattern, rate: 1e9, seed: Seed(1))
            let count = Double(schedule.count(until: .seconds(10)))
            #expect(abs(count / 1e10 - 1) < 0.001, "\(pattern): \(count)")
        }
    }

    @Test(arguments: ["constant", "poisson", "burst:32", "burst:8:poisson"])
    func `a pattern is written as it is read`(text: String) throws {
        #expect(try ArrivalPattern(parsing: text).description == text)
    }

    @Test(arguments: [
        (
            "sometimes",
            "'sometimes': found 'sometimes', expected one of constant, poisson, "
                + "burst:SIZE, burst:SIZE:poisson"
        ),
        ("poisson:3", "'poisson:3': found 1 value after 'poisson', expected 'poisson'"),
        (
            "burst",
            "'burst': found 0 values after 'burst', expected 'burst:SIZE' or "
                + "'burst:SIZE:poisson'"
        ),
        (
            "burst:0",
            "'burst:0': found '0' for the size of a burst, expected a whole number from 1 "
                + "to 1000000"
        ),
        ("burst:2:often", "'burst:2:often': found 'often', expected 'constant' or 'poisson'"),
    ])
    func `a wrong pattern is named`(text: String, message: String) {
        let error = #expect(throws: PatternProblem.self) { try ArrivalPattern(parsing: text) }
        #expect(error?.description == message)
    }
}
