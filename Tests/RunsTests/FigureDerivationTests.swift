import Measurement
import Quantities
import Testing

@testable import Runs

@Suite struct FigureDerivationTests {
    static let metrics = [
        MetricSpecification("time", .nanoseconds, .lower, .sampled, ""),
        MetricSpecification("count", .count(of: "workers"), .neither, .exact, ""),
        MetricSpecification("rounds", .count(of: "rounds"), .lower, .seeded, ""),
    ]

    static func manifest(doubts: [Manifest.Doubt] = []) -> Manifest {
        var manifest = Manifest(
            run: "r", tool: "t", commit: nil, command: [], suite: nil, seed: 1, profiles: [],
            start: "",
            workloads: [
                PlannedWorkload(
                    workload: "w", benchmark: "b", parameters: ParameterSet(), profile: "auto",
                    forks: 3, time: .seconds(1))
            ],
            benchmarks: [
                Manifest.BenchmarkMetrics(benchmark: "b", floor: "", metrics: metrics)
            ])
        manifest.forks = [
            Manifest.ForkSummary(
                workload: 0, fork: 0, seed: 1, processingUnits: [0], clock: nil, events: nil,
                doubts: doubts, notes: [], failure: nil)
        ]
        return manifest
    }

    private static func key(_ metric: String) -> FigureKey {
        FigureKey(
            workload: "w", parameters: ParameterSet(), profile: "auto", metric: metric)
    }

    private static func samples(_ metric: String, _ forks: [[Double]]) -> [SampleSeries] {
        forks.enumerated().map { fork, values in
            SampleSeries(key: key(metric), fork: fork, unit: "ns", samples: values)
        }
    }

