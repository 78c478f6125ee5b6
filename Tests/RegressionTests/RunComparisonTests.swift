import Hardware
import Measurement
import Runs
import Testing

@testable import Regression

@Suite struct RunComparisonTests {
    private let rule = ComparisonRule(resamples: 1000)

    private func compare(
        _ base: [ForkedFigure], _ new: [ForkedFigure],
        design: RunComparison.Design = .independent, byRound: Set<String> = [],
        scope: RunComparison.Scope = .figures
    ) -> RunComparison {
        RunComparison(
            base: MadeUp.side(base, name: "base"), new: MadeUp.side(new, name: "new"),
            rule: rule, design: design, byRound: byRound, scope: scope)
    }

    private func status(_ comparison: RunComparison, _ metric: String) -> ComparisonStatus? {
        comparison.metrics.first { $0.identity.key.metric == metric }?.status
    }

    @Test(arguments: [RunComparison.Design.independent, .paired])
    func `every status is found, most severe first`(design: RunComparison.Design) {
        func figure(_ name: String, _ level: Double, wild: Bool = false) -> ForkedFigure {
            var values = MadeUp.values(level)
            if wild {
                values = values.map { $0.enumerated().map { $0 % 3 == 0 ? 2 * $1 : $1 } }
            }
            return MadeUp.figure(MadeUp.key(name), values)
        }
        let few = MadeUp.figure(MadeUp.key("few"), MadeUp.values(100, forks: 7))
        let comparison = compare(
            [
                figure("same", 100), figure("worse", 100), figure("much-worse", 100),
                figure("better", 100), figure("gone", 100), figure("wild", 100), few,
            ],
            [
                figure("same", 100), figure("worse", 110), figure("much-worse", 150),
                figure("better", 80), figure("fresh", 100), figure("wild", 100, wild: true), few,
            ], design: design)
        #expect(
            comparison.metrics.map(\.identity.key.metric)
                == ["much-worse", "worse", "gone", "wild", "few", "fresh", "better", "same"])
        #expect(
            comparison.metrics.map(\.status) == [
                .regressed, .regressed, .missing, .unstable, .inconclusive, .new, .improved,
                .unchanged,
            ])
        #expect(
            comparison.summary
                == "8 metrics: 2 regressed, 1 missing, 1 unstable, 1 inconclusive, 1 new, "
                + "1 improved, 1 unchanged")
    }

    @Test func `a rate that falls regressed, and one that rises improved`() {
        func rate(_ name: String, _ level: Double) -> ForkedFigure {
            MadeUp.figure(MadeUp.key(name), MadeUp.values(level), unit: "ops/s", better: .higher)
        }
        let comparison = compare(
            [rate("a", 100), rate("b", 100)], [rate("a", 80), rate("b", 120)])
        #expect(status(comparison, "a") == .regressed)
        #expect(status(comparison, "b") == .improved)
    }

    @Test func `counts and ratios between contenders explain, and are not compared`() {
        func figures(_ level: Double) -> [ForkedFigure] {
            [
                MadeUp.figure(MadeUp.key(), MadeUp.values(100)),
                MadeUp.figure(MadeUp.key("relative"), MadeUp.values(level), unit: "ratio"),
                MadeUp.figure(
                    MadeUp.key("counter.PAPI_TOT_INS", of: "time"), MadeUp.values(level),
                    unit: "events/op"),
            ]
        }
        #expect(compare(figures(10), figures(20)).metrics.map(\.status) == [.unchanged])
        let counted = compare(figures(10), figures(20), scope: .instructions)
        #expect(counted.metrics.map(\.status) == [.regressed])
        #expect(counted.metrics[0].identity.key.metric == "counter.PAPI_TOT_INS")
    }

    @Test func `a metric whose unit changed is another metric`() {
        let comparison = compare(
            [MadeUp.figure(MadeUp.key(), MadeUp.values(100))],
            [MadeUp.figure(MadeUp.key(), MadeUp.values(100), unit: "ms")])
        #expect(comparison.metrics.map(\.status) == [.missing, .new])
    }

    @Test func `exact figures need no forks, and any difference beyond the threshold counts`() {
        func exact(_ value: Double, _ other: Double? = nil) -> ForkedFigure {
            MadeUp.figure(
                MadeUp.key("balance"), [[value], [other ?? value]], unit: "ratio",
                statistic: "exact", isExact: true)
        }
        func status(_ base: ForkedFigure, _ new: ForkedFigure) -> ComparisonStatus {
            compare([base], [new]).metrics[0].status
        }
        #expect(status(exact(1.1), exact(1.1)) == .unchanged)
        #expect(status(exact(1.1), exact(1.11)) == .unchanged)
        #expect(status(exact(1.1), exact(1.2)) == .regressed)
        #expect(status(exact(1.2), exact(1.1)) == .improved)
        #expect(status(exact(0), exact(1)) == .regressed)
        #expect(status(exact(0), exact(0)) == .unchanged)
        #expect(status(exact(1.1), exact(1.1, 1.2)) == .inconclusive)
    }

    @Test func `what never happens on either side is unchanged`() {
        func figure(_ level: Double, forks: Int = 10) -> ForkedFigure {
            MadeUp.figure(
                MadeUp.key("faults"), MadeUp.values(level, forks: forks), unit: "faults")
        }
        #expect(compare([figure(0)], [figure(0)]).metrics[0].status == .unchanged)
        #expect(compare([figure(0)], [figure(1)]).metrics[0].status == .inconclusive)
        #expect(
            compare([figure(0)], [figure(0, forks: 3)]).metrics[0].status == .inconclusive)
    }

    @Test func `what drifts from pair to pair hides a change from runs apart, not from pairs`() {
        // Forks lie up to 40 % apart, the new side 5 % above its partner.
        func forks(_ factor: Double) -> [[Double]] {
            (0..<10).map { fork in
                let level = factor * 100 * (1 + 0.04 * Double(fork))
                return MadeUp.values(level, forks: 10)[fork]
            }
        }
        let base = [MadeUp.figure(MadeUp.key(), forks(1))]
        let new = [MadeUp.figure(MadeUp.key(), forks(1.05))]
        #expect(compare(base, new).metrics[0].status == .unstable)
        let paired = compare(base, new, design: .paired).metrics[0]
        #expect(paired.status == .regressed)
        #expect(abs((paired.ratio ?? 0) - 1.05) < 1e-9)
    }

    @Test func `what drifts from round to round hides a change from forks, not from rounds`() {
        // Within each process the machine becomes twice as slow; the new side, which counts two
        // rounds more as warm-up, is 5 % above its partner in every round.
        func figure(_ factor: Double, skipped: Int) -> ForkedFigure {
            ForkedFigure(
                identity: MadeUp.figure(MadeUp.key(), [[1]]).identity, better: .lower,
                isExact: false,
                forks: (0..<10).map { fork in
                    let rounds = (skipped..<30).map { round in
                        factor * (100 + 3.3 * Double(round)) * (1 + 0.001 * Double(fork))
                    }
                    return ForkedFigure.Fork(number: fork, values: rounds, skipped: skipped)
                })
        }
        let (base, new) = (figure(1, skipped: 1), figure(1.05, skipped: 3))
        #expect(compare([base], [new], design: .paired).metrics[0].status == .unstable)
        let workload = base.identity.key.workload
        let found = compare([base], [new], design: .paired, byRound: [workload]).metrics[0]
        #expect(found.status == .regressed)
        #expect(abs((found.ratio ?? 0) - 1.05) < 1e-9)
        #expect(
            compare([base], [new], design: .paired, byRound: ["another"]).metrics[0].status
                == .unstable)
        // Windows of one placement are of other rounds in either process.
        let divided = [base, new].map { figure in
            let key = figure.identity.key
            return ForkedFigure(
                identity: FigureIdentity(
                    key: FigureKey(
                        workload: workload, parameters: key.parameters.with("placement", "l3"),
                        profile: key.profile, metric: key.metric),
                    statistic: figure.identity.statistic, unit: figure.identity.unit),
                better: .lower, isExact: false, forks: figure.forks)
        }
        #expect(
            compare([divided[0]], [divided[1]], design: .paired, byRound: [workload]).metrics[0]
                .status == .unstable)
    }

    @Test func `forks are paired by number, and those without partner are said`() throws {
        let base = MadeUp.figure(MadeUp.key(), MadeUp.values(100, forks: 12))
        let new = ForkedFigure(
            identity: base.identity, better: .lower, isExact: false,
            forks: MadeUp.values(110, forks: 12).enumerated().filter { $0.offset >= 2 }
                .map { ForkedFigure.Fork(number: $0.offset, values: $0.element) })
        let metric = compare([base], [new], design: .paired).metrics[0]
        #expect(metric.status == .regressed)
        #expect(metric.comparison.reasons.contains("2 processes had no partner"))
    }

    @Test func `doubts about three of ten forks a side forbid a verdict`() {
        func figure(_ level: Double, doubts: [[String]] = []) -> ForkedFigure {
            MadeUp.figure(MadeUp.key(), MadeUp.values(level), doubts: doubts)
        }
        let noisy = Array(repeating: ["noisy: steal"], count: 6)
        let unsteady = Array(repeating: ["never steady"], count: 6)
        let base = [figure(100)]
        for design in [RunComparison.Design.independent, .paired] {
            #expect(
                compare(base, [figure(110, doubts: noisy)], design: design).metrics[0].status
                    == .unstable)
        }
        // What drifts meets both processes of a pair.
        let drifting = [figure(110, doubts: unsteady)]
        #expect(compare(base, drifting).metrics[0].status == .unstable)
        #expect(compare(base, drifting, design: .paired).metrics[0].status == .regressed)
    }

    @Test func `a change is corrected for the metrics that were compared with it`() throws {
        let figures = (0..<20).map { MadeUp.figure(MadeUp.key("m\($0)"), MadeUp.values(100)) }
        let comparison = compare(figures, figures)
        #expect(comparison.metrics.allSatisfy { $0.status == .unchanged })
        #expect(comparison.metrics.allSatisfy { $0.comparison.adjustedSignificance != nil })
    }

    @Test func `sides without a metric have nothing to compare`() {
        let comparison = compare([], [])
        #expect(comparison.metrics.isEmpty)
        #expect(comparison.summary.contains("nothing to compare"))
    }
}

