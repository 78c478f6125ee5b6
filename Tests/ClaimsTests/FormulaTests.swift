import Testing

@testable import Claims

@Suite struct FormulaTests {
    /// Numbers by name, without units.
    private func value(_ text: String) throws -> ClosedRange<Double> {
        try Formula(parsing: text).evaluate { name throws(Formula.Problem) in
            switch name {
            case "RATE": return Formula.Value(500_000...500_000)
            case "TIME": return Formula.Value(1...2)
            case "virtual-nodes": return Formula.Value(160...160)
            case "TAB-TOTAL-4.6": return Formula.Value(4.6...4.6)
            default: throw Formula.Problem(found: "unknown '\(name)'", expected: "another")
            }
        }.range
    }

    private func problem(_ text: String) -> String {
        do {
            return "no problem: \(try value(text))"
        } catch let problem as Formula.Problem {
            return "\(problem.found); expected \(problem.expected)"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("2 ^ 3 ^ 2", 512), ("-2 ^ 2", -4), ("2 ^ -1", 0.5),
        ("10 - 2 - 3", 5), ("100 / 10 / 2", 5), ("--3", 3), ("1.5e3", 1500), ("1e-3", 0.001),
        ("50M", 5e7), ("2K * 3", 6000), ("30%", 0.3), ("24 - ceil(30% * 24)", 16),
        ("sqrt(16)", 4), ("log(2, 1024)", 10), ("log(3, 1000)", 6.287_709_822_868_154),
        ("min(3, 1, 2)", 1), ("max(3, 1, 2)", 3), ("floor(-1.5)", -2), ("abs(-1.5)", 1.5),
        ("RATE * 1024", 5.12e8), ("1 / high(TIME)", 0.5), ("low(TIME)", 1),
        ("100 / sqrt(virtual-nodes)", 7.905_694_150_420_948), ("virtual-nodes - 1", 159),
        ("TAB-TOTAL-4.6 * 2", 9.2), ("41 + 10 + 13", 64), ("low(RATE)", 500_000),
    ])
    func `formulas have the value that arithmetic gives them`(
        text: String, expected: Double
    ) throws {
        let value = try value(text)
        #expect(value.lowerBound == value.upperBound)
        #expect(abs(value.lowerBound - expected) <= 1e-12 * abs(expected), "\(value)")
    }

    @Test func `two dots make a range`() throws {
        #expect(try value("1000 / 10 .. 1000 / 1") == 100...1000)
        #expect(try value("1..2") == 1...2)
        #expect(
            problem("2 .. 1")
                == "the range '2 .. 1' from 2.0 to 1.0; expected one that starts with its lower end"
        )
    }

    @Test(arguments: [
        ("", "the end of ''; expected a number or a name"),
        ("1 +", "the end of '1 +'; expected a number or a name"),
        ("1 2", "'2' in '1 2'; expected an operator or the end"),
        ("(1", "the end of '(1'; expected ')'"),
        ("1)", "')' in '1)'; expected an operator or the end"),
        (
            "cos(1)",
            "unknown function 'cos'; expected one of log, sqrt, ceil, floor, abs, min, max, "
                + "low, high"
        ),
        ("log(2)", "'log' with 1 arguments; expected 2"),
        ("sqrt(1, 2)", "'sqrt' with 2 arguments; expected 1"),
        ("low(1 + 2)", "'low' of a formula in 'low(1 + 2)'; expected a claim's name"),
        ("5q", "'q' in '5q'; expected an operator after the number"),
        ("1.2.3", "'.3' in '1.2.3'; expected an operator or the end"),
        ("$x", "'$x' in '$x'; expected a number or a name"),
        ("1 / 0", "a division by zero in '1 / 0'; expected a divisor that is not zero"),
        ("1 / (2 - 2)", "a division by zero in '1 / (2 - 2)'; expected a divisor that is not zero"),
        ("sqrt(-1)", "'sqrt(-1)' without a finite value; expected a number"),
        ("log(1, 10)", "'log(1, 10)' without a finite value; expected a number"),
        ("10 ^ 400", "'10 ^ 400' without a finite value; expected a number"),
        ("1e999", "the number '1e999'; expected one that a double can hold"),
        ("TIME * 2", "'TIME', which is a range, in 'TIME * 2'; expected low(TIME) or high(TIME)"),
        ("NAME", "unknown 'NAME'; expected another"),
        ("1 .. 2 .. 3", "'.. 3' in '1 .. 2 .. 3'; expected an operator or the end"),
    ])
    func `what is no formula says why`(text: String, expected: String) {
        #expect(problem(text) == expected)
    }

    @Test func `hostile formulas end in an error, not in a crash`() {
        let open = String(repeating: "(", count: 400)
        #expect(problem(open) == "a formula nested deeper than 50; expected a flatter one")
        #expect(problem("1" + String(repeating: "^1", count: 200)).hasPrefix("'"))
        #expect(problem(String(repeating: "-", count: 499) + "1") == "no problem: -1.0...-1.0")
        #expect(
            problem(String(repeating: "1", count: 501))
                == "a formula of 501 characters; expected at most 500")
    }

    @Test func `names are listed once, in the order of the text`() throws {
        let expression = try Formula(parsing: "B * min(A, B) / high(C-1) .. low(D)")
        #expect(expression.names == ["B", "A", "C-1", "D"])
    }

    @Test(arguments: [
        ("80", 80, 80), ("50M", 5e7, 5e7), ("0.5", 0.5, 0.5), ("1..2", 1, 2), ("-3", -3, -3),
        ("100..1000", 100, 1000), ("4.6", 4.6, 4.6), ("16K", 16_000, 16_000),
        ("28B", 2.8e10, 2.8e10),
    ])
    func `a claim's figure is read as its document writes it`(
        text: String, low: Double, high: Double
    ) {
        #expect(ClaimedValue(text).range == low...high)
    }

    @Test(arguments: [
        "even", "1/N", "O(log N)", "[0,200]", "true", "inf", "nan", "0x10", "2..1", "", "M",
        "1e400", "1e308T",
    ])
    func `whatever is no number is a word`(text: String) {
        #expect(ClaimedValue(text).range == nil)
        #expect(ClaimedValue(text).description == text)
    }
}
