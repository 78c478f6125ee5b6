/// How figures are printed for people. Files carry plain numbers and a unit column instead.
public enum Presentation {
    /// `value` with `digits` significant digits, without exponent below 10⁶ and without trailing
    /// zeros after a decimal point: `0.903`, `12.4`, `365`, `1.2e+07`.
    public static func significant(_ value: Double, digits: Int = 3) -> String {
        precondition(digits > 0, "significant digits must be positive, got \(digits)")
        guard value.isFinite else { return value.isNaN ? "nan" : (value < 0 ? "-inf" : "inf") }
        if value == 0 { return "0" }
        let rounded = roundedToDigits(value, digits)
        let exponent = decimalExponent(rounded)
        if exponent >= digits { return fixed(rounded, decimals: 0) }
        return trimmed(fixed(rounded, decimals: max(0, digits - 1 - exponent)))
    }

    /// `value` with exactly `decimals` digits after the point.
    public static func fixed(_ value: Double, decimals: Int) -> String {
        precondition((0...15).contains(decimals), "0 to 15 decimals, got \(decimals)")
        guard value.isFinite, value.magnitude < 9e15 else { return "\(value)" }
        var power = 1.0
        for _ in 0..<decimals { power *= 10 }
        let scaled = (value.magnitude * power).rounded()
        guard scaled < 9e18 else { return "\(value)" }
        let whole = UInt64(scaled)
        let divisor = UInt64(power)
        var text = "\(whole / divisor)"
        if decimals > 0 {
            let fraction = "\(whole % divisor)"
            text += "." + String(repeating: "0", count: decimals - fraction.count) + fraction
        }
        return value < 0 && whole != 0 ? "-" + text : text
    }

    /// A quantity in the unit of its dimension that leaves one to three digits before the point.
    public static func text(of quantity: Quantity) -> String {
        guard let chosen = chosenScale(for: quantity) else {
            return "\(significant(quantity.value)) \(quantity.unit.symbol)"
        }
        return "\(significant(quantity.baseValue / chosen.size)) \(chosen.symbol)"
    }

    /// A unit that several figures of one dimension are printed in together.
    public struct Scale: Hashable, Sendable {
        /// What a value in the figures' own unit is multiplied by.
        public let factor: Double
        /// The symbol that follows the number.
        public let symbol: String
    }

    /// The scale that leaves one to three digits before the point of `quantity`.
    public static func scale(suiting quantity: Quantity) -> Scale {
        guard let chosen = chosenScale(for: quantity) else {
            return Scale(factor: 1, symbol: quantity.unit.symbol)
        }
        return Scale(factor: quantity.unit.scale / chosen.size, symbol: chosen.symbol)
    }

    private static func chosenScale(for quantity: Quantity) -> (size: Double, symbol: String)? {
        let base = quantity.baseValue
        guard base.isFinite, base != 0 else { return nil }
        switch quantity.unit.dimension {
        case .time:
            if quantity.unit.scale > 1 { return nil }
            return pick(base, [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"), (1e-12, "ps")])
        case .information where [1e3, 1e6, 1e9, 1e12].contains(quantity.unit.scale):
            return pick(
                base, [(1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B")])
        case .information:
            return pick(
                base,
                [
                    (1_099_511_627_776, "TiB"), (1_073_741_824, "GiB"), (1_048_576, "MiB"),
                    (1024, "KiB"), (1, "B"),
                ])
        case .frequency:
            // What is counted per millisecond stays so.
            if quantity.unit.scale != 1 { return nil }
            let symbol = quantity.unit.symbol
            return pick(
                base,
                [(1e9, "G \(symbol)"), (1e6, "M \(symbol)"), (1e3, "K \(symbol)"), (1, symbol)])
        case .bandwidth:
            return pick(base, [(1e9, "GB/s"), (1e6, "MB/s"), (1e3, "kB/s"), (1, "B/s")])
        case .ratio, .count:
            return nil
        }
    }

    /// The first scale not above the value; the last one for anything smaller.
    private static func pick(
        _ base: Double, _ scales: [(size: Double, symbol: String)]
    ) -> (size: Double, symbol: String) {
        let size = base.magnitude
        // 0.9995 rounds to 1.00: the larger unit reads better than "1000 of the smaller".
        return scales.first { size >= $0.size * 0.9995 } ?? scales[scales.count - 1]
    }

    private static func roundedToDigits(_ value: Double, _ digits: Int) -> Double {
        let shift = digits - 1 - decimalExponent(value)
        // 10^23 is not exact in binary; dividing by 10^-shift keeps the result the nearest double.
        return shift >= 0
            ? (value * powerOfTen(shift)).rounded() / powerOfTen(shift)
            : (value / powerOfTen(-shift)).rounded() * powerOfTen(-shift)
    }

    private static func decimalExponent(_ value: Double) -> Int {
        var exponent = 0
        var size = value.magnitude
        while size >= 10 {
            size /= 10
            exponent += 1
        }
        while size < 1, exponent > -300 {
            size *= 10
            exponent -= 1
        }
        return exponent
    }

    private static func powerOfTen(_ exponent: Int) -> Double {
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return power
    }

    private static func trimmed(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var result = text
        while result.last == "0" { result.removeLast() }
        if result.last == "." { result.removeLast() }
        return result
    }
}
