import Counters
import Hardware
import Measurement
import Quantities
import Testing

@testable import Runs

/// Forks that were disturbed and measured again stay on file and out of the figures.
@Suite struct SetAsideTests {
    /// Two sweep points of one workload, two forks each; fork 1 of the first is set aside for fork 2.
    private static func manifest() -> Manifest {
        var manifest = FigureDerivationTests.manifest()
        manifest.workloads = ["10", "100"].map { nodes in
            PlannedWorkload(
                workload: "w", benchmark: "b", parameters: ParameterSet().with("nodes", nodes),
                profile: "auto", forks: 2, time: .seconds(1))
        }
        manifest.forks = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)].map { workload, fork in
            var events = EventCounts.current().since(.current())
            events.involuntarySwitches = 10
            events.stolenTime = fork == 1 ? 5e6 : 0
            return Manifest.ForkSummary(
                workload: workload, fork: fork, processingUnits: [0], events: events,
                measuredTime: 1e9,
                doubts: fork == 1
                    ? [.init(metric: "time", parameters: parameters(workload), reason: "noisy")]
                    : [],
                notes: [], setAside: workload == 0 && fork == 1 ? "noisy: steal" : nil)
        }
        return manifest
    }

    private static func parameters(_ workload: Int) -> ParameterSet {
        ParameterSet().with("nodes", workload == 0 ? "10" : "100").with("contender", "a")
    }

    private static func run() throws -> Run {
        let manifest = manifest()
        let samples = manifest.forks.map { fork in
            SampleSeries(
                key: FigureKey(
                    workload: "w", parameters: parameters(fork.workload), profile: "auto",
                    metric: "time"),
                fork: fork.fork, unit: "ns",
                samples: Array(repeating: fork.fork == 1 ? 100 : 1, count: 3))
        }
        let machine = try Machine.detect(
            Machine.DetectionOptions(topology: .synthetic("pack:1 numa:1 core:2 pu:1")))
        return Run(manifest: manifest, machine: machine, samples: samples, distributions: [])
    }

    @Test func `what is set aside is in no figure, and only there`() throws {
        let run = try Self.run()
        #expect(run.samples.count == 5)
        #expect(
            run.standing.samples.count == 4
                && run.standing.samples.allSatisfy {
                    $0.fork != 1 || $0.samples == [100, 100, 100]
                })
        #expect(run.setAsideSamples.map(\.fork) == [1])
        let medians = FigureDerivation(run.manifest)
            .figures(samples: run.samples, distributions: [])
            .filter { $0.statistic == "max" }
        let small = try #require(medians.first { $0.parameters["nodes"] == "10" })
        let large = try #require(medians.first { $0.parameters["nodes"] == "100" })
        #expect(small.value == 1)
        #expect(small.forks == 2)
        #expect(small.quality == "ok")
        #expect(large.value == 100)
        #expect(large.quality.contains("noisy"))
    }

    @Test func `disturbances are summed over the forks of a workload, whatever its sweep`() throws {
        let summaries = DisturbanceSummary.all(of: Self.manifest())
        let summary = try #require(summaries.first)
        #expect(summaries.count == 1)
        #expect(summary.forks == 5)
        #expect(summary.setAside == 1)
        #expect(summary.time == 5e9)
        #expect(summary.events.involuntarySwitches == 50)
        #expect(summary.events.stolenTime == 10e6)
    }

    @Test func `stolen time that one fork does not know is not known of all`() throws {
        var manifest = Self.manifest()
        manifest.forks[3].events?.stolenTime = nil
        #expect(DisturbanceSummary.all(of: manifest).first?.events.stolenTime == nil)
    }
}
