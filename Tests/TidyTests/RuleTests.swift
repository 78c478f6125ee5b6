import Testing

/// Each rule finds a small bad sample and leaves a good one alone: a rule that nothing can break
/// is no rule.
@Suite struct `A rule of the house` {
    private func file(_ path: String, _ lines: String...) -> SourceFile {
        SourceFile(path, lines.joined(separator: "\n"))
    }

    private func messages(_ findings: [Finding]) -> [String] { findings.map(\.description) }

    @Test(
        arguments: [
            ("import Glibc", "Glibc"), ("@testable import Channels", "Channels"),
            ("public import struct Foundation.Data", "Foundation"),
            ("@preconcurrency internal import Yams", "Yams"), ("let important = 1", nil),
            ("    // import Foundation", nil),
        ] as [(String, String?)])
    func `reads what a line imports`(line: String, module: String?) {
        let code = CodeMask(.swift).blanked(line)
        #expect(ImportRule.module(importedBy: code) == module)
    }

    @Test func `finds an import that goes up or across`() {
        func findings(_ path: String, _ module: String) -> [String] {
            messages(ImportRule.findings(in: file(path, "", "import \(module)")))
        }
        #expect(
            findings("Sources/Channels/A.swift", "Statistics")
                == ["Sources/Channels/A.swift:2: Channels must not import Statistics"])
        for (target, module) in [
            ("Channels", "Foundation"), ("Quantities", "Foundation"), ("Storage", "ShenRing"),
            ("ShenRing", "Storage"), ("Statistics", "Measurement"), ("Runs", "Channels"),
            ("Measurement", "Yams"), ("NilometerCLI", "Channels"), ("RingPeers", "Runs"),
            ("ShenRing", "RingPeers"), ("Channels", "TestSupport"),
        ] {
            #expect(findings("Sources/\(target)/A.swift", module).count == 1, "\(target) \(module)")
        }
        for (target, module) in [
            ("Storage", "Channels"), ("Channels", "Hardware"), ("Runs", "Foundation"),
            ("Claims", "Statistics"), ("Benchmarks", "ShenRing"), ("NilometerCLI", "Benchmarks"),
        ] {
            #expect(findings("Sources/\(target)/A.swift", module).isEmpty, "\(target) \(module)")
        }
        #expect(findings("Tests/ChannelsTests/A.swift", "Foundation").isEmpty)
        #expect(findings("Tests/ChannelsTests/A.swift", "Channels").isEmpty)
        #expect(findings("Tests/ChannelsTests/A.swift", "TestSupport").isEmpty)
        #expect(findings("Tests/ReportingTests/A.swift", "Histogram").isEmpty)
        #expect(findings("Tests/ChannelsTests/A.swift", "Runs").count == 1)
        #expect(findings("Tests/TidyTests/A.swift", "Channels").count == 1)
    }

    @Test func `finds a target without a row`() {
        #expect(
            messages(ImportRule.findings(in: file("Sources/Stela/A.swift", "import Glibc")))
                == ["Sources/Stela/A.swift: Stela has no row in Tests/TidyTests/Layers.swift"])
    }

    @Test func `keeps the columns apart in its table, and has no circles in it`() {
        var earlier: Set<String> = []
        for layer in Layer.all {
            let above = layer.imports.subtracting(earlier)
            #expect(above.isEmpty, "\(layer.target) names what is not below it: \(above)")
            #expect(earlier.insert(layer.target).inserted, "\(layer.target) has two rows")
            let columns = Set(layer.imports.compactMap { Layer.of($0)?.column })
            if layer.target != "Benchmarks" {
                #expect(!columns.isSuperset(of: [.engine, .measurement]), "\(layer.target)")
                #expect(!columns.contains(.peers), "\(layer.target)")
            }
            if layer.column == .engine { #expect(!columns.contains(.measurement)) }
            if layer.column == .measurement { #expect(!columns.contains(.engine)) }
        }
    }

    @Test func `finds a file that is too long`() {
        func findings(_ path: String, lines: Int) -> [Finding] {
            SizeRule.fileFindings(in: SourceFile(path, String(repeating: "\n", count: lines)))
        }
        #expect(findings("Sources/A/A.swift", lines: SizeRule.sourceLimit).isEmpty)
        #expect(findings("Sources/A/A.swift", lines: SizeRule.sourceLimit + 1).count == 1)
        #expect(findings("Tests/ATests/A.swift", lines: SizeRule.testLimit).isEmpty)
        #expect(findings("Tests/ATests/A.swift", lines: SizeRule.testLimit + 1).count == 1)
        #expect(findings("Tests/ATests/Fixtures/a.json", lines: 1000).isEmpty)
    }

    @Test(
        arguments: [
            "func f()", "init()", "var x: Int", "class func f()", "static func f<T>() -> T",
            "private static let all: [Int] =", "subscript(i: Int) -> Int", "func `a struct`()",
            "func f() -> some Sequence<Int>\n    where T: Sequence\n",
        ])
    func `finds a block that is too long`(header: String) {
        func findings(statements: Int) -> [Finding] {
            let body = String(repeating: "        x += 1 // }\n", count: statements)
            let text = "struct A {\n    \(header) {\n\(body)    }\n}\n"
            return SizeRule.blockFindings(in: SourceFile("Sources/A/A.swift", text))
        }
        let around = 1 + header.split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(findings(statements: SizeRule.blockLimit - around).isEmpty)
        let tooLong = findings(statements: SizeRule.blockLimit - around + 1)
        #expect(tooLong.map(\.line) == [2], "\(tooLong)")
    }

    @Test func `lets a type be longer than a function, in Swift and in C++`() {
        let body = String(repeating: "    int x;\n", count: SizeRule.blockLimit)
        for (path, header) in [
            ("A.swift", "extension A where B: C"), ("A.swift", "public enum A: Int"),
            ("A.hpp", "namespace a"), ("A.hpp", "template <class T> struct alignas(64) A"),
        ] {
            let text = "\(header) {\n\(body)}\n"
            #expect(
                SizeRule.blockFindings(in: SourceFile("Sources/A/\(path)", text)).isEmpty, "\(text)"
            )
        }
        let function = "template <class T> void push(T x) noexcept {\n\(body)}\n"
        #expect(SizeRule.blockFindings(in: SourceFile("Sources/A/A.hpp", function)).count == 1)
    }

    @Test func `finds a promise to the compiler without its reason`() {
        func count(_ lines: String...) -> Int {
            ReasonRule.findings(in: SourceFile("Sources/A/A.swift", lines.joined(separator: "\n")))
                .count
        }
        #expect(count("struct A: @unchecked Sendable {}") == 1)
        #expect(count("/// One owner at a time.", "struct A: @unchecked Sendable {}") == 0)
        #expect(
            count("// One owner.", "@frozen", "public struct A:", "    @unchecked Sendable {}") == 0
        )
        #expect(count("struct A: @unchecked Sendable {}  // one owner") == 0)
        #expect(count("/// B.", "struct B {", "}", "extension B: @unchecked Sendable {}") == 1)
        #expect(count("/// B.", "struct B {}", "", "extension B: @unchecked Sendable {}") == 1)
        #expect(count("struct A: @unchecked Sendable {", "    // One owner.", "}") == 0)
        #expect(count("//", "nonisolated(unsafe) var a = 1") == 1)
        #expect(count("let a = \"@unchecked\"  // nothing promised") == 0)
    }

    @Test func `finds printing outside the command line`() {
        func count(_ target: String, _ line: String) -> Int {
            WordRule.printing(in: file("Sources/\(target)/A.swift", line)).count
        }
        #expect(count("Runs", "    print(x)") == 1)
        #expect(count("Runs", "debugPrint(x); dump(y)") == 2)
        #expect(count("NilometerCLI", "print(x)") == 0)
        #expect(count("Runs", "x.print(y); fingerprint(z); func print(a) // print(b)") == 0)
    }

    @Test func `finds what was left unfinished`() {
        let mark = "TO" + "DO"
        #expect(
            messages(WordRule.unfinished(in: file("docs/A.md", "a", "b \(mark): c")))
                == ["docs/A.md:2: \(mark): finish it, or open an issue"])
        #expect(
            WordRule.unfinished(in: file("A.swift", "HA" + "CKING, nilometer.XX" + "XXXX")).isEmpty)
    }

    @Test func `finds names that say nothing`() {
        #expect(WordRule.emptyNames(in: file("Sources/Runs/StringUtils.swift", "")).count == 1)
        #expect(WordRule.emptyNames(in: file("Sources/Common/A.swift", "")).count == 1)
        #expect(
            WordRule.emptyNames(in: file("Sources/A/A.swift", "final class RingManager {}")).count
                == 1)
        let fine = file("Sources/Runs/Managerial.swift", "struct CommonArc { let a: FileManager }")
        #expect(WordRule.emptyNames(in: fine).isEmpty)
    }

    @Test func `finds a type with the name of its module`() {
        #expect(
            WordRule.moduleNames(in: file("Sources/Runs/A.swift", "public enum Runs {")).count == 1)
        #expect(
            WordRule.moduleNames(in: file("Sources/Runs/A.swift", "struct Run { let a: Runs }"))
                .isEmpty)
    }

    @Test func `finds unsafe flags in the package`() {
        let line = ".unsafe" + "Flags([\"-Ounchecked\"])"
        #expect(WordRule.unsafeFlags(in: file("Package.swift", line)).count == 1)
        #expect(WordRule.unsafeFlags(in: file("Package.swift", "// \(line)")).isEmpty)
    }

    @Test func `finds paths of one machine`() {
        let home = "/ho" + "me/"
        #expect(WordRule.machinePaths(in: file("docs/A.md", "cd \(home)me")).count == 1)
        #expect(WordRule.machinePaths(in: file("A.swift", "let a = \"\(home)me\"")).count == 1)
        #expect(
            WordRule.machinePaths(in: file("docs/A.md", "https://a.org\(home)me, frame\(home)"))
                .isEmpty)
    }

    @Test func `finds links that lead nowhere`() {
        let pages = ["docs/B.md": "# B\n## The `one` & only\n", "docs": ""]
        func findings(_ lines: String...) -> [String] {
            let page = SourceFile("docs/A.md", lines.joined(separator: "\n"))
            return LinkRule.findings(in: page) { pages[$0] }.map(\.description)
        }
        #expect(findings("[b](C.md)") == ["docs/A.md:1: C.md leads nowhere: there is no docs/C.md"])
        #expect(findings("", "[b](B.md#two)").first?.hasPrefix("docs/A.md:2") == true)
        #expect(
            findings(
                "# Here", "[b](B.md) [b](../docs/B.md#the-one--only) [a](#here) [c](../docs)",
                "[d](https://example.org/x.md) `[e](f)`", "```", "[g](h)", "```") == [])
    }

    @Test func `finds sources that are not built or not tested`() {
        func findings(_ sources: [String], _ tests: [String], _ package: String) -> [String] {
            messages(
                TargetRule.sourceFindings(
                    directories: sources, testDirectories: tests, package: package))
        }
        #expect(findings(["Runs"], ["RunsTests"], "layer(\n    \"Runs\", [])") == [])
        #expect(
            findings(["Runs"], [], ".library(name: \"Runs\")")
                == ["Sources/Runs: no target of Package.swift", "Sources/Runs: no Tests/RunsTests"])
        #expect(findings(["CNuma"], [], "system(\"CNuma\")") == [])
        #expect(findings(["CNuma"], ["CNumaTests"], "system(\"CNuma\")").count == 1)
        #expect(
            findings(["Stela"], ["StelaTests"], "layer(\"Stela\")")
                == ["Sources/Stela: no row in Tests/TidyTests/Layers.swift"])
    }

    @Test func `finds tests that are not run or test nothing`() {
        func count(_ tests: [String], _ package: String) -> Int {
            TargetRule.testFindings(
                directories: tests, sourceDirectories: ["Runs"], package: package
            ).count
        }
        #expect(count(["RunsTests", "TidyTests"], "tests(\"Runs\")") == 0)
        #expect(count(["RunsTests"], "tests(\"Other\")") == 1)
        #expect(count(["OtherTests"], "tests(\"Other\")") == 1)
    }

    @Test func `finds a filter of tests that matches nothing`() {
        func count(_ line: String) -> Int {
            TargetRule.filterFindings(in: file("Makefile", line)).count
        }
        #expect(count("\tswift test --filter '^(Channels|ShenRing)Tests\\.' $(ARGS)") == 0)
        #expect(count("\tswift test --filter '^(Channels|Stela|CNuma)Tests\\.'") == 2)
        #expect(count("\tswift test --filter Channels") == 1)
    }

    @Test func `finds a script that nothing calls`() {
        let script = file("Scripts/setup", "echo Scripts/setup")
        let called = file("Makefile", "setup:", "\tScripts/setup")
        #expect(TargetRule.scriptFindings(scripts: [script], others: [script]).count == 1)
        #expect(TargetRule.scriptFindings(scripts: [script], others: [script, called]).isEmpty)
    }
}
