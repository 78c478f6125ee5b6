import Measurement
import Quantities
import Testing

@testable import Reporting
@testable import Runs

@Suite struct ExpectationTableTests {
    private static func record(
        _ condition: KnownAnswer.Condition, _ value: Double?, workload: String = "calibration.spin"
    ) -> ExpectationRecord {
        let parameters = ParameterSet().with("duration", "1us")
        let figure = Figure(
            run: "r", workload: workload, parameters: parameters, profile: "auto",
            metric: "time", unit: "ns", statistic: "median", value: value,
            ciLow: value.map { $0 - 1 }, ciHigh: value.map { $0 + 1 }, confidence: 0.95,
            samples: 9, forks: 3, quality: "ok")
        let planned = PlannedWorkload(
            workload: workload, benchmark: "b", parameters: parameters, profile: "auto",
            forks: 3, time: .seconds(1))
        let expectation = KnownAnswer(
            metric: "time", parameters: parameters, statistic: "median", condition: condition,
            reason: "the time asked for")
        return ExpectationRecord(ExpectedFigure(expectation, of: planned), among: [figure])
    }

    @Test func `answers stand by workload with what was expected and a count`() {
        let text = ExpectationTable([
            Self.record(.within(low: 990, high: 1010), 1001),
            Self.record(.within(low: nil, high: 900), 1001),
            Self.record(.intervalHolds(0), 0.5, workload: "calibration.empty"),
            Self.record(.within(low: 5, high: 5), nil, workload: "calibration.empty"),
        ]).text(width: 100)
        #expect(
            text == """
                calibration.spin
                known answer              expected           measured [95 % interval]  outcome
                time median duration=1us  990 ns to 1.01 µs  1.001 µs [1.000, 1.002]   met
                time median duration=1us  at most 900 ns     1.001 µs [1.000, 1.002]   missed
                    the time asked for

                calibration.empty
                known answer              expected             measured [95 % interval]  outcome
                time median duration=1us  interval holds 0 ns  500 ps [-500, 1500]       met
                time median duration=1us  5 ns                 –                         unmeasured
                    the time asked for

                4 known answers: 2 met, 1 missed, 1 unmeasured

                """)
    }

    @Test func `no answers make no table`() {
        #expect(ExpectationTable([]).text().isEmpty)
        #expect(ExpectationTable([]).summary.isEmpty)
    }
}
