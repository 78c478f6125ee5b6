import Runs

/// `junit.xml`: a run's claims and known answers as test cases, for machines that read those.
///
/// A refuted claim and a missed answer fail; what could not be decided or tested is skipped, with
/// the reason; every other verdict passes. The figures go along as the case's output.
public struct JUnitReport: Sendable {
    private let content: ReportContent

    /// A report of `content`.
    public init(_ content: ReportContent) { self.content = content }

    private enum Result {
        case passed
        case failed(kind: String, String)
        case skipped(String)
    }

    private struct Case {
        let name: String
        let suite: String
        let result: Result
        let output: String

        var isSkipped: Bool { if case .skipped = result { true } else { false } }
    }

    /// The document: the same content gives the same bytes.
    public var text: String {
        let cases = claims + answers
        let suites = PlotSentence.distinct(cases.map(\.suite)).map { name in
            JUnitReport.suite(name, cases.filter { $0.suite == name }, content.manifest.start)
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            + Markup.element(
                "testsuites",
                [("name", "nilometer \(content.manifest.run)")] + JUnitReport.counts(of: cases),
                [.newline] + suites
            ).text + "\n"
    }

    private var claims: [Case] {
        content.verdicts.map { verdict in
            let texts = VerdictText(verdict)
            let result: Result =
                switch verdict.verdict {
                case .refuted: .failed(kind: verdict.verdict.rawValue, verdict.reason)
                case .inconclusive, .untestable:
                    .skipped("\(verdict.verdict.rawValue): \(verdict.reason)")
                case .reproduced, .extrapolated, .inconsistent: .passed
                }
            return Case(
                name: verdict.claim, suite: "claims.\(verdict.document)", result: result,
                output: "\(verdict.verdict.rawValue): \(texts.explanation); claimed "
                    + "\(texts.claimed), measured \(texts.measured)")
        }
    }

    private var answers: [Case] {
        content.expectations.map { record in
            let texts = ExpectationText(record)
            let said = "expected \(texts.expected), measured \(texts.measured)"
            let result: Result =
                switch record.outcome {
                case .met: .passed
                case .missed: .failed(kind: record.outcome.rawValue, said)
                case .undecided, .unmeasured: .skipped("\(record.outcome.rawValue): \(said)")
                }
            return Case(
                name: texts.subject, suite: "answers.\(record.key.workload)", result: result,
                output: "\(said); \(record.reason)")
        }
    }

    private static func suite(_ name: String, _ cases: [Case], _ time: String) -> Markup {
        // The format wants a time without a zone.
        let stamp = time.hasSuffix("Z") ? String(time.dropLast()) : time
        return .all([
            .element(
                "testsuite",
                [("name", name)] + counts(of: cases)
                    + [("skipped", "\(cases.count(where: \.isSkipped))"), ("timestamp", stamp)],
                [.newline] + cases.flatMap { [element($0), .newline] }), .newline,
        ])
    }

    private static func element(_ one: Case) -> Markup {
        let verdict: [Markup] =
            switch one.result {
            case .passed: []
            case .failed(let kind, let reason):
                [.element("failure", [("type", kind), ("message", reason)], text: reason)]
            case .skipped(let reason): [.empty("skipped", [("message", reason)])]
            }
        return .element(
            "testcase", [("classname", one.suite), ("name", one.name), ("time", "0")],
            verdict + [.element("system-out", text: one.output)])
    }

    /// Without the skipped cases: their count belongs to suites alone, and schemas that are checked
    /// refuse it above.
    private static func counts(of cases: [Case]) -> [(String, String?)] {
        let failures = cases.count { if case .failed = $0.result { true } else { false } }
        return [("tests", "\(cases.count)"), ("failures", "\(failures)"), ("errors", "0")]
    }
}
