import Measurement
import Quantities
import Testing

@testable import Runs

@Suite struct ExpectedFigureTests {
    private static let parameters = ParameterSet().with("duration", "50ns")

    private static func figure(
        _ value: Double?, _ low: Double? = nil, _ high: Double? = nil,
        parameters: ParameterSet = parameters, statistic: String = "median",
        quality: String = "ok"
    ) -> Figure {
        Figure(
            run: "r", workload: "w", parameters: parameters, profile: "auto", metric: "time",
            unit: "ns", statistic: statistic, value: value, ciLow: low, ciHigh: high, samples: 9,
            forks: 3, quality: quality)
    }

    private static func record(
        _ condition: KnownAnswer.Condition, _ figures: [Figure]
    ) -> ExpectationRecord {
        let expectation = KnownAnswer(
            metric: "time", parameters: parameters, statistic: "median", condition: condition,
            reason: "known")
        let planned = PlannedWorkload(
            workload: "w", benchmark: "b", parameters: ParameterSet(), profile: "auto", forks: 3,
            time: .seconds(1))
        return ExpectationRecord(ExpectedFigure(expectation, of: planned), among: figures)
    }

    @Test(
        arguments: [
            (10, 12, ExpectationOutcome.met), (10.5, 11.5, .undecided), (11.5, 20, .undecided),
            (12.5, 20, .missed), (0, 9, .missed), (nil, 12, .met), (nil, 9, .missed),
            (10, nil, .met), (13, nil, .missed), (nil, nil, .met),
        ] as [(Double?, Double?, ExpectationOutcome)])
    func `an interval inside the bounds meets them, one outside misses, one across is undecided`(
        low: Double?, high: Double?, outcome: ExpectationOutcome
    ) {
        let record = Self.record(.within(low: low, high: high), [Self.figure(11, 10, 12)])
        #expect(record.outcome == outcome)
        #expect(record.value == 11)
        #expect(record.unit == "ns")
    }

    @Test func `a figure without interval is judged by its value`() {
        #expect(Self.record(.within(low: 1, high: 3), [Self.figure(3)]).outcome == .met)
        #expect(Self.record(.within(low: 1, high: 3), [Self.figure(3.1)]).outcome == .missed)
    }

    @Test func `a doubtful figure misses nothing, but may meet what is expected`() {
        let noisy = [Self.figure(11, 10, 12, quality: "noisy: steal")]
        #expect(Self.record(.within(low: 20, high: 30), noisy).outcome == .undecided)
        #expect(Self.record(.within(low: 10, high: 12), noisy).outcome == .met)
    }

    @Test func `an interval holds its ends and nothing beyond`() {
        let figures = [Self.figure(0.5, 0, 1)]
        #expect(Self.record(.intervalHolds(0), figures).outcome == .met)
        #expect(Self.record(.intervalHolds(1), figures).outcome == .met)
        #expect(Self.record(.intervalHolds(-0.1), figures).outcome == .missed)
    }

    @Test func `another statistic, other parameters or no value are no measurement`() {
        let condition = KnownAnswer.Condition.within(low: 0, high: 99)
        let others = [
            Self.figure(11, statistic: "mean"), Self.figure(11, parameters: ParameterSet()),
        ]
        #expect(Self.record(condition, others).outcome == .unmeasured)
        #expect(Self.record(condition, [Self.figure(nil)]).outcome == .unmeasured)
    }

    @Test func `a row has a field for each column`() {
        let record = Self.record(.within(low: 10, high: nil), [Self.figure(11, 10, 12)])
        #expect(record.fields.count == ExpectationRecord.header.count)
        #expect(
            record.fields.joined(separator: "|")
                == "w|duration=50ns|auto|time|median|ns|within|10.0||11.0|10.0|12.0|met|ok|known")
    }
}
