public import Runs

/// Known answers as text for a terminal: expected and measured side by side, whether the one is the
/// other, and a line that counts at the end.
public struct ExpectationTable: Sendable {
    private let records: [ExpectationRecord]

    /// A table of `records` in their order; those of one workload stand together.
    public init(_ records: [ExpectationRecord]) { self.records = records }

    /// How many were met, of how many; empty without any.
    public var summary: String {
        guard !records.isEmpty else { return "" }
        let counts = ExpectationOutcome.allCases.compactMap { outcome -> String? in
            let number = records.count { $0.outcome == outcome }
            return number > 0 ? "\(number) \(outcome.rawValue)" : nil
        }
        let answers = records.count == 1 ? "1 known answer" : "\(records.count) known answers"
        return "\(answers): \(counts.joined(separator: ", "))"
    }

    /// The text, each line ended by a line feed; empty without records.
    ///
    /// - Parameters:
    ///   - width: lines are fitted to it, in cells; parameters are cut with `…`, reasons wrapped.
    ///   - style: how the parts look.
    public func text(width: Int = FigureTable.usualWidth, style: TextStyle = .plain) -> String {
        precondition(width >= 80, "a table needs 80 cells at least, got \(width)")
        guard !records.isEmpty else { return "" }
        var blocks = ExpectationTable.workloads(of: records).map { workload in
            block(records.filter { $0.key.workload == workload }, workload, width, style)
        }
        blocks.append(DisplayText.wrapped(summary, to: width).map { style(.title, $0) })
        return blocks.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    /// The workloads in the order in which they first come up.
    static func workloads(of records: [ExpectationRecord]) -> [String] {
        records.reduce(into: []) { workloads, record in
            if !workloads.contains(record.key.workload) { workloads.append(record.key.workload) }
        }
    }

    private func block(
        _ records: [ExpectationRecord], _ workload: String, _ width: Int, _ style: TextStyle
    ) -> [String] {
        var table = TextTable([
            .init(heading: "known answer", least: 28), .init(heading: "expected", least: 18),
            .init(heading: "measured [95 % interval]", least: 24), .init(heading: "outcome"),
        ])
        for record in records {
            let texts = ExpectationText(record)
            table.append([
                .init(text: texts.subject), .init(text: texts.expected),
                .init(text: texts.measured, part: .figure),
                .init(
                    text: record.outcome.rawValue, part: .verdict(texts.looksLike)),
            ])
        }
        var lines = [style(.title, DisplayText.truncated(DisplayText.clean(workload), to: width))]
        lines += table.lines(width: width, style: style)
        for reason in ExpectationTable.reasons(of: records)
            + ExpectationTable.doubts(about: records)
        {
            lines += DisplayText.wrapped(reason, to: width - 4).map { "    " + style(.note, $0) }
        }
        return lines
    }

    /// What there is to doubt about the figures, each reason once.
    private static func doubts(about records: [ExpectationRecord]) -> [String] {
        records.filter { $0.value != nil && $0.quality != "ok" }
            .map { "doubtful: \(DisplayText.clean($0.quality))" }
            .reduce(into: []) { doubts, doubt in
                if !doubts.contains(doubt) { doubts.append(doubt) }
            }
    }

    /// Where the expected values come from, each said once.
    private static func reasons(of records: [ExpectationRecord]) -> [String] {
        records.map { DisplayText.clean($0.reason) }.reduce(into: []) { reasons, reason in
            if !reasons.contains(reason) { reasons.append(reason) }
        }
    }
}

/// The parts of a known answer as people read them.
struct ExpectationText {
    /// The statistic, the metric and the parameters.
    let subject: String
    /// The bounds: `99 µs to 101 µs`, `at most 6`, `interval holds 0 ns`.
    let expected: String
    /// The figure with its interval, or `–`.
    let measured: String
    /// The verdict whose colour suits the outcome.
    let looksLike: Verdict

    init(_ record: ExpectationRecord) {
        subject = DisplayText.clean(
            "\(record.key.metric) \(record.statistic) \(record.key.parameters)")
        measured = DisplayText.clean(
            FigureText(
                value: record.value, low: record.ciLow, high: record.ciHigh, unit: record.unit
            ).description)
        expected = ExpectationText.expected(of: record)
        looksLike =
            switch record.outcome {
            case .met: .reproduced
            case .missed: .refuted
            case .undecided: .inconclusive
            case .unmeasured: .untestable
            }
    }

    private static func expected(of record: ExpectationRecord) -> String {
        func text(_ value: Double) -> String {
            FigureText(value: value, unit: record.unit, exact: true).description
        }
        switch (record.low, record.high) {
        case (let low?, _) where record.condition == "interval-holds":
            return "interval holds \(text(low))"
        case (let low?, let high?) where low == high: return text(low)
        case (let low?, let high?): return "\(text(low)) to \(text(high))"
        case (let low?, nil): return "at least \(text(low))"
        case (nil, let high?): return "at most \(text(high))"
        case (nil, nil): return "any"
        }
    }
}
