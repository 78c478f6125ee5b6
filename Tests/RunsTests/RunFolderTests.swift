import Counters
import Diagnosis
import Foundation
import Hardware
import Measurement
import Quantities
import Testing

@testable import Runs

@Suite struct RunFolderTests {
    private let results = NSTemporaryDirectory() + "nilometer-runs-\(UUID().uuidString)"
    private let machine: Machine

    init() throws {
        machine = try Machine.detect(
            Machine.DetectionOptions(topology: .synthetic("pack:1 numa:1 core:2 pu:1")))
    }

    private func record(fork: Int) -> ForkRecord {
        var distribution = LatencyDistribution()
        for value in 1...500 { distribution.record(nanoseconds: Double(value) + Double(fork)) }
        let parameters = ParameterSet().with("contender", "a,\"b\"")
        var recorder = Recorder(
            for: BenchmarkDescription(
                name: "b", summary: "", parameters: [], metrics: FigureDerivationTests.metrics,
                processingUnits: 1, floor: ""), parameters: ParameterSet())
        recorder.record(
            "time", parameters, samples: [0.1, 0.2, 1.0 / 3.0], warmup: [9, 8],
            doubts: ["never steady"])
        recorder.record("time", parameters, distribution: distribution)
        recorder.note("a fact")
        return ForkRecord(
            of: ForkRequest(
                benchmark: "b", parameters: ParameterSet(), fork: fork, seed: 5, time: 1e6,
                processingUnits: [0], directory: .init(path: "/", durability: "unknown")),
            processingUnits: [0],
            clock: TickClock(calibratingFor: .microseconds(10)).calibration,
            events: .current(), measuredTime: 1e6, recorder: recorder)
    }

    /// The manifest of a run that has no forks yet.
    private var beginning: Manifest {
        var manifest = FigureDerivationTests.manifest()
        manifest.forks = []
        return manifest
    }

    private func written() throws -> (Run, RunWriter) {
        let writer = try RunWriter(results: results, manifest: beginning, machine: machine)
        for fork in 0..<2 {
            try writer.add(record(fork: fork), of: .init(workload: 0, fork: fork))
        }
        try writer.addFailure("it broke", of: .init(workload: 0, fork: 2))
        let run = try writer.finish(ending: .complete, end: "later", wall: 5e6)
        return (run, writer)
    }

    private func figures(of run: Run) -> [Figure] {
        FigureDerivation(run.manifest)
            .figures(samples: run.samples, distributions: run.distributions)
    }

