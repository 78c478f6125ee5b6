import Counters
import Foundation
import Hardware
import Measurement
import Quantities
import Testing

@testable import Runs

@Suite struct ReferenceTests {
    private let directory = NSTemporaryDirectory() + "nilometer-reference-\(UUID().uuidString)"
    private var reference: String { "\(directory)/reference" }

    /// A run's folder whose manifest names paths, the machine and its user.
    private func measured() throws -> String {
        var manifest = FigureDerivationTests.manifest()
        manifest.forks = []
        manifest.command = [
            "/srv/build-3/nilometer", "run", "--out", "/srv/someone/Results", "--path=/data/disk1",
        ]
        let machine = try Machine.detect(
            Machine.DetectionOptions(topology: .synthetic("pack:1 numa:1 core:2 pu:1")))
        let writer = try RunWriter(results: directory, manifest: manifest, machine: machine)
        for fork in 0..<2 {
            var distribution = LatencyDistribution()
            for value in 1...500 { distribution.record(nanoseconds: Double(value + fork)) }
            var recorder = Recorder(
                for: BenchmarkDescription(
                    name: "b", summary: "", parameters: [],
                    metrics: FigureDerivationTests.metrics, processingUnits: 1, floor: ""),
                parameters: ParameterSet())
            let parameters = ParameterSet().with("contender", "a")
            recorder.record("time", parameters, samples: [1, 2, 3 + Double(fork)])
            recorder.record("time", parameters, distribution: distribution)
            recorder.note(
                "wrote to '/srv/someone/file', on box17 as alice; 5 ops/s, see /proc/stat")
            try writer.add(
                ForkRecord(
                    of: ForkRequest(
                        benchmark: "b", parameters: ParameterSet(), fork: fork, seed: 5, time: 1e6,
                        processingUnits: [0],
                        directory: .init(path: "/", durability: "unknown")),
                    processingUnits: [0],
                    clock: TickClock(calibratingFor: .microseconds(10)).calibration,
                    events: .current(), measuredTime: 1e6, recorder: recorder),
                of: .init(workload: 0, fork: fork))
        }
        _ = try writer.finish(ending: .complete, end: "later", wall: 5e6)
        return try writer.publish()
    }

    private func written() throws -> (run: String, ReferenceWriter.Summary, [Figure]) {
        let run = try measured()
        let writer = try ReferenceWriter(of: run, names: MachineNames(["box17", "alice"]))
        let figures = FigureDerivation(writer.run.manifest)
            .figures(samples: writer.run.samples, distributions: writer.run.distributions)
        let summary = try writer.write(RunFiles.tables(figures, [], []), to: reference)
        return (run, summary, figures)
    }

    @Test func `a reference gives its figures back, and says what was left out`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let (run, summary, figures) = try written()
        let back = try ReferenceRun(reading: reference)
        #expect(back.figures == figures)
        #expect(back.figures.contains { $0.statistic == "p50" })
        // Two histograms of forks and the samples.
        #expect(summary.leftOut == 3)
        let sums = try Checksums(reading: run)
        #expect(back.leftOut.sums["samples.csv"] == sums.sums["samples.csv"])
        #expect(back.manifest.histograms.count == 1)
        #expect(back.manifest.histograms.allSatisfy { $0.fork == nil })
        #expect(try Checksums(reading: reference).findings(in: reference).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: "\(reference)/samples.csv"))
        let size = try FileManager.default.subpathsOfDirectory(atPath: reference)
            .reduce(0) { total, path in
                total + (FileManager.default.contents(atPath: "\(reference)/\(path)")?.count ?? 0)
            }
        #expect(size == summary.size)
        #expect(size <= ReferenceWriter.greatestSize)
    }

    @Test func `a reference names neither paths nor machine nor user`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try written()
        for path in try FileManager.default.subpathsOfDirectory(atPath: reference) {
            guard let data = FileManager.default.contents(atPath: "\(reference)/\(path)") else {
                continue
            }
            let text = String(decoding: data, as: UTF8.self)
            for name in ["/srv", "/data", "someone", "box17", "alice", directory] {
                #expect(!text.contains(name), "\(path) has \(name)")
            }
        }
        let back = try ReferenceRun(reading: reference)
        #expect(back.manifest.command == ["nilometer", "run", "--out", "PATH", "--path=PATH"])
        #expect(
            back.manifest.forks[0].notes
                == ["wrote to 'PATH', on NAME as NAME; 5 ops/s, see /proc/stat"])
    }

    @Test func `a reader of runs says that the samples were left out on purpose`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try written()
        let error = #expect(throws: RunError.self) { try RunReader.read(reference) }
        #expect(error?.description.contains("left out on purpose") == true)
    }

    @Test func `an altered figure of a reference is refused`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        _ = try written()
        let path = "\(reference)/results.csv"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacing(",median,2", with: ",median,3")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: RunError.self) { try ReferenceRun(reading: reference) }
        #expect(error?.description.contains("results.csv' is not what was written") == true)
        try text.replacing(",median,2", with: ",median,two")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let malformed = #expect(throws: RunError.self) { try ReferenceRun(reading: reference) }
        #expect(malformed?.description.contains("line 2: value is 'two") == true)
    }

    @Test func `what is not a reference is not replaced, and a reference is`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let run = try measured()
        let writer = try ReferenceWriter(of: run, names: MachineNames([]))
        #expect(throws: RunError.self) { try writer.write([], to: run) }
        #expect(try RunReader.read(run).samples.count == 6)
        let tables = RunFiles.tables([], [], [])
        _ = try writer.write(tables, to: reference)
        _ = try writer.write(tables, to: reference)
        #expect(ReferenceRun.isReference(reference))
        let left = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(!left.contains { $0.hasSuffix(".partial") }, "\(left)")
    }

    @Test func `a histogram that is not what was measured, or has no sum, goes into no reference`()
        throws
    {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let run = try measured()
        let merged = try #require(
            try RunReader.read(run).manifest.histograms.first { $0.fork == nil })
        let path = "\(run)/histograms/\(merged.file)"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try (text + "#\n").write(toFile: path, atomically: true, encoding: .utf8)
        func refusal() -> String {
            let error = #expect(throws: RunError.self) {
                _ = try ReferenceWriter(of: run, names: MachineNames([])).write([], to: reference)
            }
            #expect(!FileManager.default.fileExists(atPath: reference))
            return error?.description ?? ""
        }
        #expect(refusal().contains("\(merged.file)' is not what was written"))
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let sums = try Checksums(reading: run)
        try sums.only { !$0.hasSuffix(merged.file) }.write(to: run)
        #expect(refusal().contains("no sum of 'histograms/\(merged.file)'"))
        try sums.write(to: run)
        _ = try ReferenceWriter(of: run, names: MachineNames([])).write([], to: reference)
        let left = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(!left.contains { $0.hasSuffix(".partial") }, "\(left)")
    }

    @Test func `an old reference gets its name back when the new one cannot have it`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for name in ["old", "new"] {
            try RunFiles.createDirectory("\(directory)/\(name)")
            try RunFiles.write(name, to: "\(directory)/\(name)/name")
        }
        let old = "\(directory)/old"
        func content() throws -> String {
            try String(contentsOfFile: "\(old)/name", encoding: .utf8)
        }
        #expect(throws: RunError.self) {
            try ReferenceWriter.put("\(directory)/nowhere", in: old)
        }
        #expect(try content() == "old")
        try ReferenceWriter.put("\(directory)/new", in: old)
        #expect(try content() == "new")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["old"])
    }
}
