import Foundation
import Hardware
import Measurement
import Quantities

@testable import Regression
@testable import Runs

/// Sides and runs that nobody measured.
enum MadeUp {
    static let fingerprint: Fingerprint = {
        let text = """
            {"processorModel": "Example CPU 9000", "usableCores": 2, "kernelMajorVersion": 6,
             "simultaneousMultithreading": false, "virtualisation": "kvm"}
            """
        guard let made = try? JSONDecoder().decode(Fingerprint.self, from: Data(text.utf8)) else {
            preconditionFailure("\(text) is no fingerprint")
        }
        return made
    }()

    static func key(
        _ metric: String = "time", workload: String = "w", nodes: Int = 10,
        of: String? = nil
    ) -> FigureKey {
        var parameters = ParameterSet().with("nodes", "\(nodes)")
        if let of { parameters = parameters.with("of", of) }
        return FigureKey(
            workload: workload, parameters: parameters, profile: "auto", metric: metric)
    }

    /// Ten forks of windows around `level`, alike but for a little that repeats.
    static func values(_ level: Double, forks: Int = 10, windows: Int = 20) -> [[Double]] {
        (0..<forks).map { fork in
            (0..<windows).map { window in
                let unevenness = Double((fork * 7 + window * 3) % 5)
                return level * (1 + 0.001 * unevenness)
            }
        }
    }

    static func figure(
        _ key: FigureKey, _ values: [[Double]], unit: String = "ns",
        better: BetterDirection? = .lower, statistic: String = "median", isExact: Bool = false,
        doubts: [[String]] = []
    ) -> ForkedFigure {
        ForkedFigure(
            identity: FigureIdentity(key: key, statistic: statistic, unit: unit), better: better,
            isExact: isExact,
            forks: values.enumerated().map { index, values in
                ForkedFigure.Fork(
                    number: index, values: values,
                    doubts: index < doubts.count ? doubts[index] : [])
            })
    }

    static func side(
        _ figures: [ForkedFigure], name: String = "side", run: String? = nil,
        start: String = "2026-01-02T03:04:05Z", commit: String? = nil, method: Int = 1,
        fingerprint: Fingerprint = MadeUp.fingerprint, effect: DetectableEffect? = nil
    ) -> MeasuredSide {
        MeasuredSide(
            name: name, run: run ?? name, tool: "0.1.0", commit: commit, start: start, seed: 7,
            method: method, fingerprint: fingerprint, workloads: [], detectableEffect: effect,
            figures: figures)
    }

    static let metrics = [
        MetricSpecification("time", .nanoseconds, .lower, .sampled, "t"),
        MetricSpecification("rate", .count(of: "ops/s"), .higher, .sampled, "r"),
        MetricSpecification("balance", .ratio, .lower, .exact, "b"),
        MetricSpecification("size", .bytes, .neither, .sampled, "s"),
    ]

    /// A run of the workload `w` whose forks measured `values` of each metric, with warm-up of a
    /// hundred times the time.
    static func run(
        _ values: [(metric: String, forks: [[Double]])],
        distributions: [LatencyDistribution] = [], setAside: Set<Int> = []
    ) throws -> Run {
        let parameters = ParameterSet().with("nodes", "10")
        let count = values.map(\.forks.count).max() ?? distributions.count
        var manifest = Manifest(
            run: "20260102T030405Z-made-up", tool: "0.1.0", commit: "0123456789ab",
            command: ["nilometer"], suite: nil, seed: 7, profiles: [],
            start: "2026-01-02T03:04:05Z",
            workloads: [
                PlannedWorkload(
                    workload: "w", benchmark: "b", parameters: parameters, profile: "auto",
                    forks: count, time: .seconds(1))
            ],
            benchmarks: [.init(benchmark: "b", floor: "", metrics: metrics)])
        manifest.ending = .complete
        manifest.end = "2026-01-02T03:05:05Z"
        for fork in 0..<count {
            var summary = Manifest.ForkSummary(
                Schedule.Turn(workload: 0, fork: fork), failure: "")
            summary.failure = nil
            summary.measuredTime = 1.5e9
            summary.setAside = setAside.contains(fork) ? "noisy" : nil
            if fork == 1 {
                summary.doubts = [
                    .init(metric: "time", parameters: parameters, reason: "never steady")
                ]
            }
            manifest.forks.append(summary)
        }
        let samples = values.flatMap { metric, forks in
            forks.enumerated().map { fork, values in
                SampleSeries(
                    key: key(metric), fork: fork,
                    unit: metrics.first { $0.name == metric }?.unit ?? "",
                    warmup: [100 * values[0]], samples: values)
            }
        }
        let machine = try Machine.detect(
            Machine.DetectionOptions(topology: .synthetic("pack:1 numa:1 core:2 pu:1")))
        return Run(
            manifest: manifest, machine: machine, samples: samples,
            distributions: distributions.enumerated().map { fork, distribution in
                Run.Distribution(key: key(), fork: fork, distribution: distribution)
            })
    }
}
