import Foundation
import Measurement
import Testing

@testable import Regression
@testable import Runs

@Suite struct SlowdownTallyTests {
    private func parameters(_ percent: String, _ trial: Int, burn: String = "off") -> ParameterSet {
        ParameterSet().with("burn", burn).with("contender", "b").with("percent", percent)
            .with("trial", "\(trial)")
    }

    /// The samples of one trial: eight forks whose windows lie around `ratio`.
    private func samples(
        _ parameters: ParameterSet, around ratio: Double, metric: String = "relative",
        workload: String = SlowdownTally.benchmark, wild: Bool = false
    ) -> [SampleSeries] {
        let key = FigureKey(
            workload: workload, parameters: parameters, profile: "auto", metric: metric)
        return (0..<8).map { fork in
            SampleSeries(
                key: key, fork: fork, unit: "ratio", warmup: [7, 7, 7],
                samples: (0..<20).map { iteration in
                    let level = ratio * (1 + 0.001 * Double((fork + iteration) % 3))
                    return wild && iteration % 3 == 0 ? 2 * level : level
                })
        }
    }

    @Test func `trials are compared one by one and counted by slowdown`() {
        let tally = SlowdownTally(
            samples: samples(parameters("5", 1), around: 1.05)
                + samples(parameters("5", 2), around: 1.0)
                + samples(parameters("0", 10), around: 1)
                + samples(parameters("0", 2), around: 0.9)
                + samples(parameters("0", 1, burn: "on"), around: 1, wild: true)
                + samples(parameters("0", 3), around: 9, metric: "time")
                + samples(parameters("0", 3), around: 9, workload: "ring.build"))
        #expect(tally.trials.count == 5)
        #expect(tally.trials.prefix(3).map { $0.parameters["trial"] } == ["2", "10", "1"])
        let rows = tally.rows
        #expect(rows.map(\.percent) == [0, 5, 0])
        #expect(rows.map(\.isBurnt) == [false, false, true])
        #expect(rows.map(\.comparisons) == [2, 2, 1])
        #expect(rows.map(\.regressed) == [0, 1, 0])
        #expect(rows.map(\.improved) == [1, 0, 0])
        #expect(rows.map(\.unchanged) == [1, 1, 0])
        #expect(rows.map(\.unstable) == [0, 0, 1])
        #expect(rows.map(\.inconclusive) == [0, 0, 0])
    }

