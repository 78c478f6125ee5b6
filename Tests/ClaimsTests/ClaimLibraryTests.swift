import Runs
import StrictYAML
import Testing

@testable import Claims

@Suite struct ClaimLibraryTests {
    private func arithmetic(
        _ id: String, _ expression: String, value: String = "1", reading: String = ""
    ) -> String {
        Examples.claim(
            id: id, comparator: "'='", value: value, unit: "x", how: "arithmetic",
            decide: "arithmetic: {expression: '\(expression)'}\n"
                + "reading: {holds-when: within\(reading)}")
    }

    private func message(_ claims: String...) -> String {
        Examples.message {
            try Examples.library(Examples.header + claims.joined()).calculations.keys.sorted()
        }
    }

    @Test func `formulas rest on the figures of other claims`() throws {
        let library = try Examples.library(
            Examples.header + arithmetic("A", "B * 1024", value: "512M") + arithmetic("B", "500K"),
            Examples.header + arithmetic("C", "high(D) / A", reading: ", expect: 2")
                + arithmetic("D", "1 .. 4", value: "1..4"))
        #expect(library.calculations["A"]?.first?.result == 1024...1024)
        #expect(library.calculations["C"]?.first?.result == (4 / 512e6)...(4 / 512e6))
        #expect(library.calculations["C"]?.first?.expected == 2...2)
        #expect(library.calculations["D"]?.first?.result == 1...4)
    }

    @Test func `an unknown claim is located, with the nearest one`() {
        #expect(
            message(
                arithmetic("PH-TSO-512M", "PH-OBELISK-500 * 1024"),
                arithmetic("PH-OBELISK-500K", "500K"))
                == "c.yaml:13:30: unknown claim 'PH-OBELISK-500' in 'PH-OBELISK-500 * 1024'; "
                + "expected 'PH-OBELISK-500K'")
        #expect(
            message(arithmetic("A", "nodes + 1"))
                == "c.yaml:13:30: unknown claim 'nodes' in 'nodes + 1'; "
                + "expected the identifier of a claim")
    }

    @Test func `formulas in a circle are refused, with the circle`() {
        #expect(
            message(arithmetic("A", "A / 2"))
                == "c.yaml:13:30: formulas in a circle: A → A; "
                + "expected each claim to rest on the figures of others")
        let message = message(
            arithmetic("A", "B + 1"), arithmetic("B", "C + 1"), arithmetic("C", "A + D"),
            arithmetic("D", "4"))
        #expect(message.hasPrefix("c.yaml:13:30: formulas in a circle: A → B → C → A; "))
    }

    @Test func `division by zero and words as numbers are refused when they are loaded`() {
        #expect(
            message(arithmetic("A", "1 / (B - 1)"), arithmetic("B", "1"))
                == "c.yaml:13:30: a division by zero in '1 / (B - 1)'; "
                + "expected a divisor that is not zero")
        let word = Examples.claim(id: "B", value: "fast", decide: "untestable: no product")
        #expect(
            message(arithmetic("A", "B * 2"), word)
                == "c.yaml:13:30: claim 'B', whose value 'fast' is no number; "
                + "expected a claim with a figure")
        #expect(
            message(arithmetic("A", "B * 2"), arithmetic("B", "3", value: "1..2"))
                == "c.yaml:13:30: 'B', which is a range, in 'B * 2'; expected low(B) or high(B)")
    }

    @Test func `an identifier belongs to one claim`() {
        #expect(
            message(arithmetic("A", "1"), arithmetic("A", "2"))
                == "c.yaml:15:7: a second claim 'A' (the first: c.yaml:4:7); "
                + "expected an identifier of its own")
    }

    @Test func `claims are chosen by identifier or pattern`() throws {
        let library = try Examples.library(
            Examples.header + arithmetic("SN-A", "1") + arithmetic("SN-B", "1")
                + arithmetic("PH-A", "1"))
        #expect(try library.identifiers(matching: []) == ["SN-A", "SN-B", "PH-A"])
        #expect(try library.identifiers(matching: ["SN-*", "PH-A"]) == ["SN-A", "SN-B", "PH-A"])
        #expect(try library.identifiers(matching: ["SN-?"]) == ["SN-A", "SN-B"])
        #expect(
            Examples.message { try library.identifiers(matching: ["SN-C", "ZEBRA*"]) } == """
                no claim 'SN-C'; expected 'SN-A'
                no claim 'ZEBRA*'; expected the identifier of a claim
                """)
    }

    @Test func `files that are missing or malformed are all reported`() {
        let message = Examples.message {
            try ClaimLibrary(directory: nil, files: ["/nonexistent/a.yaml", "/nonexistent/b.yaml"])
        }
        #expect(
            message == """
                /nonexistent/a.yaml: cannot read it: No such file or directory; \
                expected a readable file
                /nonexistent/b.yaml: cannot read it: No such file or directory; \
                expected a readable file
                """)
    }

    @Test func `several calculations are done, each against its own figure and unit`() throws {
        let claim = Examples.claim(
            id: "BITS", comparator: "'='", value: "16K", unit: "ids/ms", how: "arithmetic",
            decide: """
                arithmetic:
                  - expression: 2 ^ 14
                  - what: the bits of it
                    expression: 41 + 10 + 14
                    reading: {holds-when: at-most, expect: WORD, unit: bits}
                reading: {holds-when: within, tolerance: 3%}
                """)
        let word = Examples.claim(
            id: "WORD", comparator: "'='", value: "64", unit: "bits", how: "arithmetic",
            decide: "arithmetic: {expression: 41 + 10 + 13}\nreading: {holds-when: within}")
        let library = try Examples.library(Examples.header + claim + word)
        let calculations = try #require(library.calculations["BITS"])
        #expect(calculations.map(\.agrees) == [true, false])
        #expect(calculations.map(\.isOfClaim) == [true, false])
        #expect(calculations[1].expected == 64...64)
        let record = try #require(Judge(library, facts: Facts()).verdicts(on: []).first)
        #expect(record.verdict == .inconsistent)
        #expect(record.measured == nil)
        #expect(
            record.reason
                == "The bits of it: 41 + 10 + 14 is 65 bits, which has to be at most 64 bits: it "
                + "does not agree. 2 ^ 14 is 16384 ids/ms, where the claim has 15520 to 16480 "
                + "ids/ms (16000 ids/ms ± 3 %): it agrees.")
    }

    @Test func `a contradiction and a model name claims that exist`() {
        let claim = Examples.claim(
            id: "A", decide: "contradiction: {because: It says so., with: [B]}")
        #expect(
            message(claim)
                == "c.yaml:13:50: unknown claim 'B'; expected 'A'")
        let model = Examples.claim(
            id: "A",
            decide: "evidence: {workload: w, metric: latency, statistic: median, "
                + "extrapolate: {formula: measured * nodes, assuming: so}}")
        #expect(
            message(model).hasSuffix(
                "unknown claim 'nodes' in 'measured * nodes'; expected the identifier of a claim"))
    }
}
