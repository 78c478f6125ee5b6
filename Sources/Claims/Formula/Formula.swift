import Quantities

/// A small formula of a claims file: numbers, other claims' figures, a figure's parameters.
///
/// Grammar, loosest first: `a .. b` (a range; at the top only), `+ -`, `* /`, unary `-`, `^` (to
/// the right), numbers such as `1.5`, `1e9`, `50M`, `30%`, names, `f(a, b)` and parentheses.
/// Functions: `log(base, x)`, `sqrt`, `ceil`, `floor`, `abs`, `min`, `max`, and `low(ID)`,
/// `high(ID)` for the ends of a claim's range. Names may hold `-` and `.` before a letter or digit
/// (`virtual-nodes`, `TAB-TOTAL-4.6`), so a minus after a name needs a space around it.
///
/// Figures carry their units: a number with one (`5 ms`, after a space), a claim by its name. See
/// `Value` for what comes of adding and multiplying them.
public struct Formula: Hashable, Sendable, CustomStringConvertible {
    /// What it consists of.
    indirect enum Term: Hashable, Sendable {
        case number(Double)
        case quantity(Double, Unit)
        case name(String)
        case negative(Term)
        case operation(Term, Operator, Term)
        case call(Function, [Term])
    }

    enum Operator: Character, Sendable {
        case plus = "+"
        case minus = "-"
        case times = "*"
        case over = "/"
        case power = "^"
    }

    enum Function: String, Sendable, CaseIterable {
        case log, sqrt, ceil, floor, abs, min, max, low, high

        /// How many arguments it takes.
        var arity: ClosedRange<Int> {
            switch self {
            case .log: 2...2
            case .min, .max: 2...16
            case .sqrt, .ceil, .floor, .abs, .low, .high: 1...1
            }
        }
    }

    /// Why a text is no formula, or a formula has no value.
    public struct Problem: Error, Hashable, Sendable {
        /// What was found.
        public let found: String
        /// What was expected.
        public let expected: String
    }

    /// The text that it was parsed from.
    public let description: String
    let low: Term
    /// The upper end when it is a range.
    let high: Term?

    /// Whether it is a number as it stands, with nothing to calculate.
    var isSingleNumber: Bool {
        guard high == nil else { return false }
        switch low {
        case .number, .quantity: return true
        case .name, .negative, .operation, .call: return false
        }
    }

    /// The names in it, each once, in the order of the text.
    public var names: [String] {
        var names: [String] = []
        func visit(_ term: Term) {
            switch term {
            case .number, .quantity: break
            case .name(let name): if !names.contains(name) { names.append(name) }
            case .negative(let term): visit(term)
            case .operation(let left, _, let right):
                visit(left)
                visit(right)
            case .call(_, let arguments): arguments.forEach(visit)
            }
        }
        visit(low)
        high.map(visit)
        return names
    }
}
