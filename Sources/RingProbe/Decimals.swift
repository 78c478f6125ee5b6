extension Double {
    /// With this many digits after the point, 0 to 6.
    func rounded(to digits: Int) -> String {
        precondition((0...6).contains(digits) && isFinite, "\(self) to \(digits) digits")
        let power = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((magnitude * Double(power)).rounded())
        let (whole, fraction) = scaled.quotientAndRemainder(dividingBy: power)
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let text = String(fraction)
        return "\(sign)\(whole).\(String(repeating: "0", count: digits - text.count))\(text)"
    }
}
