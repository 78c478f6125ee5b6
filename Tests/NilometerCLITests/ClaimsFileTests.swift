import Foundation
import Runs
import Testing

/// A user's claims file is refused with the place of every fault, or judged whatever its text says.
@Suite struct ClaimsFileTests {
    private static let header = """
        schema: nilometer/claims/1
        document: {name: mine, title: My own document}
        claims:

        """

    /// A claim of arithmetic; the formula is on the ninth line after the first.
    private static func claim(
        _ id: String, _ expression: String, unit: String = "x", value: String = "1"
    ) -> String {
        """
        - id: \(id)
          section: s
          subject: s
          metric: m
          comparator: '='
          value: \(value)
          unit: \(unit)
          how: arithmetic
          decide:
            arithmetic: {expression: '\(expression)'}
            reading: {holds-when: within}

        """
    }

    private static let evidence = """
        - id: A
          section: s
          subject: s
          metric: m
          comparator: '<'
          value: 5
          unit: x
          how: direct
          decide:
            evidence: {workload: storage.append.byte, metric: latency, statistic: median}

        """

    /// What a file holds, and what is said of it after the file's name.
    static let refused: [(String, String)] = [
        ("", ": the file holds no YAML; expected a mapping"),
        ("# nothing\n", ": the file holds no YAML; expected a mapping"),
        ("a: b: c\n", ":1:5: malformed YAML"),
        ("schema: nilometer/claims/1\n\tdocument: x\n", ":2:1: malformed YAML"),
        (
            String(repeating: "[", count: 20_000),
            ":1:1: malformed YAML: while parsing, Maximum nesting level reached"
        ),
        (
            header + evidence.replacing("storage.append.byte", with: "storage.append.bite"),
            ":13:26: unknown workload 'storage.append.bite'; expected 'storage.append.byte'"
        ),
        (
            "schema: nilometer/claims/1\ndocument: &a {name: x, title: y}\nclaims: [*a, *a]\n",
            ":2:11: anchor 'a'; expected every value written out"
        ),
        (
            (1...40).map { "a\($0): &x\($0) [\($0 > 1 ? "*x\($0 - 1), *x\($0 - 1)" : "1")]\n" }
                .joined(), ": the file uses 78 aliases; expected every value written out"
        ),
        (
            header + claim("A", "A + 1"),
            ":13:30: formulas in a circle: A → A; expected each claim to rest on the figures of "
                + "others"
        ),
        (
            header + claim("A", "B") + claim("B", "C") + claim("C", "A"),
            ":13:30: formulas in a circle: A → B → C → A"
        ),
        (
            header + claim("A", "1 ms + 1 ops/s", unit: "ms"),
            ":13:30: seconds beside events a second in '1 ms + 1 ops/s'; expected figures of one "
                + "dimension"
        ),
        (
            header + claim("A", "1 / 5 ms", unit: "x"),
            ":13:30: '1 / 5 ms', which comes to events a second; expected a figure in x"
        ),
        (
            header + evidence,
            ":4:7: claim 'A' in 'x' on metric 'latency' in 'ns'; expected units of one dimension"
        ),
        (
            header + claim("TEN", "PH-OBELISK-50K"),
            ":13:30: unknown claim 'PH-OBELISK-50K' in 'PH-OBELISK-50K'; expected 'PH-OBELISK-500K'"
        ),
        (
            header + claim("A", "1 / 0"),
            ":13:30: a division by zero in '1 / 0'; expected a divisor that is not zero"
        ),
        (
            header + claim("A", "1 / B") + claim("B", "0", value: "0"),
            ":13:30: a division by zero in '1 / B'"
        ),
        (
            header + claim("A", "1 / B") + claim("B", "0 - 1 .. 1", value: "-1..1"),
            ":13:30: 'B', which is a range, in '1 / B'; expected low(B) or high(B)"
        ),
        (
            header + claim("A", "1") + claim("A", "1"),
            ":15:7: a second claim 'A' (the first: "
        ),
        (
            header + claim("PH-OBELISK-500K", "1"),
            ":4:7: a second claim 'PH-OBELISK-500K' (the first: "
        ),
    ]

