import Foundation
import Hardware
import Measurement
import Randomness
import Testing

@testable import Regression
@testable import Runs

/// Run folders that were cut, altered or made up: whatever a reader accepts, figures and comparisons can
/// be made of, and what it does not it names.
@Suite struct DamagedRunTests {
    private let directory = NSTemporaryDirectory() + "nilometer-damage-\(UUID().uuidString)"

    /// The folder of a run of two metrics in three processes, with histograms.
    private func measured() throws -> String {
        let run = try MadeUp.run([
            ("time", MadeUp.values(100, forks: 3, windows: 4)),
            ("rate", MadeUp.values(5, forks: 3, windows: 4)),
        ])
        let folder = "\(directory)/run"
        try RunFiles.createDirectory("\(folder)/histograms")
        var manifest = run.manifest
        for fork in 0..<3 {
            var distribution = LatencyDistribution()
            for value in 1...5 { distribution.record(nanoseconds: Double(value + fork)) }
            let name = "w-\(fork)-fork\(fork).hgrm"
            try RunFiles.write(
                PercentileFile(distribution).text, to: "\(folder)/histograms/\(name)")
            manifest.histograms.append(.init(file: name, key: MadeUp.key(), fork: fork))
        }
        try RunFiles.writeJSON(manifest, to: "\(folder)/manifest.json")
        try RunFiles.writeJSON(
            RunEnvironment(machine: run.machine, checkups: RunCheckups()),
            to: "\(folder)/environment.json")
        let rows = run.samples.map { CSV.line($0.fields) }.joined()
        try RunFiles.write(CSV.line(Sample.header) + rows, to: "\(folder)/samples.csv")
        return folder
    }

    /// Everything that is made of a run by this layer.
    private func use(_ run: Run) {
        let figures = FigureDerivation(run.manifest)
            .figures(samples: run.samples, distributions: run.distributions)
        _ = run.manifest.expectationRecords(among: figures)
        let side = MeasuredSide(run, name: "run")
        _ = RunComparison(base: side, new: side, rule: ComparisonRule(resamples: 100))
        _ = MetricHistory.all(of: HistorySelection([side, side]).sides)
        _ = try? Baseline(run, name: "b").side()
    }

