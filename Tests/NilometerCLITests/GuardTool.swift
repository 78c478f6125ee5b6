import Counters
import Foundation
import Hardware
import Measurement
import Quantities
import Runs
import Testing

/// What the guard's tests do with the tool: runs of this machine that nobody measured, and altered
/// copies of them.
struct GuardTool {
    let tool: Tool
    var results: String { "\(tool.directory)/Results" }
    var baselines: String { "\(tool.directory)/Baselines" }

    init() throws { tool = try Tool() }

    func remove() { tool.remove() }

    /// Runs the tool with the directories of this test.
    func callAsFunction(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> Tool.Result {
        // Whatever CI system runs the tests, it is not the one that they are about.
        let plain = ["GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": "", "NO_COLOR": "1"]
        // What takes long in a debug build: that intervals are exact is tested where they are made.
        let quick = ["compare", "regress"].contains(arguments.first) ? ["--resamples", "300"] : []
        return try tool.run(arguments + quick, environment: plain.merging(environment) { $1 })
    }

    /// This machine, which runs must come from to be measured again here.
    private static let machine = Result { try Machine.detect() }
    private static let clock = TickClock().calibration

    private static let description = BenchmarkDescription(
        name: "calibration.slowdown", summary: "", parameters: [],
        metrics: [
            MetricSpecification("time", .nanoseconds, .lower, .sampled, ""),
            MetricSpecification("relative", .ratio, .lower, .sampled, ""),
        ], processingUnits: 1, floor: "")

    private static let parameters = ParameterSet().with("burn", "off").with("percent", "0")
        .with("trial", "1")

    /// Writes a run of `calibration.slowdown` called `name`, processes on a still machine whose
    /// samples lie around `level`, and gives its folder. With `noise`, b over a lies up to twice that
    /// share off 1.
    func run(
        _ name: String, level: Double = 100, start: String = "2026-01-02T03:04:05Z",
        forks: Int = 8, noise: Double? = nil
    ) throws -> String {
        let planned = PlannedWorkload(
            workload: Self.description.name, benchmark: Self.description.name,
            parameters: Self.parameters, profile: "low-latency", forks: forks,
            time: .milliseconds(20))
        let manifest = Manifest(
            run: name, tool: "0.1.0", commit: "0123456789ab", command: ["nilometer"], suite: nil,
            seed: 7, profiles: [], start: start, workloads: [planned],
            benchmarks: [
                .init(
                    benchmark: Self.description.name, floor: "",
                    metrics: Self.description.metrics)
            ])
        let writer = try RunWriter(
            results: results, manifest: manifest, machine: try Self.machine.get())
        for fork in 0..<forks {
            try writer.add(
                record(fork, of: planned, level: level, noise: noise),
                of: .init(workload: 0, fork: fork))
        }
        _ = try writer.finish(ending: .complete, end: start, wall: 1e9)
        return try writer.publish()
    }

    private func record(
        _ fork: Int, of planned: PlannedWorkload, level: Double, noise: Double?
    ) -> ForkRecord {
        var recorder = Recorder(for: Self.description, parameters: planned.parameters)
        for contender in ["a", "b"] {
            recorder.record(
                "time", planned.parameters.with("contender", contender),
                samples: (0..<10).map { level * (1 + 0.0001 * Double((fork + $0) % 5)) },
                warmup: [level * 50])
        }
        if let noise {
            recorder.record(
                "relative", planned.parameters.with("contender", "b"),
                samples: [1 + noise * Double(fork % 5 - 2)])
        }
        let request = ForkRequest(
            benchmark: planned.benchmark, parameters: planned.parameters, fork: fork, seed: 7,
            time: planned.time, processingUnits: [0],
            directory: .init(path: tool.directory, durability: "unknown"))
        return ForkRecord(
            of: request, processingUnits: [0], clock: Self.clock,
            events: EventCounts.current().since(.current()), measuredTime: 1e6,
            recorder: recorder)
    }

    /// A copy of the run `folder` under `name` in which text of a file is replaced, without sums, as if
    /// it had been written so.
    func copy(
        _ folder: String, _ name: String, _ file: String = "manifest.json",
        replacing: (String) throws -> String
    ) throws -> String {
        let copy = "\(results)/\(name)"
        try FileManager.default.copyItem(atPath: folder, toPath: copy)
        let text = try String(contentsOfFile: "\(copy)/\(file)", encoding: .utf8)
        let changed = try replacing(text)
        try #require(changed != text, "nothing was replaced in \(file)")
        try changed.write(toFile: "\(copy)/\(file)", atomically: true, encoding: .utf8)
        try FileManager.default.removeItem(atPath: "\(copy)/checksums.sha256")
        return copy
    }

    func object(_ text: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    func rows(_ text: String) throws -> [[String: Any]] {
        try #require(try object(text)["rows"] as? [[String: Any]])
    }
}
