public import Runs

/// A page of GitHub's Markdown on every claim: what was claimed, what came out, and why.
///
/// Made from verdicts alone: the same ones give the same bytes.
public struct ClaimsPage: Sendable {
    private let verdicts: [VerdictRecord]
    private let source: [String]

    /// A page of `verdicts`.
    ///
    /// - Parameters:
    ///   - verdicts: the verdicts in their order; those of one document stand together.
    ///   - source: what they rest on in a few lines of plain text: the machine, the run.
    public init(_ verdicts: [VerdictRecord], source: [String]) {
        self.verdicts = verdicts
        self.source = source
    }

    /// The page. All text that comes from outside is escaped.
    public var text: String {
        let documents = VerdictTable.documents(of: verdicts)
        var lines = ["# Claims and verdicts", ""]
        lines += source.map { "- \(MarkdownText.escaped($0))" }
        lines += source.isEmpty ? [] : [""]
        lines += ["\(VerdictSummary(verdicts)).", ""]
        lines += counts(of: documents)
        for document in documents {
            lines += ["", "## \(MarkdownText.escaped(document))", ""]
            lines += MarkdownText.verdicts(verdicts.filter { $0.document == document })
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// How many claims of each document got which verdict.
    private func counts(of documents: [String]) -> [String] {
        guard !verdicts.isEmpty else { return [] }
        let given = Verdict.allCases.filter { verdict in
            verdicts.contains { $0.verdict == verdict }
        }
        let rows = documents.map { document in
            let own = verdicts.filter { $0.document == document }
            let numbers = given.map { verdict in "\(own.count { $0.verdict == verdict })" }
            return [MarkdownText.escaped(document)] + numbers + ["\(own.count)"]
        }
        return MarkdownText.table(
            ["document"] + given.map { "\($0.rawValue)>" } + ["claims>"], rows)
    }
}
