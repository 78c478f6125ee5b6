import Quantities
import Runs

extension HTMLReport {
    /// Whether a chain or a quorum serves more writes, and why.
    var replicationSection: Section? {
        let answer = ReplicationAnswer(content.figures, manifest: content.manifest)
        guard !answer.rows.isEmpty else { return nil }
        var table = MarkupTable(
            caption: "A chain beside a quorum, measured in turns and predicted",
            columns: [
                .init(heading: "setting"),
                .init(heading: "chain [95 % interval]", style: "figure"),
                .init(heading: "quorum [95 % interval]", style: "figure"),
                .init(heading: "gain of the chain [95 % interval]", style: "figure"),
                .init(heading: "its latency over the quorum's", style: "figure"),
                .init(heading: "gain by cost"), .init(heading: "simulated"),
                .init(heading: "by arithmetic"), .init(heading: "bound by"),
            ])
        for row in answer.rows {
            func cell(_ figure: Figure?) -> MarkupTable.Cell {
                figure.map { .init(FigureText($0), sortedBy: $0.value) } ?? .init("")
            }
            table.append(
                [
                    .init(row.label.isEmpty ? row.workload : row.label, isHeading: true),
                    cell(row.chain.throughput), cell(row.quorum.throughput), cell(row.gain),
                    cell(row.wait),
                ] + row.predictions.map(cell) + [.init(row.bound)])
        }
        return Section(
            identifier: "replication", heading: "Chain or quorum",
            parts: [
                HTMLReport.list(answer.sentences), table.markup,
                .element("p", [("class", "facts")], text: ReplicationAnswer.legend), .newline,
            ])
    }
}