    private static func figures(
        _ samples: [SampleSeries], _ distributions: [Run.Distribution] = [],
        doubts: [Manifest.Doubt] = []
    ) -> [String: Figure] {
        let all = FigureDerivation(manifest(doubts: doubts))
            .figures(samples: samples, distributions: distributions)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.statistic, $0) })
    }

    @Test func `a process that was never begun is no reason for doubt, and one that failed is`() {
        for (failure, quality) in [
            (Manifest.ForkSummary.skipped, "ok"), ("it broke", "1 of 4 processes gave nothing"),
        ] {
            var manifest = Self.manifest()
            for fork in 1..<4 {
                manifest.forks.append(
                    Manifest.ForkSummary(
                        workload: 0, fork: fork, seed: 1, processingUnits: [0], clock: nil,
                        events: nil, doubts: [], notes: [], failure: fork == 3 ? failure : nil))
            }
            manifest.workloads[0] = PlannedWorkload(
                workload: "w", benchmark: "b", parameters: ParameterSet(), profile: "auto",
                forks: 4, time: .seconds(1))
            let found = FigureDerivation(manifest)
                .figures(
                    samples: Self.samples("time", [[1, 2, 3], [2, 3, 4], [3, 4, 5]]),
                    distributions: [])
            #expect(found.first { $0.statistic == "median" }?.quality == quality)
        }
    }

    @Test func `samples give median, mean, spread and extremes over all forks`() throws {
        let found = Self.figures(Self.samples("time", [[1, 2, 3], [2, 3, 4], [3, 4, 5]]))
        #expect(found["median"]?.value == 3)
        #expect(found["mean"]?.value == 3)
        #expect(found["mad"]?.value == 1)
        #expect(found["min"]?.value == 1)
        #expect(found["max"]?.value == 5)
        let median = try #require(found["median"])
        #expect(median.samples == 9)
        #expect(median.forks == 3)
        #expect(median.confidence == 0.95)
        let low = try #require(median.ciLow)
        let high = try #require(median.ciHigh)
        #expect(low <= 3 && 3 <= high)
    }

    @Test func `seeds are the sampling units of what follows from them, whatever their processes`()
        throws
    {
        let values: [Double] = [3, 4, 3, 5, 3, 4, 3, 6, 4, 3, 4, 5]
        let together = try #require(Self.figures(Self.samples("rounds", [values]))["median"])
        #expect(together.quality == "ok")
        // Of twelve the third and the tenth bound the median with 96 %.
        #expect(together.ciLow == 3)
        #expect(together.ciHigh == 5)
        #expect(together.forks == 1)
        let apart = Self.samples("rounds", [Array(values[..<5]), Array(values[5...])])
        let divided = try #require(Self.figures(apart)["median"])
        #expect(divided.ciLow == together.ciLow && divided.ciHigh == together.ciHigh)
        #expect(divided.quality == "ok")
    }

    @Test func `too few seeds have no interval and say so`() {
        #expect(
            Self.figures(Self.samples("rounds", [[3], [4]]))["median"]?.quality
                == "two seeds only: too few for an interval")
        let one = Self.figures(Self.samples("rounds", [[3]]))["median"]
        #expect(one?.quality == "n too small: 1 samples, 2 needed")
        #expect(one?.value == 3)
        // From three to five, Student's interval over them.
        let three = Self.figures(Self.samples("rounds", [[3, 4, 5]]))["median"]
        #expect(three?.quality == "ok")
        #expect((three?.ciLow ?? 9) < 3 && (three?.ciHigh ?? 0) > 5)
    }

    @Test func `warm-up is on file but not in any figure`() {
        let found = Self.figures([
            SampleSeries(
                key: Self.key("time"), fork: 0, unit: "ns", warmup: [1000], samples: [5, 5, 5]),
            SampleSeries(
                key: Self.key("time"), fork: 1, unit: "ns", warmup: [1000], samples: []),
        ])
        #expect(found["max"]?.value == 5)
        #expect(found["mean"]?.samples == 3)
    }

    @Test func `series of one fork are one fork`() {
        let samples = Self.samples("time", [[1, 2], [3]])
        let found = Self.figures(samples + Self.samples("time", [[9]]))
        #expect(found["max"]?.value == 9)
        #expect(found["max"]?.samples == 4)
        #expect(found["max"]?.forks == 2)
    }

    @Test func `one fork has an interval that says what it is`() {
        let found = Self.figures(Self.samples("time", [Array(repeating: 4, count: 20) + [5]]))
        #expect(found["median"]?.quality != "ok")
        #expect(found["median"]?.forks == 1)
    }

    @Test func `exact figures must agree between forks`() {
        let agreed = Self.figures(Self.samples("count", [[16], [16]]))
        #expect(agreed["exact"]?.value == 16)
        #expect(agreed["exact"]?.quality == "ok")
        let split = Self.figures(Self.samples("count", [[16], [17]]))
        #expect(split["exact"]?.value == nil)
        #expect(split["exact"]?.quality == "forks disagree on an exact figure")
    }

    @Test func `percentiles come from merged histograms and only where samples carry them`() {
        var parts: [Run.Distribution] = []
        for fork in 0..<3 {
            var distribution = LatencyDistribution()
            for value in 1...1000 { distribution.record(nanoseconds: Double(value)) }
            parts.append(
                Run.Distribution(key: Self.key("time"), fork: fork, distribution: distribution))
        }
        let found = Self.figures([], parts)
        #expect(abs((found["p50"]?.value ?? 0) - 500) <= 0.5)
        #expect(abs((found["p99"]?.value ?? 0) - 990) <= 1)
        #expect(found["p99.9"]?.value != nil)
        #expect(found["p99.99"]?.value == nil)
        #expect(found["p99.99"]?.quality.hasPrefix("n too small") == true)
        #expect(found["max"]?.samples == 3000)
    }

    @Test func `reasons for doubt reach the figures that they concern`() {
        let doubt = Manifest.Doubt(
            metric: "time", parameters: ParameterSet(), reason: "never steady")
        let samples = Self.samples("time", Array(repeating: [1, 2, 3, 4, 5, 6], count: 6))
        #expect(Self.figures(samples)["mean"]?.quality == "ok")
        #expect(Self.figures(samples, doubts: [doubt])["mean"]?.quality == "never steady")
    }

    @Test func `the same run gives the same rows`() {
        let samples = Self.samples(
            "time", (0..<8).map { fork in (0..<50).map { Double(($0 * 7 + fork) % 13) } })
        #expect(Self.figures(samples) == Self.figures(samples))
    }
}
