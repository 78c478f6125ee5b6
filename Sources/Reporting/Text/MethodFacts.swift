import Measurement
import Quantities
import Runs

/// How a run was made, from its manifest, a fact in each line.
struct MethodFacts {
    let manifest: Manifest

    /// The facts, as plain text.
    var lines: [String] {
        var facts = [toolFact, timeFact]
        facts += manifest.profiles.map { profile in
            let fields = profile.fields.pairs.map { "\($0.key)=\($0.value)" }
            return "Profile \(profile.name)"
                + (fields.isEmpty ? "." : ": \(fields.joined(separator: ", ")).")
        }
        facts += [forkFact, clockFact].compactMap(\.self)
        facts.append(
            "Medians are taken over the samples of all processes after warm-up. Intervals are "
                + "95 % bootstrap intervals in which the process is the sampling unit. "
                + "Percentiles come from histograms, merged over the processes. "
                + "– stands where too few samples carry a figure.")
        facts += metricFacts
        return facts
    }

    private var toolFact: String {
        let commit = manifest.commit.map { ", commit \($0)" } ?? ", of unknown commit"
        let suite = manifest.suite.map { "suite \($0)" } ?? "workloads named one by one"
        return "Tool version \(manifest.tool)\(commit), method \(manifest.method); \(suite), "
            + "seed \(manifest.seed)."
    }

    private var timeFact: String {
        let wall = Nanoseconds(manifest.overhead.wall)
        let measured = Nanoseconds(manifest.overhead.measured)
        let share = manifest.overhead.share.map {
            "; the suite itself took \(FigureText(value: $0 * 100, unit: "percent"))"
        }
        return "From \(manifest.start) to \(manifest.end): \(wall), of which \(measured) were "
            + "measured\(share ?? "")."
    }

    private var forkFact: String? {
        guard let least = manifest.workloads.map(\.forks).min(),
            let most = manifest.workloads.map(\.forks).max()
        else { return nil }
        let number = least == most ? "\(least)" : "\(least) to \(most)"
        let noun = most == 1 ? "process" : "processes"
        return "Each workload was planned for \(number) freshly started \(noun). Of "
            + "\(manifest.forks.count) that were started \(manifest.forks.count { $0.failure == nil }) "
            + "gave figures."
    }

    private var clockFact: String? {
        let clocks = manifest.forks.compactMap(\.clock)
        guard let first = clocks.first else { return nil }
        let costs = clocks.map(\.regionCost).sorted()
        let resolutions = clocks.map(\.resolution).sorted()
        let cost = Nanoseconds(costs[costs.count / 2])
        let resolution = Nanoseconds(resolutions[resolutions.count / 2])
        let source =
            switch first.source {
            case .timeStampCounter: "time-stamp counter, calibrated against CLOCK_MONOTONIC_RAW"
            case .monotonicRaw: "CLOCK_MONOTONIC_RAW"
            }
        return "Clock: \(source); an empty timed region costs \(cost), its resolution is "
            + "\(resolution)."
    }

    private var metricFacts: [String] {
        manifest.benchmarks.map { benchmark in
            let metrics = benchmark.metrics.map { "\($0.name) (\($0.unit)): \($0.summary)" }
            return "\(benchmark.benchmark). "
                + metrics.map(MethodFacts.sentence).joined(separator: " ") + " Floor: "
                + MethodFacts.sentence(benchmark.floor)
        }
    }

    private static func sentence(_ text: String) -> String {
        text.hasSuffix(".") ? text : text + "."
    }
}
