import Foundation
import Quantities
import Testing

@testable import Measurement
@testable import Reporting

/// The page in a browser, used as a reader uses it. Set NILOMETER_TEST_PAGE to a directory to keep
/// the page and look at it.
@Suite struct BrowserTests {
    private static let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// What the script in `Fixtures/browser.js` found.
    private struct Result: Decodable {
        struct Sorted: Decodable {
            let state: String?
            let keys: [Double?]
        }

        let problem: String?
        let all: Int
        let refuted: [String]
        let pressed: String
        let status: String
        let documents: [String]
        let none: Int
        let found: Int
        let after: Int
        let ascending: Sorted
        let descending: Sorted
        let paper: [String]
        let width: Int
        let room: Int
        let unsortable: Int
        let buttons: Int
        let drawings: Int
        let dangling: Int
        let twice: Int
        let requests: Int
        let nameless: Int
        let heard: [String]
    }

    private func withDirectory(_ body: (String) throws -> Void) throws {
        let kept = ProcessInfo.processInfo.environment["NILOMETER_TEST_PAGE"]
        let directory = kept ?? "\(NSTemporaryDirectory())/page-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { if kept == nil { try? FileManager.default.removeItem(atPath: directory) } }
        try body(directory)
    }

    /// The page of a made-up run, with its pictures drawn.
    private func page(in directory: String) throws -> String {
        let run = HTMLReportTests.everything()
        let set = PlotSet(
            manifest: run.manifest, machine: SampleRun.machine[0], figures: run.figures,
            samples: run.samples, distributions: run.distributions, verdicts: run.verdicts)
        try set.write(to: "\(directory)/plots")
        try set.draw(in: "\(directory)/plots", with: Gnuplot())
        var drawings: [String: String] = [:]
        for picture in set.pictures {
            drawings[picture.name] = try String(
                contentsOfFile: "\(directory)/plots/\(picture.name).svg", encoding: .utf8)
        }
        return HTMLReport(HTMLReportTests.content(of: run), drawings: drawings).text
    }

    /// The document that `page` becomes part of, which uses it.
    private func driver(of page: String) throws -> String {
        let script = try #require(
            Bundle.module.url(forResource: "Fixtures/browser", withExtension: "js"))
        let text = String(decoding: try JSONEncoder().encode(page), as: UTF8.self)
            .replacing("<", with: "\\u003c")
        return "<!DOCTYPE html><html><body><pre id=\"result\">{\"problem\":\"not run\"}</pre>"
            + "<script>var page = \(text);</script><script>"
            + (try String(contentsOf: script, encoding: .utf8)) + "</script></body></html>"
    }

    private func result(of directory: String) throws -> Result {
        let child = ChildProcess(
            try #require(BrowserTests.chromium),
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--disable-extensions", "--disable-background-networking",
                "--user-data-dir=\(directory)/profile", "--virtual-time-budget=20000",
                "--dump-dom", "file://\(directory)/driver.html",
            ])
        let outcome = try child.run(
            output: "\(directory)/dom.html", errors: "\(directory)/messages", limit: .seconds(90),
            shouldStop: { false })
        #expect(outcome == .exited(0))
        let dom = try String(contentsOfFile: "\(directory)/dom.html", encoding: .utf8)
        let start = try #require(dom.range(of: "<pre id=\"result\">"))
        let end = try #require(dom.range(of: "</pre>"))
        let text = dom[start.upperBound..<end.lowerBound].replacing("&amp;", with: "&")
            .replacing("&lt;", with: "<").replacing("&gt;", with: ">")
        #expect(!text.hasPrefix("{\"problem\""), "\(text)")
        return try JSONDecoder().decode(Result.self, from: Data(text.utf8))
    }

    @Test(.enabled(if: chromium != nil, "chromium is not installed: apt install chromium"))
    func `a reader can filter, sort and switch colours on a phone, without an error`() throws {
        try withDirectory { directory in
            let page = try page(in: directory)
            try Data(page.utf8).write(to: URL(fileURLWithPath: "\(directory)/report.html"))
            try Data(try driver(of: page).utf8)
                .write(to: URL(fileURLWithPath: "\(directory)/driver.html"))
            let found = try result(of: directory)
            #expect(found.heard == [])
            #expect(found.width <= found.room && found.room <= 360)
            #expect(found.all == 38 && found.after == 38)
            #expect(found.refuted == [String](repeating: "refuted", count: found.refuted.count))
            #expect(found.refuted.count == 9 && found.status == "9 of 38 shown")
            #expect(found.pressed == "true")
            #expect(found.documents == [String](repeating: "peer-ring", count: 33))
            #expect(found.none == 0 && found.found == 1)
            #expect(found.ascending.state == "ascending")
            #expect(found.descending.state == "descending")
            let rising = found.ascending.keys.compactMap { $0 }
            #expect(rising == rising.sorted() && rising.count == 33)
            #expect(found.ascending.keys.suffix(5).allSatisfy { $0 == nil })
            #expect(found.descending.keys.compactMap { $0 } == rising.reversed())
            #expect(found.descending.keys.suffix(5).allSatisfy { $0 == nil })
            #expect(found.paper[0] == found.paper[2] && found.paper[0] != found.paper[1])
            #expect(found.unsortable == 0 && found.buttons > 20)
            #expect(found.drawings > 5 && found.dangling == 0 && found.twice == 0)
            #expect(found.requests == 0 && found.nameless == 0)
        }
    }
}
