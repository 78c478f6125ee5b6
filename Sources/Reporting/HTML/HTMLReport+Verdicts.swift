import Foundation
import Runs

extension HTMLReport {
    /// Every verdict in one table, and what chooses among them.
    var verdictSection: Section? {
        guard !content.verdicts.isEmpty else { return nil }
        var table = MarkupTable(
            caption: "Claims with what was measured and the verdict",
            columns: [
                .init(heading: "verdict"), .init(heading: "claim"), .init(heading: "claimed"),
                .init(heading: "measured [95 % interval]", style: "figure"),
                .init(heading: "ratio", isNumeric: true), .init(heading: "why", style: "why"),
            ], identifier: "verdict-table", style: "cards")
        for verdict in content.verdicts {
            let texts = VerdictText(verdict)
            table.append(
                [
                    .init(
                        .element(
                            "span", [("class", "verdict")],
                            [HTMLReport.mark(verdict.verdict), .text(verdict.verdict.rawValue)])),
                    .init(claim(verdict), isHeading: true), .init(texts.claimed),
                    .init(texts.measured, sortedBy: verdict.measured),
                    .init(texts.ratio, key: verdict.ratio), .init(reason(verdict.reason)),
                ],
                [
                    ("data-verdict", verdict.verdict.rawValue),
                    ("data-document", verdict.document),
                ])
        }
        let pictures = content.pictures.filter { $0.workload == nil }.map(figure)
        return Section(
            identifier: "verdicts", heading: "Verdicts",
            parts: [
                .element("p", [("class", "quiet")], text: "\(VerdictSummary(content.verdicts))."),
                .newline, controls, table.markup,
            ] + pictures)
    }

    /// The claim's name, and beneath it what it is about and where it stands.
    private func claim(_ verdict: VerdictRecord) -> Markup {
        let lines = [[verdict.subject, verdict.metric], [verdict.document, verdict.section]].map {
            $0.filter { !$0.isEmpty }.joined(separator: ", ")
        }
        return .all([.text(verdict.claim)] + lines.map { .element("small", text: $0) })
    }

    /// A reason; of a long one the first sentence, and the rest one click away.
    private func reason(_ text: String) -> Markup {
        let text = DisplayText.clean(text)
        return HTMLReport.folded(
            text, at: text.count > 160 ? HTMLReport.firstSentence(of: text) : nil)
    }

    /// `text`, what is beyond `end` folded away.
    private static func folded(_ text: String, at end: String.Index?) -> Markup {
        guard let end else { return .text(text) }
        return .all([
            .text(String(text[..<end])),
            .element(
                "details", [("class", "more")],
                [
                    .element("summary", text: "more"),
                    .text(String(text[end...].drop { $0 == " " || $0 == ";" })),
                ]),
        ])
    }

    /// Where the first sentence ends that a capital letter follows.
    static func firstSentence(of text: String) -> String.Index? {
        var start = text.startIndex
        while let dot = text[start...].range(of: ". ") {
            let next = text[dot.upperBound...].first
            let isRange =
                dot.lowerBound > text.startIndex
                && text[text.index(before: dot.lowerBound)] == "."
            if next?.isUppercase == true, !isRange { return text.index(after: dot.lowerBound) }
            start = dot.upperBound
        }
        return nil
    }

    private var controls: Markup {
        let kinds = VerdictSummary(content.verdicts).counts.map { count in
            Markup.element(
                "button",
                [
                    ("type", "button"), ("data-verdict", count.verdict.rawValue),
                    ("aria-pressed", "false"),
                ],
                [HTMLReport.mark(count.verdict), .text("\(count.verdict.rawValue)")])
        }
        let documents = VerdictTable.documents(of: content.verdicts)
        let choices =
            [Markup.element("option", [("value", "")], text: "all documents")]
            + documents.map {
                .element("option", [("value", $0)], text: DisplayText.truncated($0, to: 48))
            }
        let chooser = Markup.element("select", [("aria-label", "Document")], choices)
        return .all([
            .element(
                "div",
                [
                    ("class", "controls"), ("role", "search"), ("aria-label", "Choose verdicts"),
                    ("data-table", "verdict-table"),
                ],
                kinds + (documents.count > 1 ? [chooser] : []) + [
                    .void(
                        "input",
                        [
                            ("type", "search"), ("placeholder", "words in a claim"),
                            ("aria-label", "Words that a claim holds"),
                        ]),
                    .element("button", [("type", "button"), ("data-reset", "1")], text: "all"),
                    .element("output", [("aria-live", "polite")]),
                ]), .newline,
        ])
    }

    /// The known answers, and whether they were met.
    var expectationSection: Section? {
        guard !content.expectations.isEmpty else { return nil }
        var table = MarkupTable(
            caption: "Known answers and what was measured",
            columns: [
                .init(heading: "known answer"), .init(heading: "workload"),
                .init(heading: "expected"),
                .init(heading: "measured [95 % interval]", style: "figure"),
                .init(heading: "outcome"), .init(heading: "from where", style: "why"),
            ])
        for record in content.expectations {
            let texts = ExpectationText(record)
            let isDoubtful =
                record.outcome != .met && record.value != nil && record.quality != "ok"
            let reason = record.reason + (isDoubtful ? "; doubtful: \(record.quality)" : "")
            table.append([
                .init(texts.subject, isHeading: true), .init(record.key.workload),
                .init(texts.expected, key: record.low ?? record.high),
                .init(texts.measured, key: record.value),
                .init(
                    .element(
                        "span", [("class", "verdict")],
                        [HTMLReport.mark(texts.looksLike), .text(record.outcome.rawValue)])),
                .init(reason),
            ])
        }
        return Section(
            identifier: "answers", heading: "Known answers",
            parts: [
                .element(
                    "p", [("class", "quiet")],
                    text: "\(ExpectationTable(content.expectations).summary)."), .newline,
                table.markup,
            ])
    }

    /// What comparisons of known slowdowns came to.
    var slowdownSection: Section? {
        guard !content.slowdowns.isEmpty else { return nil }
        return Section(
            identifier: "slowdowns", heading: "Known slowdowns",
            parts: [HTMLReport.list(content.slowdowns)])
    }
}
