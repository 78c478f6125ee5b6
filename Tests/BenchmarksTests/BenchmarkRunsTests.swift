import Benchmarks
import Claims
import Counters
import Foundation
import Hardware
import Measurement
import Quantities
import Synchronization
import Testing

/// Every benchmark runs for a moment with its defaults and gives every figure that it declares.
@Suite(.serialized) struct BenchmarkRunsTests {
    init() { BuiltProgram.servesCounters() }

    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    private final class Slot: Sendable {
        let result = Mutex<Result<ForkRecord, any Error>?>(nil)
    }

    /// Runs one fork's work on a thread of its own: it binds the thread.
    private func record(
        _ benchmark: BenchmarkDescription, _ values: [(String, String)] = [],
        commands: MeasuredCommands? = nil, time: Nanoseconds = .milliseconds(30),
        counters: [CounterName] = []
    ) throws -> ForkRecord {
        let directory = NSTemporaryDirectory() + "nilometer-benchmark-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
        for (name, value) in values { parameters = parameters.with(name, value) }
        let request = ForkRequest(
            benchmark: benchmark.name, parameters: parameters, fork: 0, seed: 7,
            time: time.rawValue, processingUnits: Self.units,
            directory: .init(path: directory, durability: "unknown"), commands: commands,
            counters: counters)
        let slot = Slot()
        try PinnedThread(pu: Self.units[0], name: "benchmark") {
            let outcome = Result { try ForkExecution.run(request, among: BenchmarkCatalogue.all) }
            slot.result.withLock { $0 = outcome }
        }.join()
        let record = try #require(slot.result.withLock { $0 }).get()
        let left = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(left.isEmpty, "left behind: \(left)")
        return record
    }

    private static func values(of name: String) -> [(String, String)] {
        switch name {
        case "ring.lookup", "ring.build", "ring.replicas": [("nodes", "20")]
        case "ring.balance", "ring.relocation": [("seeds", "2")]
        case "storage.append", "storage.sync": [("turn", "2")]
        case "storage.read", "storage.write": [("turn", "2ms"), ("size", "1")]
        case "storage.group": [("callers", "3")]
        case "peer.etcd.partition": [("cut", "1s")]
        case "peer.etcd.election", "peer.etcd.restore", "peer.etcd.lease": []
        case let name where name.hasPrefix("peer."): [("turn", "1ms")]
        case "obelisk.rate", "scarab.many": [("turn", "1ms")]
        case "obelisk.disk": [("increments", "100000")]
        case "obelisk.guarantees": [("length", "2"), ("lives", "10"), ("kills", "3")]
        case "storage.scaling": [("processes", "1,3"), ("window", "1ms")]
        case "gossip.failure": [("members", "3"), ("period", "50ms")]
        case "shen.append": [("rivals", "1")]
        case "shen.failover": [("role", "middle")]
        case "shen.throughput": [("batch", "100")]
        case "replication.comparison":
            [("turn", "20ms"), ("contenders", "chain,quorum,etcd")]
        case "calibration.stall": [("stall", "2ms")]
        case "channel.conformance": [("trials", "3")]
        case "channel.affinity": [("stretch", "10ms")]
        case "pool.adapt": [("phase", "100"), ("interval", "1"), ("service", "200")]
        case "calibration.objective":
            // p90 does with a hundred requests a step.
            [("service", "5us"), ("step", "2ms"), ("percentile", "90"), ("objective", "500us")]
        default: []
        }
    }

    /// A moment, or the few that a search needs.
    private static func time(of name: String) -> Nanoseconds {
        name == "calibration.objective" ? .milliseconds(300) : .milliseconds(30)
    }