@Suite struct ForkedFigureTests {
    @Test func `warm-up, forks set aside and metrics without a better are left out`() throws {
        let run = try MadeUp.run(
            [
                ("time", MadeUp.values(100, forks: 4)), ("size", MadeUp.values(8, forks: 4)),
                ("balance", [[1.5], [1.5], [1.5], [1.5]]),
            ], setAside: [2])
        let figures = ForkedFigure.all(of: run)
        #expect(figures.map(\.identity.key.metric) == ["balance", "time"])
        #expect(figures.map(\.identity.statistic) == ["exact", "median"])
        let time = try #require(figures.last)
        #expect(time.forks.map(\.number) == [0, 1, 3])
        #expect(time.forks.allSatisfy { $0.values.count == 20 && ($0.values.max() ?? 0) < 101 })
        #expect(time.forks.map(\.doubts) == [[], ["never steady"], []])
        #expect(time.better == .lower)
        #expect(abs(time.center - 100.2) < 0.2)
    }

    @Test func `percentiles that every fork carries are a value a fork`() throws {
        func distribution(_ count: Int) -> LatencyDistribution {
            var distribution = LatencyDistribution()
            for value in 1...count { distribution.record(nanoseconds: Double(value)) }
            return distribution
        }
        let run = try MadeUp.run(
            [], distributions: [distribution(1000), distribution(1000), distribution(1000)])
        let figures = ForkedFigure.all(of: run)
        #expect(figures.map(\.identity.statistic) == ["p50", "p99"])
        let tail = try #require(figures.last)
        #expect(tail.forks.map(\.values.count) == [1, 1, 1])
        #expect(tail.forks.allSatisfy { abs($0.values[0] - 990) < 2 })
        let short = try MadeUp.run([], distributions: [distribution(1000), distribution(20)])
        #expect(ForkedFigure.all(of: short).map(\.identity.statistic) == ["p50"])
    }
}

