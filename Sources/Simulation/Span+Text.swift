import StateMachines

/// Spans as schedules have them: a number and a unit without a space, `250us`, `1.5s`.
extension Span {
    private static let units: [(name: String, nanoseconds: Int64, digits: Int)] = [
        ("ns", 1, 0), ("us", 1_000, 3), ("ms", 1_000_000, 6), ("s", 1_000_000_000, 9),
    ]

    /// The span in the largest unit in which it is a whole number.
    var text: String {
        let unit =
            Span.units.last { nanoseconds != 0 && nanoseconds % $0.nanoseconds == 0 }
            ?? Span.units[Span.units.count - 1]
        return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
    }

    /// The span that a text says exactly; nil where it says none, is finer than a nanosecond, or too
    /// long. Decimal digits, perhaps with a point, and ns, us, ms or s; no sign.
    init?(text: some StringProtocol) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let name = text[number.endIndex...]
        guard let unit = Span.units.first(where: { $0.name == name }) else { return nil }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = Int64(parts[0]) else { return nil }
        var total = whole.multipliedReportingOverflow(by: unit.nanoseconds)
        if parts.count == 2 {
            let digits = parts[1]
            guard !digits.isEmpty, digits.count <= unit.digits, let fraction = Int64(digits) else {
                return nil
            }
            let scale = (digits.count..<unit.digits).reduce(Int64(1)) { power, _ in power * 10 }
            let overflowed = total.overflow
            total = total.partialValue.addingReportingOverflow(fraction * scale)
            total.overflow = total.overflow || overflowed
        }
        guard !total.overflow else { return nil }
        self.init(nanoseconds: total.partialValue)
    }
}
