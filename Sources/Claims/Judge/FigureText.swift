import Quantities

/// How figures are written in reasons.
enum FigureText {
    /// A number for people, in the unit that suits its size.
    static func text(_ value: Double, _ unit: Unit) -> String {
        if value == value.rounded(), value.magnitude < 1e6, isPrintedAsIs(unit) {
            return "\(Int(value)) \(unit.symbol)"
        }
        guard unit.dimension == .ratio, unit.symbol != "percent", unit.symbol != "%" else {
            return Quantity(value, unit).description
        }
        return unit.symbol == "x" ? "\(plain(value))x" : plain(value)
    }

    /// Whether figures in `unit` keep it whatever their size, so that whole ones are best in full.
    private static func isPrintedAsIs(_ unit: Unit) -> Bool {
        switch unit.dimension {
        case .count: true
        case .frequency: unit.scale != 1
        case .time, .information, .bandwidth, .ratio: false
        }
    }

    /// A range for people, the unit once where both ends have it; a number when they are equal.
    static func text(_ range: ClosedRange<Double>, _ unit: Unit) -> String {
        let (low, high) = (text(range.lowerBound, unit), text(range.upperBound, unit))
        if range.lowerBound == range.upperBound { return low }
        let (lowUnit, highUnit) = (low.drop { $0 != " " }, high.drop { $0 != " " })
        return "\(lowUnit == highUnit ? String(low.prefix { $0 != " " }) : low) to \(high)"
    }

    /// A range without unit.
    static func plain(_ range: ClosedRange<Double>) -> String {
        range.lowerBound == range.upperBound
            ? plain(range.lowerBound) : "\(plain(range.lowerBound)) to \(plain(range.upperBound))"
    }

    /// A number without unit: whole numbers up to a million in full, larger ones by magnitude.
    static func plain(_ value: Double) -> String {
        let magnitudes: [(Double, String)] = [(1e12, "T"), (1e9, "B"), (1e6, "M")]
        for (size, letter) in magnitudes where value.magnitude >= size && value.magnitude < 1e15 {
            return Presentation.significant(value / size, digits: 4) + letter
        }
        if value == value.rounded(), value.magnitude < 1e6 { return "\(Int(value))" }
        return Presentation.significant(value, digits: 4)
    }
}