@Suite struct ComparabilityTests {
    @Test func `the facts that differ are named with both values`() {
        var other = MadeUp.fingerprint
        other.processorModel = "Other CPU"
        other.kernelMajorVersion = nil
        let differences = Comparability.differences(
            base: MadeUp.side([]), new: MadeUp.side([], method: 2, fingerprint: other))
        #expect(
            differences.map(\.description) == [
                "processor model: base has 'Example CPU 9000', new has 'Other CPU'",
                "kernel major version: base has '6', new has no known one",
                "method version: base has '1', new has '2'",
            ])
        #expect(Comparability.differences(base: MadeUp.side([]), new: MadeUp.side([])).isEmpty)
    }

    @Test func `a threshold below the noisier side's effect is refused with it`() throws {
        func effect(_ size: Double) throws -> DetectableEffect {
            try DetectableEffect(
                from: (0..<60).map { [1 + size * Double($0 % 5 - 2)] }, rule: ComparisonRule(),
                draws: 200)
        }
        let quiet = MadeUp.side([], effect: try effect(0.001))
        let noisy = MadeUp.side([], effect: try effect(0.015))
        let silent = MadeUp.side([])
        #expect(Comparability.refusal(of: 0.01, base: quiet, new: silent) == nil)
        let refusal = try #require(Comparability.refusal(of: 0.01, base: quiet, new: noisy))
        #expect(refusal.contains("1 %"))
        #expect(Comparability.refusal(of: 0.0001, base: silent, new: silent) == nil)
    }
}
