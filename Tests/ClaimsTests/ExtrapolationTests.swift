import Measurement
import Runs
import Testing

@testable import Claims

@Suite struct ExtrapolationTests {
    private func verdict(
        _ rate: ClosedRange<Double>, quality: String = "ok", extremes: ClosedRange<Double>? = nil,
        formula: String = "measured * 1024"
    ) throws -> VerdictRecord {
        let file = Examples.file(
            comparator: "'='", value: "512M", unit: "tx/s", how: "model",
            decide: """
                evidence:
                  workload: w
                  metric: rate
                  statistic: median
                  extrapolate: {formula: \(formula), assuming: nothing is shared}
                reading: {holds-when: at-least}
                """)
        let middle = (rate.lowerBound + rate.upperBound) / 2
        let figures = try Examples.figures(
            middle, rate, metric: "rate", unit: "ops/s", quality: quality, extremes: extremes)
        let verdicts = Judge(try Examples.library(file), facts: Facts()).verdicts(on: figures)
        return try #require(verdicts.first)
    }

    @Test func `a model carries the figure and its interval, and says what it assumes`() throws {
        let record = try verdict(4900...5100)
        #expect(record.verdict == .extrapolated)
        #expect(record.measured == 5_120_000)
        #expect(record.ciLow == 5_017_600.0)
        #expect(record.ciHigh == 5_222_400.0)
        #expect(record.ratio == 0.01)
        #expect(record.basis == .measured)
        #expect(
            record.reason
                == "Measured * 1024, where measured is median rate, is 5.12 M tx/s (5.02 to 5.22 M "
                + "tx/s), where the claim asks for at least 512 M tx/s. Assuming that nothing is "
                + "shared, it would not hold.")
        let holds = try verdict(600_000...610_000)
        #expect(holds.verdict == .extrapolated)
        #expect(holds.reason.hasSuffix("Assuming that nothing is shared, it would hold."))
    }

    @Test func `what straddles the claim or is in doubt stays open`() throws {
        #expect(try verdict(490_000...510_000).verdict == .inconclusive)
        let doubtful = try verdict(4900...5100, quality: "never steady", extremes: 4000...600_000)
        #expect(doubtful.verdict == .inconclusive)
        #expect(
            try verdict(4900...5100, quality: "never steady", extremes: 4000...6000).verdict
                == .extrapolated)
    }

    @Test func `a figure whose interval holds zero is no divisor`() throws {
        for (interval, extremes) in [(-1.0...3.0, nil), (0...2, nil), (1...3, -1.0...9)] {
            let record = try verdict(
                interval, extremes: extremes, formula: "1e12 / measured / 1 s / 1 s")
            #expect(record.verdict == .untestable)
            #expect(
                record.reason
                    == "The evidence does not fit the claim: a division by zero in '1e12 / measured "
                    + "/ 1 s / 1 s'.")
        }
        #expect(try verdict(-1...3).verdict == .extrapolated)
    }

    @Test func `a model that falls with the figure turns its interval round`() throws {
        let record = try verdict(4000...8000, formula: "1e12 / measured / 1 s / 1 s")
        #expect(record.ciLow == 1e12 / 8000)
        #expect(record.ciHigh == 1e12 / 4000)
    }
}