    @Test func `what is read of the undamaged folder is used`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let run = try RunReader.read(try measured())
        #expect(run.samples.count == 30)
        #expect(run.distributions.count == 3)
        use(run)
    }

    @Test func `a flipped digit is found by its file's sum`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let folder = try measured()
        try Checksums(of: folder).write(to: folder)
        _ = try RunReader.read(folder)
        for file in ["samples.csv", "manifest.json", "environment.json"] {
            let path = "\(folder)/\(file)"
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            // The last digit of the file.
            var flipped = whole
            let place = try #require(
                whole.lastIndex { (0x30...0x39).contains($0) })
            flipped[place] = whole[place] == 0x31 ? 0x32 : 0x31
            try flipped.write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: RunError.self) { try RunReader.read(folder) }
            #expect(error?.description.contains(file) == true, "\(error as Any)")
            try whole.write(to: URL(fileURLWithPath: path))
        }
        let histogram = "\(folder)/histograms/w-1-fork1.hgrm"
        try FileManager.default.removeItem(atPath: histogram)
        try FileManager.default.copyItem(
            atPath: "\(folder)/histograms/w-0-fork0.hgrm", toPath: histogram)
        let error = #expect(throws: RunError.self) { try RunReader.read(folder) }
        #expect(error?.description.contains("w-1-fork1.hgrm' is not what was written") == true)
    }

    @Test(arguments: [
        ("\"workload\" : 0", "\"workload\" : 7", "workload number 7"),
        ("\"workload\" : 0", "\"workload\" : -1", "workload number -1"),
        ("\"fork\" : 2", "\"fork\" : 1", "is there twice"),
        ("\"fork\" : 2", "\"fork\" : -2", "the number -2"),
        ("\"forks\" : 3", "\"forks\" : 0", "0 forks"),
        ("\"time\" : 1000000000", "\"time\" : -5", "expected positive"),
        ("w-1-fork1.hgrm", ".hidden", "not the name of a histogram"),
        (
            "\"file\" : \"w-1-fork1.hgrm\",\n      \"fork\" : 1", "\"file\" : \"x\", \"fork\" : 0",
            "second"
        ),
        ("\"seed\" : 7", "\"seed\" : -7", "manifest.json"),
        ("\"method\" : ", "\"metod\" : ", "'method' is missing"),
        ("nilometer/run/1", "nilometer/run/99", "nilometer/run/99"),
    ])
    func `a manifest that contradicts itself is refused`(
        old: String, new: String, named: String
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let folder = try measured()
        let path = "\(folder)/manifest.json"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let changed = text.replacingOccurrences(of: old, with: new)
        try #require(changed != text, "\(old) is not in the manifest")
        try RunFiles.write(changed, to: path)
        let error = #expect(throws: RunError.self) { try RunReader.read(folder) }
        #expect(error?.description.contains(named) == true, "\(error as Any)")
    }

    /// Mutations as accidents and editors make them, hundreds of them, on folders without sums, so that
    /// what a reader accepts has to be worked with.
    @Test func `no mutation of any file gets more than a refusal that names it`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let folder = try measured()
        let files = [
            "manifest.json", "samples.csv", "environment.json", "histograms/w-0-fork0.hgrm",
        ]
        var generator = Seed(20_261_121).generator()
        var refused = 0
        for number in 0..<240 {
            let file = files[number % files.count]
            let url = URL(fileURLWithPath: "\(folder)/\(file)")
            let whole = try Data(contentsOf: url)
            try Data(Mutation.mutated(Array(whole), by: &generator)).write(to: url)
            do throws(RunError) {
                use(try RunReader.read(folder))
            } catch {
                refused += 1
                // A manifest that names another histogram makes that one missing.
                let isNamed =
                    error.description.contains(file)
                    || file == files[0] && error.description.contains("/histograms/")
                #expect(isNamed, "\(number): \(error)")
            }
            try whole.write(to: url)
        }
        #expect(refused > 60)
    }
}

/// A change of a few bytes.
enum Mutation {
    private static let words = [
        "nan", "inf", "-inf", "1e999", "-1", "0", "99999999999999999999", "1e-300", ",", "\r\n",
        "\n",
        "\"", "\u{FEFF}", "\0", "null", "{}", "[]", "9", "-", "e",
    ]

    static func mutated(_ bytes: [UInt8], by generator: inout Xoshiro256StarStar) -> [UInt8] {
        var bytes = bytes
        let place = Int(generator.next(below: UInt64(bytes.count)))
        let end = min(bytes.count, place + 1 + Int(generator.next(below: 8)))
        switch generator.next(below: 7) {
        case 0: bytes.removeSubrange(place...)
        case 1: bytes.removeSubrange(place..<end)
        case 2: bytes[place] ^= UInt8(1 << generator.next(below: 8))
        case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
        case 4: changeNumber(in: &bytes, from: place, by: &generator)
        case 5: bytes.swapAt(place, Int(generator.next(below: UInt64(bytes.count))))
        default:
            let word = words[Int(generator.next(below: UInt64(words.count)))]
            bytes.replaceSubrange(place..<end, with: Array(word.utf8))
        }
        return bytes
    }

    /// The next number becomes another: the mutation that parsers notice least.
    private static func changeNumber(
        in bytes: inout [UInt8], from place: Int, by generator: inout Xoshiro256StarStar
    ) {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        let words = ["0", "1", "2", "7", "1000000", "4294967296", "9223372036854775807"]
        let word = words[Int(generator.next(below: UInt64(words.count)))]
        bytes.replaceSubrange(start..<end, with: Array(word.utf8))
    }
}
