/// A number read from bytes, correctly rounded, in the plain form in which numbers are written: digits, a
/// fraction, a power of ten.
///
/// Up to 2⁵³ and 10²² both parts are exact doubles, and so one operation rounds once (Clinger, "How to
/// read floating point numbers accurately", PLDI 1990). Beyond, the digits are multiplied by 128 bits of
/// the power of five, which always decide the rounding in the range of powers held here (Lemire,
/// "Number parsing at a gigabyte per second", Software: Practice and Experience 51(8), 2021; Mushtak and
/// Lemire, "Fast number parsing without fallback", 53(7), 2023).
struct DecimalNumber {
    let value: Double
    /// The position after its last byte.
    let end: Int

    /// The number that starts at `start`; `nil` where there is none, or one of another form: with a plus
    /// sign, a name, hexadecimal, of more digits than 64 bits hold or of an extreme power.
    init?(in bytes: [UInt8], from start: Int) {
        var position = start
        let isNegative = position < bytes.count && bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        guard var digits = DecimalNumber.digits(in: bytes, &position, after: 0) else { return nil }
        var exponent = 0
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let fraction = position
            guard let more = DecimalNumber.digits(in: bytes, &position, after: digits) else {
                return nil
            }
            digits = more
            exponent = fraction - position
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            guard let power = DecimalNumber.signed(in: bytes, &position), abs(power) < 1000 else {
                return nil
            }
            exponent += power
        }
        guard let size = DecimalNumber.value(digits, exponent) else { return nil }
        value = isNegative ? -size : size
        end = position
    }

    /// The whole number, with a minus or without, that starts at `position`, which moves behind it.
    static func signed(in bytes: [UInt8], _ position: inout Int) -> Int? {
        var isNegative = false
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") {
            isNegative = true
            position += 1
        } else if position < bytes.count, bytes[position] == UInt8(ascii: "+") {
            position += 1
        }
        guard let digits = digits(in: bytes, &position, after: 0), let size = Int(exactly: digits)
        else { return nil }
        return isNegative ? -size : size
    }

    /// `number` with the digits behind it that start at `position`, at least one of them; `nil` where
    /// there is none or 64 bits do not hold them.
    private static func digits(
        in bytes: [UInt8], _ position: inout Int, after number: UInt64
    ) -> UInt64? {
        var number = number
        let start = position
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            guard number < 1_000_000_000_000_000_000 else { return nil }
            number = number * 10 + UInt64(digit)
            position += 1
        }
        return position > start ? number : nil
    }

    /// `digits`·10^`exponent`; `nil` where the power is not among those held.
    static func value(_ digits: UInt64, _ exponent: Int) -> Double? {
        if digits == 0 { return 0 }
        if digits <= 1 << 53, abs(exponent) <= 22 {
            let power = powersOfTen[abs(exponent)]
            return exponent < 0 ? Double(digits) / power : Double(digits) * power
        }
        guard PowerOfFive.range.contains(exponent) else { return nil }
        return rounded(digits, exponent)
    }

    /// 10⁰ … 10²², which doubles hold exactly.
    private static let powersOfTen: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// `digits`·10^`exponent` by its 128 leading bits, rounded half to even. In the range of exponents no
    /// result is subnormal or infinite.
    private static func rounded(_ digits: UInt64, _ exponent: Int) -> Double {
        let zeros = digits.leadingZeroBitCount
        let (high, low) = PowerOfFive.all[exponent - PowerOfFive.range.lowerBound]
            .product(digits << UInt64(zeros))
        let carry = high >> 63
        // 53 bits, one to round by, and one that says on which side of the middle it is.
        let shift = carry + 9
        var mantissa = high >> shift
        // ⌊log₂ 10^exponent⌋ by a multiplication that is exact for these exponents.
        var power = ((217_706 * exponent) >> 16) + 63 + Int(carry) - zeros + 1023
        // In the very middle the even neighbour is the right one; only these powers get there.
        if low <= 1, (-4...23).contains(exponent), mantissa & 3 == 1, mantissa << shift == high {
            mantissa &= ~1
        }
        mantissa = (mantissa + (mantissa & 1)) >> 1
        if mantissa >= 1 << 53 {
            mantissa = 1 << 52
            power += 1
        }
        return Double(bitPattern: UInt64(power) << 52 | mantissa & ~(1 << 52))
    }
}

/// The leading 128 bits of a power of five: cut off where it is a whole number, rounded up where it is a
/// fraction.
private struct PowerOfFive {
    let high: UInt64
    let low: UInt64

    /// Up to 5⁵⁵ a power has no more bits; down to 5⁻²⁷ its inverse fits a word.
    static let range = -27...55

    static let all = range.map { PowerOfFive($0) }

    private init(_ exponent: Int) {
        var power: UInt128 = (0..<abs(exponent)).reduce(1) { power, _ in power * 5 }
        if exponent < 0 {
            // 2^(127 + bits) over the power, a word at a time, and one more.
            let bits = UInt128(128 - (power - 1).leadingZeroBitCount)
            let (first, rest) = (UInt128(1) << (bits + 63)).quotientAndRemainder(dividingBy: power)
            power = (first << 64) + (rest << 64) / power + 1
        } else {
            power <<= UInt128(power.leadingZeroBitCount)
        }
        high = UInt64(truncatingIfNeeded: power >> 64)
        low = UInt64(truncatingIfNeeded: power)
    }

    /// The leading 128 bits of the product with `number`, or enough of them to round by.
    func product(_ number: UInt64) -> (high: UInt64, low: UInt64) {
        let first = number.multipliedFullWidth(by: high)
        guard first.high & 0x1FF == 0x1FF else { return (first.high, first.low) }
        let second = number.multipliedFullWidth(by: low).high
        let (sum, overflows) = first.low.addingReportingOverflow(second)
        return (overflows ? first.high &+ 1 : first.high, sum)
    }
}
