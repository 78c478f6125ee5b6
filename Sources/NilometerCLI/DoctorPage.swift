import Diagnosis
import Measurement
import Quantities

/// The doctor's report as people read it.
struct DoctorPage {
    private let report: DoctorReport
    private let colour: Bool
    private static let width = 100

    init(_ report: DoctorReport, colour: Bool) {
        self.report = report
        self.colour = colour
    }

    /// The page: the noise of each core, what was found, the verdict.
    var text: String {
        let sections = [cores, placement, findings, [verdict, detectable]]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }
            .joined(separator: "\n")
    }

    private var cores: [String] {
        let rows = report.jitter.map { reading -> [String] in
            let work = report.work.first { $0.processingUnit == reading.processingUnit }
            let rate = work.map { "\(Nanoseconds($0.chain.median))" } ?? "–"
            let drifts = [work?.chain.drift, work?.wide.drift].map {
                $0.map { percent($0 - 1) } ?? "–"
            }
            return [
                "\(reading.processingUnit)", "\(Nanoseconds(reading.longestGap))",
                percent(reading.lostShare), Presentation.significant(reading.gapRate), rate,
                drifts[0], drifts[1], reading.longestCause?.summary ?? "no gap",
            ]
        }
        let heading = [
            "core", "longest gap", "time lost", "gaps/s", "work", "clock drift", "width drift",
            "likely cause of the longest gap",
        ]
        let table = [heading] + rows
        let widths = heading.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.enumerated().map { number, row in
            let cells = zip(row, widths).enumerated().map { column, cell in
                column == row.count - 1
                    ? cell.0 : String(repeating: " ", count: cell.1 - cell.0.count) + cell.0
            }
            let line = cells.joined(separator: "  ")
            return number == 0 ? dim(line) : line
        }
    }

    private var placement: [String] {
        guard let reading = report.placement else { return [] }
        let classes = reading.classes.map {
            "\($0.readings) × \($0.placement.summary), a round trip \(Nanoseconds($0.roundTrip))"
        }
        return [
            "cores \(reading.first) and \(reading.second): \(reading.changes) changes of placement "
                + "seen in \(Nanoseconds(reading.duration)) (\(classes.joined(separator: "; ")))"
        ]
    }

    private var findings: [String] {
        var lines: [String] = []
        for finding in report.findings {
            let name = finding.severity.rawValue
            let label = name + String(repeating: " ", count: 10 - name.count)
            let body = wrapped("\(finding.subject): \(finding.measured)")
            lines.append(painted(label, finding.severity) + (body.first ?? ""))
            lines += body.dropFirst().map { indent + $0 }
            lines += wrapped("costs \(finding.cost.description)").map { indent + $0 }
            if !finding.remedy.isEmpty {
                lines += wrapped("mend: \(finding.remedy)").map { indent + $0 }
            }
            lines += wrapped("[\(finding.source)]").map { dim(indent + $0) }
        }
        return lines
    }

    private var verdict: String {
        "\(report.checks.count) checks in \(Nanoseconds(report.duration)): "
            + "\(report.count(.serious)) serious, \(report.count(.notable)) notable, "
            + "\(report.count(.harmless)) harmless; \(report.verdict)."
    }

    private var detectable: String {
        guard let found = report.smallestDetectable else {
            return "The smallest effect that a comparison can show here is unknown: "
                + "\(report.whyNotDetectable ?? "not measured")."
        }
        return "The smallest effect that a comparison can show here: "
            + "\(Presentation.significant(found.percent)) % (\(found.workload), "
            + "\(found.processes) processes that compared it with itself; \(found.method))."
            + (report.detectableKeptIn.map { " Kept for comparisons in \($0)." } ?? "")
    }

    private let indent = String(repeating: " ", count: 10)

    private func percent(_ share: Double) -> String {
        "\(Presentation.significant(share * 100)) %"
    }

    /// Lines no wider than the page behind its indentation, broken at spaces.
    private func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + word.count + 1 <= Self.width - indent.count {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private func dim(_ text: String) -> String { colour ? "\u{1B}[2m\(text)\u{1B}[0m" : text }

    private func painted(_ text: String, _ severity: Finding.Severity) -> String {
        guard colour else { return text }
        switch severity {
        case .serious: return "\u{1B}[31m\(text)\u{1B}[0m"
        case .notable: return "\u{1B}[33m\(text)\u{1B}[0m"
        case .harmless: return text
        }
    }
}