    @Test(arguments: refused)
    func `a fault is named with its place, and what was there stays`(
        text: String, message: String
    ) throws {
        let tool = try Tool()
        defer { tool.remove() }
        let file = try tool.write("mine.yaml", text)
        let page = try tool.write("page.md", "precious")
        let result = try tool("validate", "--claims", file, "--markdown", page)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.errors.contains("mine.yaml\(message)"), "\(result.errors)")
        #expect(result.output.isEmpty)
        #expect(!result.errors.contains("Fatal error"))
        #expect(try String(contentsOfFile: page, encoding: .utf8) == "precious")
    }

    @Test func `what is no text of fair length is named`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let long = try tool.write("long.yaml", String(repeating: "# ten bytes\n", count: 900_000))
        let binary = "\(tool.directory)/binary.yaml"
        try Data([0x61, 0x3A, 0x20, 0xFF]).write(to: URL(fileURLWithPath: binary))
        for (file, message) in [
            (long, "the file is longer than 1048576 bytes; expected a shorter one"),
            (binary, "the file is not UTF-8; expected text in UTF-8"),
            (tool.directory, "cannot read it: Is a directory; expected a readable file"),
        ] {
            let result = try tool("validate", "--claims", file)
            #expect(result.status == 2)
            #expect(result.errors.contains("\(file): \(message)"), "\(result.errors)")
        }
    }

    /// Text that a spreadsheet, a page, a document of XML, a shell or gnuplot might act on.
    private static func hostile(_ canary: String) -> String {
        #"=cmd|'/C calc'!A0 "q" <script>pwned()</script> ]]> --> </td> `touch \#(canary)` "#
            + #"$(touch \#(canary)) system("touch \#(canary)") ${HOME} %s \n @a_b^{c} | # ; ', '"#
    }

    @Test func `hostile text in claims is text in every output`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let results = "\(tool.directory)/Results"
        let run = try tool(
            "run", "engine.configuration", "--forks", "1", "--out", results, "--path",
            tool.directory)
        try #require(run.status == 0, "\(run.errors)")
        let canary = "\(tool.directory)/canary"
        let text = Self.hostile(canary)
        let file = try tool.write("mine.yaml", try claims(text))
        let judged = try tool(
            "validate", "--claims", file, "--from", "\(results)/latest", "--markdown",
            "\(tool.directory)/page.md", "--json")
        try #require(judged.status == 0, "\(judged.errors)")
        let rows = try rows(ofJSON: Data(judged.output.utf8))
        #expect(rows.map { $0["claim"] } == ["MINE-1", "MINE-2", "MINE-3"])
        #expect(rows.allSatisfy { $0["subject"] == text })
        #expect(rows.map { $0["verdict"] } == ["untestable", "refuted", "inconsistent"])

        let folder = "\(results)/latest"
        let report = try tool("report", folder, "--claims", file)
        #expect(report.status == 0, "\(report.errors)")
        try expectText(text, in: folder)
        let page = try String(contentsOfFile: "\(tool.directory)/page.md", encoding: .utf8)
        #expect(page.contains("| MINE-1 |") && !page.contains("<script>pwned"))
        try draw(folder)
        #expect(!FileManager.default.fileExists(atPath: canary))
    }

    private func claims(_ text: String) throws -> String {
        // A JSON string is one of YAML.
        let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
            .replacing("\\/", with: "/")
        func claim(_ number: Int, _ decide: String) -> String {
            """
            - id: MINE-\(number)
              section: \(quoted)
              subject: \(quoted)
              metric: \(quoted)
              comparator: '='
              value: 5
              unit: x
              how: direct
              note: \(quoted)
              decide: \(decide)

            """
        }
        return "schema: nilometer/claims/1\ndocument: {name: mine, title: \(quoted)}\nclaims:\n"
            + claim(1, "{untestable: \(quoted)}")
            + claim(
                2,
                "{evidence: {workload: engine.configuration, metric: affinity, statistic: exact}, "
                    + "reading: {holds-when: within, unit: switch, because: \(quoted)}}")
            + claim(3, "{contradiction: {because: \(quoted)}}")
    }

    private func rows(ofJSON data: Data) throws -> [[String: String]] {
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let rows = try #require(document["rows"] as? [[String: Any]])
        return rows.map { row in row.compactMapValues { $0 as? String } }
    }

    /// That the text is whole where it is data, and harmless where it is part of a page.
    private func expectText(_ text: String, in folder: String) throws {
        func contents(_ name: String) throws -> String {
            try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        }
        let table = try contents("verdicts.csv")
        let header = try #require(table.split(separator: "\n").first).split(separator: ",")
        let records = try CSV.records(of: table, header: header.map(String.init))
        let subject = try #require(header.firstIndex(of: "subject"))
        #expect(records.map { $0.fields[subject] } == [text, text, text])
        #expect(
            try rows(ofJSON: Data(contents("verdicts.json").utf8)).map { $0["subject"] }
                == [text, text, text])
        for name in ["report.html", "report.md", "junit.xml"] {
            let page = try contents(name)
            #expect(page.contains("MINE-2"), "\(name)")
            #expect(!page.contains("<script>pwned"), "\(name)")
        }
        #expect(try !contents("junit.xml").contains("]]>"))
    }

    /// Runs every script of the run's plots again, where there is a gnuplot.
    private func draw(_ folder: String) throws {
        let plots = "\(folder)/plots"
        let scripts = try FileManager.default.contentsOfDirectory(atPath: plots)
            .filter { $0.hasSuffix(".gp") }
        #expect(scripts.contains("verdicts.gp"), "\(scripts)")
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/gnuplot") else { return }
        for script in scripts {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/gnuplot")
            process.arguments = [script]
            process.currentDirectoryURL = URL(fileURLWithPath: plots)
            process.standardError = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0, "\(script)")
        }
    }
}
