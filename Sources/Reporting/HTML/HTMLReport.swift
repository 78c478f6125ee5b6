import Foundation
import Measurement
import Runs

/// `report.html`: a run as one page that needs nothing beside it and asks no network for anything,
/// the verdicts first.
///
/// Pictures are within the page as long as it stays small, and linked to beyond that. Scripts only
/// filter, sort and switch colours: without them the page says the same. Its policy lets no script
/// run but its own, whatever a claim or a name may hold.
public struct HTMLReport: Sendable {
    /// The bytes that a page may have: pictures and raw figures get what is left of them.
    static let limit = 2_900_000

    let content: ReportContent
    /// The pictures within the page, by name.
    let drawings: [String: Markup]
    /// The raw figures within the page, by workload.
    let rows: [String: Markup]

    /// A report of `content`.
    ///
    /// - Parameter drawings: the text of `plots/NAME.svg` by name. One that is missing, or holds
    ///   anything but shapes and text, is linked to.
    public init(_ content: ReportContent, drawings: [String: String]) {
        let bare = HTMLReport(content, drawings: [:], rows: [:])
        let room = max(0, HTMLReport.limit - bare.text.utf8.count)
        let fitting = HTMLReport.fitting(content.pictures, drawings, room * 3 / 4)
        let taken = fitting.values.reduce(0) { $0 + $1.text.utf8.count }
        self.init(
            content, drawings: fitting,
            rows: HTMLReport.fitting(content.figures, content.manifest, room - taken))
    }

    private init(
        _ content: ReportContent, drawings: [String: Markup], rows: [String: Markup]
    ) {
        self.content = content
        self.drawings = drawings
        self.rows = rows
    }

    /// The page: the same content gives the same bytes.
    public var text: String {
        let head = Markup.element("head", [], headParts)
        let sections = sections
        let body = Markup.element(
            "body", [],
            [
                .element("a", [("class", "skip"), ("href", "#main")], text: "To the content"),
                .newline, banner, navigation(to: sections),
                .element("main", [("id", "main")], [.newline] + sections.map(section)),
                footer,
            ])
        return "<!DOCTYPE html>\n"
            + Markup.element("html", [("lang", "en")], [.newline, head, .newline, body]).text
            + "\n"
    }

    /// A part of the page.
    struct Section {
        let identifier: String
        let heading: String
        let parts: [Markup]
    }

    /// The sections that say something, in their order.
    var sections: [Section] {
        [
            verdictSection, expectationSection, slowdownSection, replicationSection, figureSection,
            disturbanceSection, doubtSection, doctorSection, noteSection, methodSection,
            machineSection, fileSection,
        ].compactMap(\.self)
    }

    private func section(_ section: Section) -> Markup {
        let name = "\(section.identifier)-heading"
        let heading = Markup.element("h2", [("id", name)], text: section.heading)
        return .all([
            .element(
                "section", [("id", section.identifier), ("aria-labelledby", name)],
                [heading, .newline] + section.parts), .newline,
        ])
    }

    private static let styles = String(decoding: PackageResources.page_css, as: UTF8.self)
    private static let script = String(decoding: PackageResources.page_js, as: UTF8.self)

    private var headParts: [Markup] {
        let sum = Data(SHA256.digest(of: HTMLReport.script.utf8)).base64EncodedString()
        let policy =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-\(sum)'; "
            + "base-uri 'none'; form-action 'none'"
        return [
            .void("meta", [("charset", "utf-8")]), .newline,
            .void(
                "meta", [("http-equiv", "Content-Security-Policy"), ("content", policy)]),
            .newline,
            .void(
                "meta",
                [("name", "viewport"), ("content", "width=device-width, initial-scale=1")]),
            .newline,
            .element("title", text: "\(content.manifest.run) · Nilometer"), .newline,
            .element("style", [], [.verified(HTMLReport.styles)]), .newline,
            .element("script", [], [.verified(HTMLReport.script)]), .newline,
        ]
    }

    private var banner: Markup {
        let manifest = content.manifest
        let commit = manifest.commit.map { ", commit \($0.prefix(12))" } ?? ""
        let suite = manifest.suite.map { "Suite \($0)" } ?? "Workloads named one by one"
        var parts: [Markup] = [.element("h1", text: "Run \(manifest.run)"), .newline]
        if let machine = content.machine.first { parts.append(.element("p", text: machine)) }
        parts.append(
            .element(
                "p", [("class", "facts")],
                text: "\(suite), \(manifest.start) to \(manifest.end), seed \(manifest.seed), "
                    + "Nilometer \(manifest.tool)\(commit)"))
        if manifest.ending == .interrupted {
            parts.append(
                .element(
                    "p", [("class", "note")],
                    text: "The run was interrupted: it holds what was measured until then."))
        }
        return .element("header", [("class", "page")], [.newline] + parts + [.newline, tally])
    }

    /// How many claims got which verdict, as numbers and as a bar.
    private var tally: Markup {
        guard !content.verdicts.isEmpty else { return .all([]) }
        let counts = VerdictSummary(content.verdicts).counts
        let items = counts.map { count in
            Markup.element(
                "li", [],
                [
                    HTMLReport.mark(count.verdict), .element("b", text: "\(count.number)"),
                    .text(" \(count.verdict.rawValue)"),
                ])
        }
        let parts = counts.map { count in
            Markup.element(
                "span",
                [("class", count.verdict.rawValue), ("style", "flex:\(count.number)")])
        }
        return .all([
            .element("ul", [("class", "tally"), ("aria-label", "Verdicts by kind")], items),
            .newline, .element("div", [("class", "bar"), ("aria-hidden", "true")], parts),
            .newline,
        ])
    }

    private func navigation(to sections: [Section]) -> Markup {
        let links = sections.map { section in
            Markup.element(
                "li", [],
                [
                    .element(
                        "a", [("href", "#\(section.identifier)")], text: section.heading)
                ])
        }
        return .all([
            .element(
                "nav", [("class", "page"), ("aria-label", "Sections")],
                [
                    .element(
                        "div", [],
                        [
                            .element("ul", [], links),
                            .element(
                                "button",
                                [
                                    ("type", "button"), ("id", "theme"),
                                    ("title", "Switch between light and dark"),
                                ], text: "Dark"),
                        ])
                ]), .newline,
        ])
    }

    private var footer: Markup {
        .all([
            .element(
                "footer", [],
                [
                    .element(
                        "p",
                        text: "Made by nilometer \(content.manifest.tool) from the run's raw "
                            + "samples; nilometer report RUN makes this page again, byte for "
                            + "byte, and nilometer report RUN --verify says whether it could.")
                ]), .newline,
        ])
    }

    /// The shape in the colour of a verdict, which stands before its name.
    static func mark(_ verdict: Verdict) -> Markup {
        .element("span", [("class", "mark \(verdict.rawValue)"), ("aria-hidden", "true")])
    }

    /// The name of the heading of a workload; the number keeps those apart that differ in signs.
    static func identifier(_ number: Int, _ workload: String) -> String {
        "workload-\(number + 1)-\(Plot.plainName(workload))"
    }

    /// A list of lines of text.
    static func list(_ lines: [String]) -> Markup {
        .all([
            .element("ul", [], lines.map { .all([.element("li", text: $0), .newline]) }), .newline,
        ])
    }
}
