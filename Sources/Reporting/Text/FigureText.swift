public import Quantities
public import Runs

/// A figure with its interval in the form people read, value and interval in one unit:
/// `123 ns [118, 130]`.
///
/// The value has three significant digits, or as many more (two at most) as the interval needs to
/// show its first one.
public struct FigureText: Hashable, Sendable, CustomStringConvertible {
    /// The value without its unit; `nil` when there is none.
    public let value: String?
    /// `[low, high]` without the unit; `nil` when there is no interval.
    public let interval: String?
    /// The unit, such as `µs`, `M ops/s`, `%`; empty for a figure without value.
    public let unit: String

    /// A figure, printed in `scale`, or without one in the unit that suits the value.
    public init(
        value: Double?, low: Double? = nil, high: Double? = nil, unit: String, exact: Bool = false,
        scale: Presentation.Scale? = nil
    ) {
        guard let value else {
            self.value = nil
            interval = nil
            self.unit = ""
            return
        }
        let scale = scale ?? FigureText.scale(suiting: value, unit: unit)
        let scaled = value * scale.factor
        self.unit = FigureText.printed(scale.symbol)
        guard let low, let high else {
            self.value =
                exact && scaled == scaled.rounded() && scaled.magnitude < 1e15
                ? Presentation.fixed(scaled, decimals: 0) : Presentation.significant(scaled)
            interval = nil
            return
        }
        let decimals = FigureText.decimals(of: scaled, width: (high - low) * scale.factor)
        let spelt = { (number: Double) in
            FigureText.text(number * scale.factor, decimals: decimals)
        }
        self.value = spelt(value)
        interval = "[\(spelt(low)), \(spelt(high))]"
    }

    /// `figure`, printed in `scale`, or without one in the unit that suits it.
    public init(_ figure: Figure, scale: Presentation.Scale? = nil) {
        self.init(
            value: figure.value, low: figure.ciLow, high: figure.ciHigh, unit: figure.unit,
            exact: figure.statistic == "exact", scale: scale)
    }

    /// `123 ns [118, 130]`; `–` for a figure without value.
    public var description: String {
        guard let value else { return "–" }
        return [value, unit, interval ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// The scale in which a figure of `unit` is printed when it stands alone.
    static func scale(suiting value: Double, unit: String) -> Presentation.Scale {
        Presentation.scale(suiting: Quantity(value, Unit(named: unit)))
    }

    /// The scale for figures that stand in one column: that of the smallest, unless they lie so
    /// far apart that the largest would need more than six digits; then none.
    static func commonScale(of values: [Double], unit: String) -> Presentation.Scale? {
        let sizes = values.map(\.magnitude).filter { $0 > 0 && $0.isFinite }
        guard let least = sizes.min(), let greatest = sizes.max() else { return nil }
        let scale = scale(suiting: least, unit: unit)
        return greatest * scale.factor < 1e6 ? scale : nil
    }

    /// The symbol as it is printed: `%` for percent, `×` for a ratio.
    static func printed(_ symbol: String) -> String {
        switch symbol {
        case "percent": "%"
        case "ratio": "×"
        default: symbol
        }
    }

    /// Three significant digits, zeros at the end among them: `3.00`.
    static func threeDigits(_ value: Double) -> String {
        text(value, decimals: decimals(of: value, width: 0))
    }

    /// How many decimals are printed; below zero for tens, hundreds and so on.
    private static func decimals(of value: Double, width: Double) -> Int {
        let usual = 2 - exponent(value)
        guard width > 0, width.isFinite else { return min(15, usual) }
        // Half the width is the distance that the last digit must show.
        return min(15, max(usual, min(-exponent(width / 2), usual + 2)))
    }

    /// The power of ten of the first digit of `value` when it has three; 0 for zero.
    private static func exponent(_ value: Double) -> Int {
        guard value.isFinite, value != 0 else { return 0 }
        var exponent = 0
        var size = value.magnitude
        while size >= 9.995 {
            size /= 10
            exponent += 1
        }
        while size < 0.9995, exponent > -300 {
            size *= 10
            exponent -= 1
        }
        return exponent
    }

    private static func text(_ value: Double, decimals: Int) -> String {
        guard decimals < 0 else { return Presentation.fixed(value, decimals: decimals) }
        var step = 1.0
        for _ in decimals..<0 { step *= 10 }
        return Presentation.fixed((value / step).rounded() * step, decimals: 0)
    }
}
