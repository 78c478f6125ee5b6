/// A number with its unit, parsed from and printed to the form people write: `80 ns`, `50M ops/s`.
public struct Quantity: Hashable, Sendable, CustomStringConvertible {
    /// How many of `unit`.
    public var value: Double
    /// What `value` counts.
    public var unit: Unit

    /// A quantity of `value` times `unit`.
    public init(_ value: Double, _ unit: Unit) {
        self.value = value
        self.unit = unit
    }

    /// The value in the base unit of its dimension.
    public var baseValue: Double { value * unit.scale }

    /// The same quantity expressed in `unit`, or `nil` when the dimensions differ.
    public func converted(to unit: Unit) -> Quantity? {
        guard self.unit.isCommensurable(with: unit) else { return nil }
        return Quantity(
            self.unit.scale >= unit.scale
                ? value * Quantity.quotient(self.unit.scale, unit.scale)
                : value / Quantity.quotient(unit.scale, self.unit.scale), unit)
    }

    /// How many times the smaller scale fits into the larger: a whole number for nearly all pairs
    /// of units, which dividing decimal fractions in binary misses (1 / 1e-9 is not 1e9).
    private static func quotient(_ larger: Double, _ smaller: Double) -> Double {
        let quotient = larger / smaller
        let whole = quotient.rounded()
        return (quotient - whole).magnitude <= quotient * 1e-12 ? whole : quotient
    }

    /// Three significant digits and the unit that suits the size, for people to read.
    public var description: String { Presentation.text(of: self) }
}

extension Quantity {
    /// Why a text is not a quantity.
    public enum ParseError: Error, Equatable, CustomStringConvertible {
        /// There is no number at the start of the text.
        case notANumber(String)
        /// The number is followed by a unit that is not known, or by none where one is needed.
        case unknownUnit(String, text: String)

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .notANumber(let text):
                "'\(text)' is not a number with a unit, such as '80 ns' or '50M ops/s'"
            case .unknownUnit(let unit, let text):
                "'\(unit)' in '\(text)' is not a unit; expected one of "
                    + Unit.known.map(\.symbol).joined(separator: ", ")
            }
        }
    }

    /// Parses a number, an optional magnitude (`K`, `M`, `B`/`G`, `T`, decimal) and a unit, with or
    /// without spaces: `80 ns`, `90s`, `4KiB`, `50M ops/s`, `3%`.
    ///
    /// A magnitude is read only when what follows it is a unit, so `4 MB` is megabytes and
    /// `4M ops/s` is four million a second.
    public init(parsing text: String) throws(ParseError) {
        let trimmed = text.drop(while: { $0 == " " })
        let digits = trimmed.prefix(while: { $0.isASCII && ($0.isNumber || "+-.eE_".contains($0)) })
        guard let (number, rest) = Quantity.number(in: digits, of: trimmed) else {
            throw .notANumber(text)
        }
        var symbol = String(rest.drop(while: { $0 == " " }))
        while symbol.last == " " { symbol.removeLast() }
        if let unit = Unit(symbol: symbol) {
            self.init(number, unit)
            return
        }
        if let first = symbol.first, let magnitude = Quantity.magnitudes[first] {
            let remainder = String(symbol.dropFirst().drop(while: { $0 == " " }))
            if let unit = Unit(symbol: remainder) {
                self.init(number * magnitude, unit)
                return
            }
        }
        throw .unknownUnit(symbol, text: text)
    }

    private static let magnitudes: [Character: Double] = [
        "K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12,
    ]

    /// The longest prefix of `digits` that is a finite number, and what follows it in `text`.
    private static func number(
        in digits: Substring, of text: Substring
    ) -> (Double, Substring)? {
        var candidate = digits
        while !candidate.isEmpty {
            let plain = String(candidate.filter { $0 != "_" })
            if let value = Double(plain), value.isFinite {
                return (value, text[candidate.endIndex...])
            }
            candidate.removeLast()
        }
        return nil
    }
}
