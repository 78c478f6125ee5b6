import Foundation
import Measurement
import Regression
import Runs
import Testing

@testable import Reporting

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ComparisonReportTests {
    @Test func `the table has the sides, rows by severity, reasons and the counts`() throws {
        let difference = Comparability.Difference(fact: "usable cores", base: "2", new: "4")
        let text = ComparisonTable(SampleComparison.make(forced: [difference])).text()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "base: main (2026-01-02T03:04:05Z, commit 0123456789ab)")
        #expect(text.contains("FORCED although the sides differ: usable cores: base has '2'"))
        let statuses = lines.dropLast().compactMap { line in
            ComparisonStatus.allCases.first { line.hasSuffix(" \($0.rawValue)") }
        }
        #expect(statuses == [.regressed, .missing, .inconclusive, .new, .unchanged])
        let row = try #require(lines.first { $0.hasSuffix("regressed") })
        #expect(row.contains("100 ns") && row.contains("120 ns") && row.contains("+20 %"))
        #expect(text.contains("larger by 20 %, more than 3 %"))
        #expect(text.contains("cannot tell apart instructions"))
        #expect(
            lines.last == "5 metrics: 1 regressed, 1 missing, 1 inconclusive, 1 new, 1 unchanged")
        #expect(lines.allSatisfy { DisplayText.width($0) <= FigureTable.usualWidth })
    }

    @Test func `nothing in a table moves a cursor`() {
        let text = ComparisonTable(
            SampleComparison.make(profile: SampleComparison.hostile, name: "a\u{1B}[2Jb")
        ).text()
        #expect(!text.contains("\u{1B}") && !text.contains("\u{1}"))
    }

    @Test func `Markdown escapes what would be markup`() {
        let text = ComparisonMarkdown(
            SampleComparison.make(profile: SampleComparison.hostile)
        ).text
        #expect(text.hasPrefix("### nilometer: 5 metrics: 1 regressed"))
        #expect(text.contains("**regressed**"))
        #expect(!text.contains("<b a"))
        #expect(text.contains("&lt;b a"))
        #expect(text.contains("<details><summary>1 unchanged</summary>"))
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(rows.count == 2 + 4 + 2 + 1)
    }

    @Test func `JUnit has a case a metric, failures for regressions, skips for the undecided`() {
        let text = ComparisonJUnit(SampleComparison.make()).text
        #expect(text.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"2\""))
        #expect(text.ranges(of: "<testcase ").count == 5)
        #expect(text.ranges(of: "<failure ").count == 1)
        #expect(text.ranges(of: "<skipped ").count == 2)
    }

    #if canImport(FoundationXML)
        /// Collects what a parser sees, and attributes that Jenkins's schema (junit-10.xsd of its xUnit
        /// plugin) does not know; GitLab reads fewer.
        private final class Reader: NSObject, XMLParserDelegate {
            var elements: [String] = []
            var strange: [String] = []
            var names: [String] = []
            static let attributes: [String: Set<String>] = [
                "testsuites": ["name", "time", "tests", "failures", "disabled", "errors"],
                "testsuite": [
                    "name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp",
                    "hostname", "id", "package", "file", "log", "url", "version",
                ],
                "testcase": ["name", "time", "classname", "group"],
                "property": ["name", "value"],
                "failure": ["type", "message"], "skipped": ["type", "message"],
            ]
            var text = ""

            func parser(
                _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
                qualifiedName: String?, attributes: [String: String]
            ) {
                elements.append(element)
                let known = Self.attributes[element] ?? []
                strange += attributes.keys.filter { !known.contains($0) }.sorted()
                if element == "testcase", let name = attributes["name"] { names.append(name) }
            }

            func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
        }

        @Test(arguments: [
            SampleComparison.hostile, "]]>", "\u{0}\u{B}\u{7F}\u{FFFE}\u{FFFF}", "&amp;&#0;", "ä€𝄞",
        ])
        func `JUnit is well-formed whatever the text`(hostile: String) throws {
            let comparison = SampleComparison.make(profile: hostile, name: hostile + "\n\t")
            let parser = XMLParser(data: Data(ComparisonJUnit(comparison).text.utf8))
            let reader = Reader()
            parser.delegate = reader
            #expect(parser.parse(), "\(String(describing: parser.parserError))")
            #expect(reader.strange.isEmpty, "\(reader.strange)")
            #expect(reader.elements.filter { $0 == "testcase" }.count == 5)
            let kept = String(
                String.UnicodeScalarView(hostile.unicodeScalars.filter { $0.value >= 0x20 }))
            let shown = kept.filter { !["\u{7F}", "\u{FFFE}", "\u{FFFF}"].contains($0) }
            #expect(
                reader.names.allSatisfy { name in
                    shown.isEmpty || name.filter { $0 != "\u{FFFD}" }.contains(shown)
                }, "\(reader.names)")
        }
    #endif

    @Test func `annotations are errors for regressions and warnings for what is missing`() {
        let lines = GitHubAnnotations(SampleComparison.make()).lines
        #expect(lines.count == 2)
        #expect(
            lines[0].hasPrefix("::error title=nilometer%3A ring.lookup time regressed::"))
        #expect(lines[0].contains("%0A"))
        #expect(lines[1].hasPrefix("::warning title=nilometer%3A ring.lookup gone missing::"))
        #expect(lines.allSatisfy { !$0.contains("\n") })
    }

    @Test func `an annotation cannot begin another command`() {
        #expect(
            GitHubAnnotations.line("error", title: "a:b,c%\n", "x\r\n::set-env name=A::b")
                == "::error title=a%3Ab%2Cc%25%0A::x%0D%0A::set-env name=A::b")
        let lines = GitHubAnnotations(
            SampleComparison.make(profile: SampleComparison.hostile)
        ).lines
        #expect(lines.count == 2 && lines.allSatisfy { !$0.contains("\n") })
        #expect(lines[0].contains("%250A"))
    }

    @Test func `more annotations than GitHub shows are counted`() {
        let levels = (0..<12).map { ("m\($0)", 100.0, 10) }
        let base = SampleComparison.side(levels, name: "a", profile: "c")
        let new = SampleComparison.side(
            levels.map { ($0.0, 150, $0.2) }, name: "b", profile: "c")
        let lines = GitHubAnnotations(
            RunComparison(base: base, new: new, rule: ComparisonRule(resamples: 500))
        ).lines
        #expect(lines.count == 10)
        #expect(lines.last == "::error title=nilometer::and 3 metrics more")
    }

    @Test func `a history has its trend, its changes and its gaps`() throws {
        let sides = (0..<14).map { number in
            let side = SampleComparison.side(
                [("time", number < 7 ? 100 : 150, 3)], name: "r\(number)", profile: "c")
            return MeasuredSide(
                name: side.name, run: side.run, tool: side.tool, commit: "c\(number)",
                start: "2026-01-\(10 + number)T00:00:00Z", seed: 1, method: 1,
                fingerprint: side.fingerprint, workloads: [], detectableEffect: nil,
                figures: number == 3 ? [] : side.figures)
        }
        let text = HistoryTable(MetricHistory.all(of: sides)).text()
        #expect(text.contains("▁▁▁▁▁▁"))
        #expect(text.contains("worse, +50 % from 2026-01-17T00:00:00Z on, commits c6..c7"))
        #expect(text.contains("not measured in r3"))
        #expect(HistoryTable([]).text().isEmpty)
    }

    @Test func `a sparkline spans its own range`() {
        #expect(Sparkline.text(of: [0, 7, 3.5]) == "▁█▅")
        #expect(Sparkline.text(of: [2, 2]) == "▄▄")
        #expect(Sparkline.text(of: []).isEmpty)
        #expect(Sparkline.text(of: [9, 1, 2], most: 2) == "▁█")
    }
}

