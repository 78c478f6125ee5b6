import Foundation
import Runs
import Testing

@testable import Reporting

/// The README shows figures of the run that the repository keeps for reference, as a run prints them.
/// What stands in a block of code after the line `marker` must be lines of that table.
@Suite struct ReferenceFiguresTests {
    static let marker = "<!-- figures of Results/reference -->"

    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path
    private static let reference = root + "/Results/reference"

    /// The lines of the blocks of code that follow the marker.
    static func figureLines(in page: String) -> [String] {
        var lines: [String] = []
        var (isMarked, isInside) = (false, false)
        for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == marker {
                isMarked = true
            } else if line.hasPrefix("```"), isMarked {
                if isInside { isMarked = false }
                isInside.toggle()
            } else if isInside, !line.allSatisfy(\.isWhitespace) {
                lines.append(trimmed(line))
            }
        }
        return lines
    }

    private static func trimmed(_ line: Substring) -> String {
        String(line.reversed().drop { $0 == " " }.reversed())
    }

    /// The lines of `page` that a table of `figures` does not have.
    static func strangeLines(in page: String, _ figures: [Figure], _ manifest: Manifest) -> [String]
    {
        let table = FigureTable(figures, manifest: manifest).text()
        let known = Set(table.split(separator: "\n").map(trimmed))
        return figureLines(in: page).filter { !known.contains($0) }
    }

    @Test func `a figure that the table does not have is found, and nothing outside of the block`()
    {
        var run = SampleRun()
        run.plan("ring.lookup", [.latency], contenders: ["nilometer"])
        run.add(
            SampleRun.key("ring.lookup", "latency", [("contender", "nilometer")]), "ns", "median",
            12.5)
        let table = FigureTable(run.figures, manifest: run.manifest).text()
        let page = "12.9\n\(Self.marker)\nabout\n```\n\(table)```\n```\nother\n```\n"
        #expect(!Self.figureLines(in: page).isEmpty)
        #expect(Self.strangeLines(in: page, run.figures, run.manifest).isEmpty)
        let changed = page.replacing("12.5", with: "12.6")
        #expect(Self.strangeLines(in: changed, run.figures, run.manifest).count == 1)
    }

    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: reference),
            "the repository has no Results/reference"))
    func `the README's figures are those of the reference`() throws {
        let reference = try ReferenceRun(reading: Self.reference)
        let page = try String(contentsOfFile: "\(Self.root)/README.md", encoding: .utf8)
        #expect(!Self.figureLines(in: page).isEmpty, "README.md has no '\(Self.marker)'")
        #expect(
            Self.strangeLines(in: page, reference.figures, reference.manifest).isEmpty,
            "lines that 'nilometer run' would not print of Results/reference")
    }
}
