import Foundation
import Hardware
import Measurement
import Regression
import Runs

/// A comparison made up of forks that nobody measured: one metric of each status that tests need.
enum SampleComparison {
    /// Markup, quotes, control characters, line breaks and commands of several kinds.
    static let hostile = "<b a='1'>&\"]]>\u{1}\u{1B}[31m|`*_::error::%0A"

    static let fingerprint: Fingerprint = {
        let text = "{\"processorModel\": \"Example\", \"usableCores\": 2}"
        guard let made = try? JSONDecoder().decode(Fingerprint.self, from: Data(text.utf8)) else {
            preconditionFailure("\(text) is no fingerprint")
        }
        return made
    }()

    static func side(
        _ levels: [(metric: String, level: Double, forks: Int)], name: String, profile: String
    ) -> MeasuredSide {
        let figures = levels.map { metric, level, forks in
            ForkedFigure(
                identity: FigureIdentity(
                    key: FigureKey(
                        workload: "ring.lookup", parameters: ParameterSet().with("nodes", "10"),
                        profile: profile, metric: metric), statistic: "median", unit: "ns"),
                better: .lower, isExact: false,
                forks: (0..<forks).map { fork in
                    ForkedFigure.Fork(
                        number: fork,
                        values: (0..<10).map { window in
                            let unevenness = Double((fork + window) % 3)
                            return level * (1 + 0.001 * unevenness)
                        })
                })
        }
        return MeasuredSide(
            name: name, run: name, tool: "0.1.0", commit: "0123456789ab",
            start: "2026-01-02T03:04:05Z", seed: 7, method: 1,
            fingerprint: fingerprint, workloads: [],
            detectableEffect: nil, figures: figures)
    }

    static func make(
        profile: String = "auto", name: String = "main",
        forced: [Comparability.Difference] = []
    ) -> RunComparison {
        RunComparison(
            base: side(
                [("time", 100, 10), ("same", 100, 10), ("few", 100, 3), ("gone", 1, 10)],
                name: name, profile: profile),
            new: side(
                [("time", 120, 10), ("same", 100, 10), ("few", 100, 3), ("fresh", 1, 10)],
                name: "Results/latest", profile: profile),
            rule: ComparisonRule(resamples: 500), forced: forced,
            notes: ["a note with \(profile)"])
    }
}