@Suite struct DistinctParametersTests {
    private func identity(
        _ workload: String, _ parameters: [(String, String)], profile: String = "auto"
    ) throws -> FigureIdentity {
        FigureIdentity(
            key: FigureKey(
                workload: workload, parameters: try ParameterSet(parameters), profile: profile,
                metric: "m"), statistic: "median", unit: "ns")
    }

    @Test func `only what differs within a workload is told`() throws {
        let identities = [
            try identity("a", [("nodes", "10"), ("seed", "1"), ("batch", "1")]),
            try identity("a", [("nodes", "100"), ("seed", "1")]),
            try identity("b", [("nodes", "7")]), try identity("c", []),
        ]
        let distinct = DistinctParameters(identities)
        #expect(
            identities.map(distinct.text) == ["batch=1;nodes=10", "nodes=100", "", ""])
        // An absent parameter differs from a present one, in whatever order they come.
        #expect(
            DistinctParameters(identities.reversed()).text(of: identities[0])
                == "batch=1;nodes=10")
    }

    @Test func `profiles are told where there are several`() throws {
        let identities = [
            try identity("a", [("n", "1")]), try identity("a", [("n", "1")], profile: "low"),
        ]
        #expect(
            identities.map(DistinctParameters(identities).text) == ["profile=auto", "profile=low"])
    }
}
