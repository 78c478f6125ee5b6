import Measurement
import Quantities
import Randomness
import RingSimulation
import ShenRing
import StateMachines

/// What clients in four regions see of a chain that passes all of them.
enum ReplicationRegions: Benchmark {
    private static let regions = ["us-west", "us-east", "eu", "ap-south"]

    /// One-way delays in milliseconds between the regions, half of the round trips that networks of public
    /// clouds publish between such places, to the nearest five: an assumption, which parameters scale.
    private static let delays = [
        [1, 30, 70, 110],
        [30, 1, 40, 95],
        [70, 40, 1, 60],
        [110, 95, 60, 1],
    ]

    static let description = BenchmarkDescription(
        name: "replication.sim.geo",
        summary:
            "what clients of each region wait for reads and writes of a chain with a member in each "
            + "of four regions, in simulated time",
        parameters: [
            ParameterSpecification(
                "reading",
                "who answers reads: the tail alone, or the member of the client's region",
                .choice(["tail", "anywhere"]), default: "tail"),
            ReplicationSetting.sync,
            ParameterSpecification(
                "stretch", "how many times the assumed delays are the delays", .number(0.1...10),
                default: "1"),
            SimulatedRuns.runs(default: 3),
        ],
        distinctions: ["region"],
        metrics: [
            MetricSpecification(
                "write", .nanoseconds, .lower, .sampled, "median time from a write to its answer"),
            MetricSpecification(
                "read", .nanoseconds, .lower, .sampled, "median time from a read to its answer"),
            MetricSpecification(
                "local", .ratio, .higher, .sampled,
                "share of the reads that were answered within a region: sooner than anything can come "
                    + "from another one"),
        ],
        processingUnits: 0, floor: "the delays there and back")

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let table = delays.map { row in
            row.map { Span.milliseconds(Int64($0)).scaled(by: context.number("stretch")) }
        }
        var chain = try ChainExperiment.acrossRegions(
            table, sync: context.span("sync"),
            reading: context.text("reading") == "tail" ? .atTail : .anywhere)
        chain.span = .seconds(20)
        var found: [[ChainRegionFigures]] = []
        try SimulatedRuns.each(in: context, into: &recorder) { seed in
            let figures = chain.regions(seed: seed)
            if let violation = figures.first(where: { !$0.violations.isEmpty }) {
                throw ViolatedRun(of: "a chain", seed: seed, violation.violations)
            }
            guard figures.allSatisfy({ !$0.reads.all.isEmpty && !$0.writes.all.isEmpty }) else {
                throw UnfinishedRun("a region was not served", seed: seed)
            }
            found.append(figures)
        }
        let parameters = recorder.figureParameters(without: ["runs"])
        for (place, region) in regions.enumerated() {
            let own = found.map { $0[place] }
            let nearest =
                table[place].enumerated().filter { $0.offset != place }
                .map { $0.element * 2 }.min() ?? .zero
            func record(_ metric: String, _ value: (ChainRegionFigures) -> Double) {
                recorder.record(metric, parameters.with("region", region), samples: own.map(value))
            }
            record("write") { $0.writes.within(0.5)?.inNanoseconds ?? 0 }
            record("read") { $0.reads.within(0.5)?.inNanoseconds ?? 0 }
            record("local") { figures in
                Double(figures.reads.all.count { $0 < nearest }) / Double(figures.reads.all.count)
            }
        }
    }
}