    @Test
    func `forty forks of comparisons of a thing with itself show the smallest detectable effect`()
        throws
    {
        func tally(_ trials: Int) -> SlowdownTally {
            SlowdownTally(
                samples: (1...trials).flatMap {
                    samples(parameters("0", $0), around: 1)
                        + samples(parameters("5", $0), around: 1.05)
                } + samples(parameters("0", 1, burn: "on"), around: 1, wild: true))
        }
        let effect = try tally(5).detectableEffect()
        #expect(effect.observedForks == 40)
        #expect(effect.effect < 0.003)
        #expect(tally(5).lines.count == 4)
        #expect(tally(5).lines.last == "smallest detectable effect: \(effect)")
        #expect(throws: DetectableEffect.Unavailable.tooFewForks(have: 32, need: 40)) {
            try tally(4).detectableEffect()
        }
        #expect(
            tally(4).lines.last?.hasPrefix("smallest detectable effect: unknown, 32 pro") == true)
        let slower = SlowdownTally(samples: samples(parameters("5", 1), around: 1.05))
        #expect(slower.lines.count == 1)
    }

    @Test func `doubts of a trial's own forks count, those of others do not`() {
        func summary(
            _ fork: Int, _ trial: Int, _ reason: String = "noise"
        ) -> Manifest.ForkSummary {
            Manifest.ForkSummary(
                workload: 0, fork: fork, seed: 1, processingUnits: [0], clock: nil, events: nil,
                doubts: [
                    Manifest.Doubt(
                        metric: "relative", parameters: parameters("5", trial), reason: reason)
                ], notes: [], failure: nil)
        }
        let tally = SlowdownTally(
            samples: samples(parameters("5", 1), around: 1.05)
                + samples(parameters("5", 2), around: 1.05),
            forks: (0..<3).map { summary($0, 1) } + (0..<2).map { summary($0, 2) }
                + (2..<8).map { summary($0, 2, "never steady") })
        #expect(tally.trials.map(\.comparison.status) == [.unstable, .regressed])
    }

    @Test func `a run without the workload has no rows`() {
        #expect(SlowdownTally(samples: []).rows.isEmpty)
        #expect(
            SlowdownTally(samples: samples(parameters("0", 1), around: 1, workload: "w")).rows == []
        )
    }

    @Test(arguments: [(200, 6), (100, 4), (20, 2), (50, 3)])
    func `the changes allowed are the binomial's at one per cent`(count: Int, allowed: Int) {
        let statuses = Array(repeating: ComparisonStatus.unchanged, count: count)
        let row = SlowdownRow(percent: 0, isBurnt: false, statuses)
        #expect(row.changesAllowed == allowed)
    }

    @Test(arguments: [(50, 45), (200, 185), (20, 17)])
    func `the regressions required are the binomial's at 95 per cent`(count: Int, required: Int) {
        let statuses = Array(repeating: ComparisonStatus.regressed, count: count)
        let row = SlowdownRow(percent: 5, isBurnt: false, statuses)
        #expect(row.regressionsRequired == required)
    }

    private func row(
        _ percent: Double, burnt: Bool = false, _ statuses: [(ComparisonStatus, Int)]
    ) -> SlowdownRow {
        SlowdownRow(
            percent: percent, isBurnt: burnt,
            statuses.flatMap { Array(repeating: $0.0, count: $0.1) })
    }

    @Test func `a row is a line that says what was expected`() {
        #expect(
            row(0, [(.unchanged, 198), (.regressed, 1), (.inconclusive, 1)]).description
                == "as expected: A/A: 200 comparisons, 1 regressed (at most 1 % expected to change, 6 "
                + "of 200 allowed), 0 improved, 198 unchanged, 1 inconclusive, 0 unstable")
        #expect(
            row(5, [(.regressed, 44), (.inconclusive, 6)]).description
                == "NOT as expected: A/A + 5 %: 50 comparisons, 44 regressed (95 % expected on a "
                + "quiet machine, 45 of 50 required), 0 improved, 0 unchanged, 6 inconclusive, "
                + "0 unstable")
        #expect(row(2, [(.unchanged, 1)]).description.hasPrefix("A/A + 2 %: 1 comparison, "))
        #expect(
            row(0, burnt: true, [(.unstable, 2)]).description
                .hasPrefix("as expected: A/A, processor burnt: 2 comparisons, 0 regressed (all"))
    }

    @Test func `regressions and improvements without cause, misses and verdicts on noise count`() {
        #expect(row(0, [(.regressed, 6), (.unchanged, 194)]).outcome == .met)
        #expect(row(0, [(.regressed, 7), (.unchanged, 193)]).outcome == .missed)
        #expect(row(0, [(.improved, 7), (.unchanged, 193)]).outcome == .missed)
        #expect(row(0, [(.improved, 3), (.regressed, 4), (.unchanged, 193)]).outcome == .missed)
        // Of 101 that were decided, 4 may be wrong.
        #expect(row(0, [(.regressed, 4), (.unchanged, 97), (.unstable, 99)]).outcome == .met)
        #expect(row(0, [(.regressed, 5), (.unchanged, 96), (.unstable, 99)]).outcome == .missed)
        #expect(row(5, [(.regressed, 45), (.unchanged, 5)]).outcome == .met)
        #expect(row(5, [(.regressed, 44), (.inconclusive, 6)]).outcome == .missed)
        #expect(row(2, [(.regressed, 50)]).outcome == nil)
        #expect(row(5, burnt: true, [(.unstable, 10)]).outcome == .met)
        #expect(row(5, burnt: true, [(.unstable, 9), (.regressed, 1)]).outcome == .missed)
    }

    @Test func `a row without enough stable comparisons proves nothing`() {
        #expect(row(0, [(.unstable, 100), (.unchanged, 100)]).outcome == .met)
        #expect(row(0, [(.unstable, 101), (.unchanged, 99)]).outcome == .tooNoisy)
        #expect(row(0, [(.unstable, 193), (.regressed, 7)]).outcome == .missed)
        #expect(row(5, [(.unstable, 6), (.regressed, 44)]).outcome == .tooNoisy)
        #expect(row(5, [(.unstable, 5), (.regressed, 39), (.unchanged, 6)]).outcome == .missed)
    }

    @Test func `a row is written with its outcome`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let text = String(decoding: try encoder.encode(row(5, [(.regressed, 1)])), as: UTF8.self)
        #expect(
            text
                == #"{"burnt":false,"comparisons":1,"improved":0,"inconclusive":0,"outcome":"met","#
                + #""percent":5,"regressed":1,"unchanged":0,"unstable":0}"#)
    }
}
