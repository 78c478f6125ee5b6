import LogSimulation
import Measurement
import Quantities
import Randomness
import RingSimulation

/// A scenario whose checks a benchmark counts.
protocol MeasuredScenario: Scenario {
    /// The benchmark's name.
    static var benchmarkName: String { get }
    /// What is checked, as the end of a sentence.
    static var promise: String { get }
}

extension GossipScenario: MeasuredScenario {
    static var benchmarkName: String { "gossip.sim.safety" }
    static var promise: String { "who is taken for dead, and what all nodes know in the end" }
}

extension TokenScenario: MeasuredScenario {
    static var benchmarkName: String { "token.sim.safety" }
    static var promise: String { "who holds a lock, and that everybody gets it" }
}

extension ChainScenario: MeasuredScenario {
    static var benchmarkName: String { "replication.sim.chain.safety" }
    static var promise: String { "that what clients saw is linearizable" }
}

extension QuorumScenario: MeasuredScenario {
    static var benchmarkName: String { "replication.sim.quorum.safety" }
    static var promise: String { "that what clients saw is linearizable" }
}

extension CoordinatorScenario: MeasuredScenario {
    static var benchmarkName: String { "coordinator.sim.safety" }
    static var promise: String { "that nothing is given out twice, and everybody is served again" }
}

extension RingScenario: MeasuredScenario {
    static var benchmarkName: String { "ring.sim.safety" }
    static var promise: String { "who owns which key, and that no write is lost when keys move" }
}

extension LogScenario: MeasuredScenario {
    static var benchmarkName: String { "shen.sim.safety" }
    static var promise: String {
        "that replicas of a log store the same, and each append once, where its answer says"
    }
}

/// Runs of a protocol under faults, and what its checkers said of them: counted, for seeds that are
/// named, so that anybody can repeat each of them.
enum SimulatedSafety<World: MeasuredScenario>: Benchmark {
    static var description: BenchmarkDescription {
        BenchmarkDescription(
            name: World.benchmarkName,
            summary: "simulated runs under crashes, partitions and lost messages that checkers "
                + "found wrong: \(World.promise)",
            parameters: [
                ParameterSpecification(
                    "seed",
                    "seed of the first run; the others follow by ones, so that each can be "
                        + "repeated by itself", .integer(0...1_000_000_000), default: "1"),
                ParameterSpecification(
                    "runs", "how many runs", .integer(1...1_000_000), default: "100"),
            ],
            metrics: [
                MetricSpecification(
                    "violating", .count(of: "runs"), .lower, .exact,
                    "runs that a checker found wrong"),
                MetricSpecification(
                    "unknown", .count(of: "runs"), .lower, .exact,
                    "runs of which a checker could not tell in the steps that it has"),
                MetricSpecification("runs", .count(of: "runs"), .neither, .exact, "all runs"),
                MetricSpecification(
                    "held", .percent, .higher, .exact,
                    "runs in which all that was promised held, of which no checker was unsure"),
                MetricSpecification(
                    "operations", .count(of: "operations"), .neither, .exact,
                    "what was committed or decided in all runs"),
                MetricSpecification(
                    "faults", .count(of: "faults"), .neither, .exact, "faults in all runs"),
                MetricSpecification(
                    "simulated", .nanoseconds, .neither, .exact,
                    "the time that all runs took by their own clocks"),
            ],
            processingUnits: 0, floor: "none: counted")
    }

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let swarm = Swarm<World>(
            first: Seed(UInt64(context.integer("seed"))), runs: context.integer("runs"))
        record(swarm.runHere(), into: &recorder)
    }

    /// Records what a swarm came to.
    static func record(_ report: SwarmReport, into recorder: inout Recorder) {
        let parameters = recorder.figureParameters()
        for (metric, count) in [
            ("violating", report.violating), ("unknown", report.unknown), ("runs", report.runs),
            ("operations", report.operations), ("faults", report.faults),
        ] {
            recorder.record(metric, parameters, samples: [Double(count)])
        }
        let held = report.runs - report.violating - report.unknown
        recorder.record("held", parameters, samples: [100 * Double(held) / Double(report.runs)])
        recorder.record("simulated", parameters, samples: [report.simulated.inNanoseconds])
        for violation in report.violations { recorder.note("\(World.name), \(violation)") }
        for metric in ["violating", "unknown"] {
            recorder.expect(
                metric, parameters, "exact", .within(low: 0, high: 0),
                because: "whatever the checkers find is a defect of the engine")
        }
    }
}
