/// Numbers written into bytes: what text of half a million numbers is made of without a string for each.
extension [UInt8] {
    /// Adds `number` in decimal digits, at the end of `width` bytes or as many more as it needs.
    mutating func append(_ number: UInt64, width: Int, filling: UInt8 = UInt8(ascii: " ")) {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        append(contentsOf: repeatElement(filling, count: Swift.max(width, digits)))
        rest = number
        for place in 1...digits {
            self[count - place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Adds `thousandths` of a unit in units, with three decimals, likewise.
    mutating func append(thousandths: UInt64, width: Int) {
        append(thousandths / 1000, width: width - 4)
        append(UInt8(ascii: "."))
        append(thousandths % 1000, width: 3, filling: UInt8(ascii: "0"))
    }
}
