import Foundation
import Testing

@testable import Runs

@Suite struct ChecksumsTests {
    private let folder = NSTemporaryDirectory() + "nilometer-sums-\(UUID().uuidString)"

    private func filled() throws -> Checksums {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/plots", withIntermediateDirectories: true)
        try write("a,b\n1,2\n", to: "samples.csv")
        try write("{}\n", to: "manifest.json")
        try write("x\n", to: "plots/one.dat")
        try write("hidden\n", to: "plots/.one.messages")
        let sums = try Checksums(of: folder)
        try sums.write(to: folder)
        return sums
    }

    private func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(path)"))
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    @Test func `sums are read back as they were written, and match`() throws {
        defer { remove() }
        let sums = try filled()
        #expect(sums.sums.keys.sorted() == ["manifest.json", "plots/one.dat", "samples.csv"])
        #expect(try Checksums(reading: folder) == sums)
        #expect(try sums.findings(in: folder).isEmpty)
        #expect(try sums.unlisted(in: folder).isEmpty)
    }

    @Test func `sha256sum checks the file of sums`() throws {
        defer { remove() }
        _ = try filled()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sha256sum", "--check", "--strict", "--quiet", Checksums.file]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    @Test func `each kind of damage is named`() throws {
        defer { remove() }
        let sums = try filled()
        try write("a,b\n1,3\n", to: "samples.csv")
        try write("x", to: "plots/one.dat")
        try FileManager.default.removeItem(atPath: "\(folder)/manifest.json")
        try write("new\n", to: "new.txt")
        #expect(
            try sums.findings(in: folder).map(\.description)
                == ["manifest.json: missing", "plots/one.dat: truncated", "samples.csv: altered"])
        #expect(try sums.unlisted(in: folder) == ["new.txt"])
        try write("", to: "samples.csv")
        #expect(try sums.findings(in: folder).last?.damage == .truncated)
    }

    @Test func `a sum is brought up to date for one file alone`() throws {
        defer { remove() }
        var sums = try filled()
        try write("a,b\n1,3\n", to: "samples.csv")
        try write("y\n", to: "plots/one.dat")
        try sums.update("plots/one.dat", in: folder)
        #expect(try sums.findings(in: folder).map(\.path) == ["samples.csv"])
    }

    @Test(arguments: ["", "abc  x\n", "\n\n", String(repeating: "0", count: 64) + " x\n"])
    func `a file of sums that is none is refused`(text: String) throws {
        defer { remove() }
        _ = try filled()
        try write(text, to: Checksums.file)
        #expect(throws: RunError.self) { try Checksums(reading: folder) }
    }

    @Test func `names with line breaks and backslashes are read back`() throws {
        defer { remove() }
        _ = try filled()
        try write("1\n", to: "a\\n b")
        try write("2\n", to: "a\nb")
        let sums = try Checksums(of: folder)
        try sums.write(to: folder)
        #expect(try Checksums(reading: folder) == sums)
        #expect(sums.sums["a\\n b"] != nil && sums.sums["a\nb"] != nil)
    }
}
