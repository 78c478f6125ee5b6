import Foundation
import Measurement
import Runs
import Testing

/// Every verb that reads a run's folder, on folders that were damaged: one line that names the file, and
/// nothing in the folder changed.
@Suite struct DamagedFolderTests {
    /// What happened to a file.
    enum Damage: String, CaseIterable, Sendable {
        case missing, empty, cutInHalf, cutAtEnd, flippedDigit, carriageReturns, byteOrderMark
        case isDirectory

        func apply(to path: String) throws {
            let url = URL(fileURLWithPath: path)
            let whole = try Data(contentsOf: url)
            switch self {
            case .missing: try FileManager.default.removeItem(at: url)
            case .empty: try Data().write(to: url)
            case .cutInHalf: try whole.prefix(whole.count / 2).write(to: url)
            case .cutAtEnd: try whole.dropLast(5).write(to: url)
            case .flippedDigit:
                var flipped = whole
                let place = try #require(whole.lastIndex { (0x30...0x39).contains($0) })
                flipped[place] = whole[place] == 0x31 ? 0x32 : 0x31
                try flipped.write(to: url)
            case .carriageReturns:
                let text = String(decoding: whole, as: UTF8.self)
                try Data(text.replacing("\n", with: "\r\n").utf8).write(to: url)
            case .byteOrderMark: try (Data([0xEF, 0xBB, 0xBF]) + whole).write(to: url)
            case .isDirectory:
                try FileManager.default.removeItem(at: url)
                try FileManager.default.createDirectory(
                    at: url, withIntermediateDirectories: false)
            }
        }
    }

    private func verbs(_ folder: String, _ tool: GuardTool) -> [[String]] {
        [
            ["report", folder, "--format", "csv"], ["compare", folder, folder],
            ["validate", "SN-SPSC-80", "--from", folder],
            ["baseline", "save", "b", folder, "--dir", tool.baselines],
            ["history", "--results", tool.results, "--dir", tool.baselines],
            ["regress", "--baseline", folder],
        ]
    }

    private func expectRefusal(
        _ arguments: [String], naming file: String, by tool: GuardTool, _ what: String
    ) throws {
        let result = try tool(arguments)
        #expect([2, 3].contains(result.status), "\(what), \(arguments[0]): \(result.errors)")
        #expect(result.errors.contains(file), "\(what), \(arguments[0]): \(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        for word in ["Fatal", "Crash", "Thread 0", "Stack"] {
            #expect(!result.errors.contains(word), "\(result.errors)")
        }
        #expect(result.output.isEmpty)
    }

    @Test(arguments: ["samples.csv", "manifest.json", "environment.json"])
    func `a damaged file is named by every verb, and left as it is`(file: String) throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let whole = try tool.run("whole")
        let folder = "\(tool.results)/damaged"
        for (number, damage) in Damage.allCases.enumerated() {
            try FileManager.default.copyItem(atPath: whole, toPath: folder)
            try damage.apply(to: "\(folder)/\(file)")
            try FileManager.default.moveItem(atPath: whole, toPath: "\(tool.tool.directory)/aside")
            let before = try Checksums(of: folder)
            // Each verb meets each file, and each damage two verbs.
            let verbs = verbs(folder, tool)
            for offset in [0, 3] {
                try expectRefusal(
                    verbs[(number + offset) % verbs.count], naming: file, by: tool,
                    "\(file) \(damage.rawValue)")
            }
            #expect(try Checksums(of: folder) == before)
            try FileManager.default.removeItem(atPath: folder)
            try FileManager.default.moveItem(atPath: "\(tool.tool.directory)/aside", toPath: whole)
        }
        #expect(!FileManager.default.fileExists(atPath: tool.baselines))
    }

    @Test(arguments: [
        ("nilometer/run/1", "nilometer/run/99", "nilometer/run/99"),
        ("\"method\" : \(Manifest.currentMethod)", "\"method\" : 1", "method version"),
    ])
    func `a run of another schema or method is refused with both`(
        old: String, new: String, named: String
    ) throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        let other = try tool.copy(run, "other") { $0.replacingOccurrences(of: old, with: new) }
        let result = try tool(["compare", run, other])
        #expect(result.status == 2)
        #expect(result.errors.contains(named), "\(result.errors)")
    }

    @Test(.enabled(if: geteuid() != 0, "root may read every file"))
    func `a file that may not be read is named`() throws {
        let tool = try GuardTool()
        defer { tool.remove() }
        let run = try tool.run("run")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0], ofItemAtPath: "\(run)/samples.csv")
        try expectRefusal(
            ["report", run, "--format", "csv"], naming: "samples.csv", by: tool, "no permission")
    }
}