    @Test func `a folder read back gives the same figures as the run in memory`() throws {
        let (run, writer) = try written()
        let folder = try writer.publish()
        let back = try RunReader.read(folder)
        #expect(back.samples == run.samples)
        #expect(figures(of: back) == figures(of: run))
        #expect(back.machine == machine)
        #expect(back.manifest.forks.map(\.failure) == [nil, nil, "it broke"])
        #expect(back.manifest.overhead.share == 0.6)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `the doctor's findings of before and after stay beside the machine`() throws {
        func checkup(_ text: String) -> Checkup {
            Checkup(
                duration: 5, processingUnits: [0],
                findings: [
                    Finding(
                        id: "swap", subject: "memory", severity: .serious, measured: text,
                        cost: .measured(2.5, "percent", "some"), remedy: "none", source: "a test")
                ], jitter: [])
        }
        let writer = try RunWriter(
            results: results, manifest: FigureDerivationTests.manifest(), machine: machine,
            before: checkup("first"))
        // A run that is killed from here on keeps what was found before.
        let early = try RunReader.read(writer.folder)
        #expect(early.checkups.before?.findings.map(\.measured) == ["first"])
        #expect(early.checkups.after == nil)
        let run = try writer.finish(
            ending: .complete, end: "later", wall: 1, after: checkup("last"))
        let back = try RunReader.read(try writer.publish())
        #expect(back.machine == machine)
        #expect(back.checkups.before?.findings == checkup("first").findings)
        #expect(back.checkups.after?.findings == checkup("last").findings)
        #expect(run.checkups.after?.findings == back.checkups.after?.findings)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `an environment without the doctor's findings still reads`() throws {
        let folder = try written().1.publish()
        // As earlier versions wrote it: the machine and nothing else.
        try RunFiles.writeJSON(machine, to: "\(folder)/environment.json")
        try FileManager.default.removeItem(atPath: "\(folder)/checksums.sha256")
        let back = try RunReader.read(folder)
        #expect(back.machine == machine)
        #expect(back.checkups.before == nil)
        #expect(back.checkups.after == nil)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `latest points at the newest folder and names do not collide`() throws {
        let first = try written().1.publish()
        let second = try written().1.publish()
        #expect(first != second)
        let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: "\(results)/latest")
        #expect("\(results)/\(target)" == second)
        #expect(try RunReader.read("\(results)/latest").samples.count == 10)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `a run that was killed leaves a folder that can be read`() throws {
        let writer = try RunWriter(results: results, manifest: beginning, machine: machine)
        try writer.add(record(fork: 0), of: .init(workload: 0, fork: 0))
        // On a busy machine the manifest follows some time behind: as it would stand by then.
        try RunFiles.writeJSON(writer.manifest, to: "\(writer.folder)/manifest.json")
        // Nothing is finished or published: the process is gone here.
        let back = try RunReader.read(writer.folder)
        #expect(back.manifest.ending == .interrupted)
        #expect(back.samples.count == 5)
        #expect(back.distributions.count == 1)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `a run killed while it wrote keeps the forks that it had finished`() throws {
        let writer = try RunWriter(results: results, manifest: beginning, machine: machine)
        try writer.add(record(fork: 0), of: .init(workload: 0, fork: 0))
        // On a busy machine the manifest follows some time behind: as it would stand by then.
        try RunFiles.writeJSON(writer.manifest, to: "\(writer.folder)/manifest.json")
        let path = "\(writer.folder)/samples.csv"
        let whole = try String(contentsOfFile: path, encoding: .utf8)
        // Fork 1 was being appended: one record is whole, the next is cut, the manifest is old.
        let cut = whole + "w,,auto,1,0,time,ns,5.0\nw,,auto,1,1,ti"
        try cut.write(toFile: path, atomically: true, encoding: .utf8)
        let back = try RunReader.read(writer.folder)
        #expect(back.samples.count == 5)
        #expect(back.samples.allSatisfy { $0.fork == 0 })
        try FileManager.default.removeItem(atPath: results)
    }

    @Test(arguments: [
        ("manifest.json", "manifest.json"), ("samples.csv", "samples.csv"),
        ("environment.json", "environment.json"),
        ("histograms/w-0-fork0.hgrm", "w-0-fork0.hgrm"),
    ])
    func `a missing or truncated file is named`(file: String, named: String) throws {
        let folder = try written().1.publish()
        let path = "\(folder)/\(file)"
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for length in [0, 1, whole.count / 2, whole.count - 2] {
            try whole.prefix(length).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: RunError.self) { try RunReader.read(folder) }
            #expect(error?.description.contains(named) == true, "\(length): \(error as Any)")
        }
        try FileManager.default.removeItem(atPath: path)
        let error = #expect(throws: RunError.self) { try RunReader.read(folder) }
        #expect(error?.description.contains("\(named)' is missing") == true)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `a folder of another schema is refused with both schemas`() throws {
        let folder = try written().1.publish()
        let path = "\(folder)/manifest.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "nilometer/run/1", with: "nilometer/run/99")
            .write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: RunError.self) { try RunReader.read(folder) }
        #expect(error?.description.contains("nilometer/run/99") == true)
        #expect(error?.description.contains(Manifest.currentSchema) == true)
        try FileManager.default.removeItem(atPath: results)
    }

    @Test func `a manifest that names files outside the folder is refused`() throws {
        let folder = try written().1.publish()
        let path = "\(folder)/manifest.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try text.replacingOccurrences(of: "w-0-fork0.hgrm", with: "../../secret")
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(throws: RunError.self) { try RunReader.read(folder) }
        try FileManager.default.removeItem(atPath: results)
    }

    @Test(arguments: ["/dev/null", "/nonexistent", "/proc"])
    func `what is not a run's folder is refused`(path: String) {
        #expect(throws: RunError.self) { try RunReader.read(path) }
    }

    @Test func `a directory that cannot be made is an error that names it`() {
        let error = #expect(throws: RunError.self) {
            try RunWriter(
                results: "/dev/null/results", manifest: FigureDerivationTests.manifest(),
                machine: machine)
        }
        #expect(error?.description.contains("/dev/null/results") == true)
    }
}
