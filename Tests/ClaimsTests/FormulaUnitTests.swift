import Quantities
import Testing

@testable import Claims

/// What formulas make of units.
@Suite struct FormulaUnitTests {
    private func value(_ text: String, in unit: String) throws -> Double {
        let numbers = try Formula(parsing: text).evaluate(in: Unit(named: unit)) {
            name throws(Formula.Problem) in
            switch name {
            case "LOOKUP": return Formula.Value(100...100, .nanoseconds)
            case "CENTRAL": return Formula.Value(1...5, .milliseconds)
            case "RATE": return Formula.Value(500_000...500_000, Unit(named: "ts/s"))
            case "PER-MS": return Formula.Value(8192...8192, Unit(named: "ids/ms"))
            case "NODES": return Formula.Value(1024...1024, .count(of: "nodes"))
            case "SHARE": return Formula.Value(99.5...99.5, .percent)
            case "nodes": return Formula.Value(4...4)
            default: throw Formula.Problem(found: "unknown '\(name)'", expected: "another")
            }
        }
        #expect(numbers.lowerBound == numbers.upperBound)
        return numbers.lowerBound
    }

    @Test(arguments: [
        ("high(CENTRAL) / LOOKUP", "x", 50_000), ("1 / LOOKUP", "ops/s", 1e7),
        ("LOOKUP + 50 ns + low(CENTRAL)", "ms", 1.00015), ("RATE * NODES", "tx/s", 5.12e8),
        ("PER-MS", "ids/s", 8.192e6), ("PER-MS * NODES / 1e9", "ids/s", 8.388608),
        ("100 / high(CENTRAL)", "ops/s", 20_000), ("2 ^ 41 * 1 ms / 1 years", "x", 69.682_842),
        ("1 - SHARE", "percent", 0.5), ("1 / (1 + (1 / SHARE - 1) / 49 * 1023)", "percent", 90.505),
        ("1e9 * 1 B", "KB", 1e6), ("10 ms / 2", "ms", 5), ("2 * 60", "s", 120),
        ("100 * 16 / 24", "percent", 66.666_667), ("100 / sqrt(nodes)", "percent", 50),
        ("max(LOOKUP, 1 us)", "ns", 1000), ("NODES", "ids", 1024), ("3 min", "s", 180),
        ("1B ops/s + RATE", "ops/s", 1.0005e9), ("(2 ms) ^ 2 / 1 ms", "ms", 4),
        ("-LOOKUP", "ns", -100),
        ("(1 s - 999 ms) * 2", "ms", 2), ("abs(0 s - LOOKUP)", "ns", 100),
    ])
    func `figures are converted and keep their dimension`(
        text: String, unit: String, expected: Double
    ) throws {
        let value = try value(text, in: unit)
        #expect((value - expected).magnitude <= 1e-6 * expected.magnitude, "\(value)")
    }

    @Test(arguments: [
        ("LOOKUP + RATE", "s", "seconds beside events a second in 'LOOKUP + RATE'"),
        ("LOOKUP + 5", "s", "seconds beside plain numbers in 'LOOKUP + 5'"),
        ("5 - LOOKUP", "s", "plain numbers beside seconds in '5 - LOOKUP'"),
        ("min(LOOKUP, NODES)", "s", "seconds beside plain numbers in 'min(LOOKUP, NODES)'"),
        ("1 ms .. 2", "s", "seconds beside plain numbers in '1 ms .. 2'"),
        ("sqrt(LOOKUP)", "s", "'sqrt' of a figure in seconds in 'sqrt(LOOKUP)'"),
        ("2 ^ LOOKUP", "x", "an exponent in seconds in '2 ^ LOOKUP'"),
        ("LOOKUP ^ 0.5", "s", "seconds to the power of 0.5 in 'LOOKUP ^ 0.5'"),
        ("LOOKUP", "ops/s", "'LOOKUP', which comes to seconds"),
        ("NODES", "ms", "'NODES', which comes to plain numbers"),
        ("LOOKUP * LOOKUP", "s", "'LOOKUP * LOOKUP', which comes to seconds^2 bytes^0"),
        ("1 B / 1 s", "B", "'1 B / 1 s', which comes to bytes a second"),
    ])
    func `mixed units are refused`(text: String, unit: String, expected: String) {
        do {
            Issue.record("no problem: \(try value(text, in: unit))")
        } catch let problem as Formula.Problem {
            #expect(problem.found == expected)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func `mixed units in a claims file have a place and an expectation`() {
        let rate = Examples.claim(
            id: "B", comparator: "'='", value: "5", unit: "ms", how: "arithmetic",
            decide: "arithmetic: {expression: 1 ms * 5}\nreading: {holds-when: within}")
        func message(_ expression: String) -> String {
            let claim = Examples.claim(
                id: "A", comparator: "'='", value: "1", unit: "ops/s", how: "arithmetic",
                decide: "arithmetic: {expression: '\(expression)'}\nreading: {holds-when: within}")
            return Examples.message {
                try Examples.library(Examples.header + claim + rate).calculations.count
            }
        }
        #expect(message("100 / B") == "no error: 2")
        #expect(
            message("B * 2")
                == "c.yaml:13:30: 'B * 2', which comes to seconds; expected a figure in ops/s")
        #expect(
            message("1 / (B + 3)")
                == "c.yaml:13:30: seconds beside plain numbers in '1 / (B + 3)'; "
                + "expected figures of one dimension")
    }

    @Test func `a unit needs a space and an end, a magnitude neither`() throws {
        #expect(try Formula(parsing: "5 ms").isSingleNumber)
        #expect(throws: Formula.Problem.self) { try Formula(parsing: "5ms") }
        #expect(throws: Formula.Problem.self) { try Formula(parsing: "5 msec") }
        #expect(throws: Formula.Problem.self) { try Formula(parsing: "5 m") }
        #expect(try value("50K * 2", in: "ops/s") == 100_000)
        #expect(try value("2 * min(3, 1)", in: "x") == 2)
    }
}
