import Foundation
import Measurement
import Quantities
import StrictYAML
import Testing
import Workloads

@testable import Claims

@Suite struct VocabularyTests {
    private let vocabulary: Vocabulary

    init() throws {
        let directory = NSTemporaryDirectory() + "nilometer-vocabulary-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let file = "\(directory)/w.yaml"
        let text =
            "schema: nilometer/workload/1\nname: w\nsummary: W.\nbenchmark: b\nforks: 1\ntime: 1s\n"
        try Data(text.utf8).write(to: URL(fileURLWithPath: file))
        let benchmark = BenchmarkDescription(
            name: "b", summary: "B.",
            parameters: [
                ParameterSpecification("nodes", "Nodes.", .integer(1...10), default: "1")
            ],
            metrics: [
                MetricSpecification("latency", .nanoseconds, .lower, .sampled, "A time."),
                MetricSpecification("moved", .count(of: "keys"), .lower, .exact, "Keys."),
            ], processingUnits: 1, floor: "none")
        vocabulary = Vocabulary(
            try Catalogue(workloads: [Workload(file: file)], suites: []), benchmarks: [benchmark])
    }

    private func message(
        _ evidence: String, unit: String = "us", value: String = "1", reading: String = ""
    ) -> String {
        let file = Examples.file(
            value: value, unit: unit, decide: "evidence: {\(evidence)}\n\(reading)")
        return Examples.message { try vocabulary.check(Examples.library(file)) }
    }

    @Test func `evidence that there can be is accepted`() {
        #expect(
            message(
                "workload: w, metric: latency, statistic: median, "
                    + "where: {nodes: 3, contender: x, durability-class: y}, trend: {along: nodes}",
                unit: "percent") == "no error: ()")
        #expect(
            message(
                "workload: w, metric: latency, statistic: p99", value: "fast",
                reading: "reading: {expect: nodes * 2}") == "no error: ()")
        #expect(
            message("workload: w, metric: moved, statistic: exact", unit: "keys") == "no error: ()")
    }

    @Test(arguments: [
        (
            "workload: v1, metric: latency, statistic: median", "us",
            "c.yaml:13:26: unknown workload 'v1'; expected 'w'"
        ),
        (
            "workload: w, metric: latencies, statistic: median", "us",
            "c.yaml:13:37: unknown metric 'latencies'; expected 'latency'"
        ),
        (
            "workload: w, metric: latency, statistic: exact", "us",
            "c.yaml:13:57: the statistic 'exact' of 'latency'; expected one that is estimated"
        ),
        (
            "workload: w, metric: moved, statistic: median", "keys",
            "c.yaml:13:55: the statistic 'median' of 'moved'; expected 'exact'"
        ),
        (
            "workload: w, metric: latency, statistic: median, where: {node: 1, size: 2}", "us",
            "c.yaml:13:73: unknown parameter 'node'; expected 'nodes'\n"
                + "c.yaml:13:82: unknown parameter 'size'; expected one of nodes, contender, "
                + "durability-class, placement"
        ),
        (
            "workload: w, metric: latency, statistic: median, trend: {along: node}", "x",
            "c.yaml:13:80: unknown parameter 'node'; expected 'nodes'"
        ),
        (
            "workload: w, metric: latency, statistic: median", "ops/s",
            "c.yaml:4:7: claim 'A-1' in 'ops/s' on metric 'latency' in 'ns'; "
                + "expected units of one dimension, or 'unit' in 'reading'"
        ),
        (
            "workload: w, metric: latency, statistic: median, trend: {along: nodes}", "us",
            "c.yaml:4:7: claim 'A-1' in 'us' on a trend in 'ratio'; "
                + "expected units of one dimension, or 'unit' in 'reading'"
        ),
        (
            "workload: w, metric: moved, statistic: exact", "nodes",
            "c.yaml:4:7: claim 'A-1' in 'nodes' on metric 'moved' in 'keys'; "
                + "expected units of one dimension, or 'unit' in 'reading'"
        ),
    ])
    func `evidence that there cannot be is located`(
        evidence: String, unit: String, expected: String
    ) {
        #expect(message(evidence, unit: unit) == expected)
    }

    @Test func `readings and boundaries are checked too`() {
        let evidence = "workload: w, metric: latency, statistic: median"
        #expect(
            message(evidence, value: "fast", reading: "reading: {expect: node * 2}")
                == "c.yaml:14:23: unknown parameter 'node'; expected 'nodes'")
        #expect(
            message(evidence, reading: "reading: {unit: keys}")
                == "c.yaml:14:21: claim 'A-1' in 'keys' on metric 'latency' in 'ns'; "
                + "expected units of one dimension, or 'unit' in 'reading'")
        #expect(
            message(evidence, reading: "boundary: {along: depth}").hasPrefix(
                "c.yaml:14:23: unknown parameter 'depth'; expected one of nodes"))
        #expect(
            message(evidence, reading: "boundary: {along: nodes, workload: v}")
                == "c.yaml:14:40: unknown workload 'v'; expected 'w'")
    }
}