    @Test(
        .enabled(if: units.count > 1, "needs two processing units"),
        // SnippetCompilerTests compile what `pool.rejections` does.
        arguments: BenchmarkCatalogue.descriptions.map(\.name).filter { $0 != "pool.rejections" })
    func `a benchmark gives the figures that it declares`(name: String) throws {
        let description = try #require(
            BenchmarkCatalogue.descriptions.first { $0.name == name })
        let commands = try MeasuredCommands(CommandText("true"), against: CommandText("sleep 0"))
        var record = try record(
            description, Self.values(of: name),
            commands: name == MeasuredCommands.benchmark ? commands : nil,
            time: Self.time(of: name))
        // A ratio needs both of its windows in one placement, which the host may change: longer, then.
        if !Self.missing(of: description, in: record).isEmpty {
            record = try self.record(
                description, Self.values(of: name),
                commands: name == MeasuredCommands.benchmark ? commands : nil,
                time: Self.time(of: name) * 10)
        }
        #expect(record.measuredTime > 0)
        #expect(Self.missing(of: description, in: record) == [])
        for series in record.series {
            // Empty only where the cores moved and a placement was met in warm-up alone.
            #expect(!series.samples.isEmpty || !series.warmup.isEmpty)
            #expect(series.samples.allSatisfy { $0.isFinite }, "\(series.metric)")
            // What one run takes beyond another may be less than nothing.
            let isDifference =
                [
                    "net", "drift", "beyond-floor", "added", "share", "excess", "gain",
                ].contains(series.metric) || series.metric.hasPrefix("gain-")
            #expect(
                series.samples.allSatisfy { $0 >= 0 } || isDifference,
                "\(series.metric)")
            #expect(series.parameters["contenders"] == nil)
        }
        // What figures are told apart by can be asked for by claims.
        let known = Set(
            description.parameters.map(\.name) + description.distinctions
                + Vocabulary.distinguishing)
        let figures = record.series.map(\.parameters) + record.distributions.map(\.parameters)
        #expect(Set(figures.flatMap { $0.pairs.map(\.key) }).subtracting(known).sorted() == [])
    }

    /// The metrics of which a record has no figure, and says nothing of why.
    private static func missing(
        of description: BenchmarkDescription, in record: ForkRecord
    ) -> [String] {
        let recorded = Set(record.series.map(\.metric) + record.distributions.map(\.metric))
        // A server of others that is not installed gives no figures, and the record says so.
        let lacksPeer = record.notes.contains { $0.contains("unavailable, ") }
        // Instructions are counted where that is asked for.
        // Of two units there is one pair, which differs from none.
        let absent = ["instructions"] + (units.count < 3 ? ["transfer-spread"] : [])
        return description.metrics.map(\.name).filter { metric in
            !absent.contains(metric) && !recorded.contains(metric)
                && !(lacksPeer
                    && (description.name.hasPrefix("peer.") || description.name == "obelisk.rate"))
                && !record.notes.contains { $0.hasPrefix("\(metric): unavailable, ") }
        }
    }

    private func description(_ name: String) throws -> BenchmarkDescription {
        try #require(BenchmarkCatalogue.descriptions.first { $0.name == name })
    }

    @Test(
        .enabled(if: units.count > 1, "needs two processing units"),
        arguments: [
            ("spsc", "throughput", 1.0), ("spsc", "latency", 2), ("spsc", "uncontended", 1),
            ("mpsc", "latency", 2), ("mpsc", "uncontended", 1), ("mpmc", "throughput", 1),
        ])
    func `the engine's messages are counted exactly, through PAPI`(
        kind: String, benchmark: String, perOperation: Double
    ) throws {
        let messages = try #require(EngineCounter(rawValue: "channel.\(kind).messages")).name
        // An unbounded channel's are those of its kind.
        let contenders = kind == "spsc" ? "nilometer" : "nilometer,nilometer-unbounded"
        let record = try record(
            description("channel.\(kind).\(benchmark)"), [("contenders", contenders)],
            counters: [messages, .preset("PAPI_NO_SUCH")])
        let counted = record.series.filter { $0.metric == "counter.\(messages)" }
        #expect(!counted.isEmpty)
        for series in counted {
            #expect(series.unit == "events/op")
            #expect(series.samples.allSatisfy { $0 == perOperation }, "\(series.samples)")
        }
        #expect(record.notes.contains { $0.hasPrefix("counter PAPI_NO_SUCH unavailable: ") })
        #expect(!record.series.contains { $0.metric.contains("PAPI_NO_SUCH") })
    }

    @Test func `what a shared file commits is counted by its contender's turns`() throws {
        let appends = EngineCounter.commitAppends.name
        let syncs = EngineCounter.commitSyncs.name
        let record = try record(
            description("storage.group"), [("callers", "3")], counters: [appends, syncs])
        func samples(_ name: CounterName, _ contender: String) -> [Double] {
            record.series.filter {
                $0.metric == "counter.\(name)" && $0.parameters["contender"] == contender
            }.flatMap(\.samples)
        }
        #expect(!samples(appends, "group").isEmpty)
        #expect(samples(appends, "group").allSatisfy { $0 == 1 })
        // A group has between one append and one of each caller.
        #expect(samples(syncs, "group").allSatisfy { (1 / 3.001...1).contains($0) })
    }

    @Test func `every append of one caller is counted with its one sync`() throws {
        let syncs = EngineCounter.appendSyncs.name
        let record = try record(
            description("storage.append"), [("contenders", "pwrite"), ("payload", "512")],
            counters: [syncs])
        let counted = record.series.filter { $0.metric == "counter.\(syncs)" }
        #expect(!counted.isEmpty)
        #expect(counted.flatMap(\.samples).allSatisfy { $0 == 1 }, "\(counted)")
    }

    @Test func `a benchmark without windows has the totals of its fork`() throws {
        let faults = CounterName.software(.pageFaults)
        let record = try record(description("engine.configuration"), counters: [faults])
        let totals = record.series.filter { $0.metric == "counter.page-faults.total" }
        if record.notes.contains(where: { $0.hasPrefix("counter page-faults unavailable") }) {
            #expect(totals.isEmpty)
        } else {
            #expect(totals.map(\.samples.count) == [1])
            #expect(totals.first?.parameters["thread"] == "all")
        }
    }

    @Test func `counters of known work come to the known numbers`() throws {
        let record = try record(
            description("calibration.counter"), [("pages", "200"), ("increments", "777")])
        // Two of seven from `getrusage`; what cannot be counted here is expected all the same.
        #expect(
            record.expectations.compactMap { $0.parameters["event"] } == [
                "minor-faults", "minor-faults", "context-switches", "context-switches",
                "sde:::nilometer::calibration.increments", "PAPI_TOT_INS", "PAPI_BR_INS",
            ])
        for expectation in record.expectations {
            guard
                let series = record.series.first(where: {
                    $0.parameters == expectation.parameters
                })
            else {
                #expect(expectation.parameters["source"] != "rusage")
                let event = expectation.parameters["event"] ?? ""
                #expect(record.notes.contains { $0.hasPrefix("counter \(event) unavailable: ") })
                continue
            }
            let middle = series.samples.sorted()[series.samples.count / 2]
            // What the processor counts may be wrong on this machine: the run says so.
            guard case .within(let low?, let high?) = expectation.condition,
                expectation.parameters["source"] != "papi"
            else { continue }
            #expect((low...high).contains(middle), "\(expectation.parameters): \(middle)")
        }
        let published = record.series.first { $0.parameters["source"] == "sde" }
        #expect(published?.samples.allSatisfy { $0 == 777 } == true)
    }

    @Test func `a spin too short for the clock is expected all the same`() throws {
        let record = try record(description("calibration.spin"), [("duration", "20ns")])
        let expected = record.expectations.compactMap { $0.parameters["contender"] }
        #expect(expected == ["windows", "short-windows"])
        let measured = record.series.compactMap { $0.parameters["contender"] }
        #expect(measured == (record.notes.isEmpty ? expected : []), "\(record.notes)")
    }

    @Test func `what killed forks left is removed, and nothing else`() throws {
        let files = FileManager.default
        let parent = NSTemporaryDirectory() + "nilometer-leftovers-\(UUID().uuidString)"
        defer { try? files.removeItem(atPath: parent) }
        let own = ProcessInfo.processInfo.processIdentifier
        let kept = [".nilometer-fork-\(own)0-1", "nilometer", "\(own)"]
        for name in kept + [".nilometer-fork-\(own)-1", ".nilometer-fork-\(own)-23"] {
            try files.createDirectory(
                atPath: "\(parent)/\(name)/inner", withIntermediateDirectories: true)
        }
        ForkLeftovers.remove(below: parent)
        #expect(try files.contentsOfDirectory(atPath: parent).sorted() == kept.sorted())
        ForkLeftovers.remove(below: "\(parent)/missing")
    }

    @Test(
        .enabled(if: units.count > 1, "needs two processing units"),
        arguments: ["pool.resize", "partition.lookup", "pool.route"])
    func `skewed keys are tried`(name: String) throws {
        let record = try record(description(name), [("skew", "0.99")])
        #expect(!record.series.isEmpty)
        #expect(record.series.allSatisfy { $0.parameters["skew"] == "0.99" })
        guard name == "pool.resize" else { return }
        func samples(_ metric: String) -> [Double] {
            record.series.filter { $0.metric == metric }.flatMap(\.samples)
        }
        #expect(samples("lost") == [0, 0] && samples("out-of-order") == [0, 0])
        let directions = record.series.filter { $0.metric == "time" }
            .compactMap { $0.parameters["direction"] }
        #expect(directions == ["grow", "shrink", "grow", "shrink"])
    }

    @Test func `a ring's batch gives throughput without latency`() throws {
        let description = try #require(
            BenchmarkCatalogue.descriptions.first { $0.name == "ring.lookup" })
        let record = try record(description, [("nodes", "20"), ("batch", "16")])
        let metrics = Set(record.series.map(\.metric))
        #expect(metrics.contains("throughput") && metrics.contains("floor-back-to-back"))
        #expect(!metrics.contains("latency") && !metrics.contains("floor"))
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/fio"), "needs fio"))
    func `fio's means are not among the latencies of single appends`() throws {
        let description = try #require(
            BenchmarkCatalogue.descriptions.first { $0.name == "storage.append" })
        let record = try record(
            description, [("turn", "2"), ("contenders", "io_uring,fio-psync")])
        func contenders(of metric: String) -> [String] {
            record.series.filter { $0.metric == metric }.compactMap { $0.parameters["contender"] }
        }
        #expect(contenders(of: "latency") == ["io_uring"])
        #expect(contenders(of: "throughput") == ["io_uring", "fio-psync"])
        #expect(contenders(of: "relative") == ["fio-psync"])
    }

    @Test func `the worked example gets 16, 4 and 2 workers`() throws {
        let description = try #require(
            BenchmarkCatalogue.descriptions.first { $0.name == "engine.configuration" })
        let record = try record(description, [("machine", "example")])
        func value(_ metric: String) -> Double? {
            record.series.first { $0.metric == metric }?.samples.first
        }
        #expect(value("application-workers") == 16)
        #expect(value("io-workers") == 4)
        #expect(value("accelerator-workers") == 2)
        #expect(value("numa-aware") == 1)
        #expect(value("affinity") == 1)
    }

    @Test func `a request that cannot be served says why`() throws {
        let directory = ForkRequest.MeasuredPath(path: "/", durability: "unknown")
        func run(_ benchmark: String, _ units: [Int]) throws -> ForkRecord {
            try ForkExecution.run(
                ForkRequest(
                    benchmark: benchmark, parameters: ParameterSet(), fork: 0, seed: 0, time: 1,
                    processingUnits: units, directory: directory),
                among: BenchmarkCatalogue.all)
        }
        #expect(throws: ForkExecution.Failure.self) { try run("no.such", [0]) }
        #expect(throws: ForkExecution.Failure.self) { try run("channel.spsc.latency", [0]) }
    }
}
