import Quantities
import Runs

extension HTMLReport {
    /// Whether a chain or a quorum serves more writes, and why.
    var replicationSection: Section? {
        let answer = ReplicationAnswer(content.figures, manifest: content.manifest)
        guard !answer.rows.isEmpty else { return nil }
        var table = MarkupTable(
            caption: "A chain beside a quorum, measured in turns and predicted",
            columns: [.init(heading: "setting")]
                + answer.figureHeadings.map { .init(heading: $0, style: "figure") }
                + [.init(heading: "bound by")])
        for row in answer.rows {
            let cells = answer.figures(of: row).map { figure -> MarkupTable.Cell in
                figure.map { .init(FigureText($0), sortedBy: $0.value) } ?? .init("")
            }
            table.append([.init(row.place, isHeading: true)] + cells + [.init(row.bound)])
        }
        return Section(
            identifier: "replication", heading: "Chain or quorum",
            parts: [
                HTMLReport.list(answer.sentences), table.markup,
                .element("p", [("class", "facts")], text: ReplicationAnswer.legend), .newline,
            ])
    }
}
