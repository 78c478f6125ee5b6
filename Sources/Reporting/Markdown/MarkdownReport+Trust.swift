import Runs

extension MarkdownReport {
    /// The known answers, and whether they were met.
    var expectationSection: [String] {
        guard !expectations.isEmpty else { return [] }
        var lines = ["## Known answers"]
        for workload in ExpectationTable.workloads(of: expectations) {
            let rows = expectations.filter { $0.key.workload == workload }.map { record in
                let texts = ExpectationText(record)
                return [texts.subject, texts.expected, texts.measured].map(MarkdownText.escaped)
                    + ["**\(record.outcome.rawValue)**", MarkdownText.escaped(record.reason)]
            }
            lines += ["", "### \(MarkdownText.escaped(workload))", ""]
            lines += MarkdownText.table(
                ["known answer", "expected", "measured [95 % interval]", "outcome", "from where"],
                rows)
        }
        return lines
    }

    /// What happened to the measuring processes.
    var disturbanceSection: [String] {
        let table = DisturbanceTable(manifest)
        guard !table.rows.isEmpty else { return [] }
        let headings = DisturbanceTable.headings.enumerated().map { $0 == 0 ? $1 : $1 + ">" }
        return ["## Disturbances", ""]
            + MarkdownText.table(headings, table.rows.map { $0.map(MarkdownText.escaped) })
    }
}
