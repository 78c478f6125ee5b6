import Foundation
import Randomness
import Testing

@testable import Runs

@Suite struct DecimalNumberTests {
    private static let seed =
        ProcessInfo.processInfo.environment["NILOMETER_TEST_SEED"].flatMap(UInt64.init) ?? 20_261

    private func read(_ text: String) -> DecimalNumber? {
        DecimalNumber(in: Array(text.utf8), from: 0)
    }

    @Test(arguments: [
        "0", "0.0", "1", "-1", "5.0", "0.1", "0.30000000000000004", "123456789.125", "1e3",
        "1.25E-05", "1e22", "1e23", "9007199254740993", "9007199254740992.5", "1e-22", "-3.5e+07",
        "18014398509481985", "1.7976931348623157e22", "9999999999999999999e-25",
        "36028797018963970", "6.02214076e23", "9007199254740993e1", "4503599627370497.5",
    ])
    func `a number is the nearest double`(text: String) throws {
        let found = try #require(read(text))
        #expect(found.value.bitPattern == Double(text)?.bitPattern, "\(text)")
        #expect(found.end == text.utf8.count)
    }

    @Test func `minus zero keeps its sign`() {
        #expect(read("-0.0")?.value.sign == .minus)
    }

    @Test(arguments: [
        "", "-", "+1", "x", "nan", "inf", ".5", "1.", "1.x", "1e", "1e+", "1e-x", "--1",
        "100000000000000000000", "1e-60", "1e99999",
    ])
    func `other forms are left to others`(text: String) {
        #expect(read(text) == nil, "\(text)")
    }

    @Test(arguments: [("1.5,", 3), ("12\n", 2), ("7 ", 1), ("1e5x", 3), ("1.2.3", 3), ("0x10", 1)])
    func `reading ends where the number does`(text: String, end: Int) {
        #expect(read(text)?.end == end)
    }

    @Test func `random digits are rounded as the standard library rounds them`() throws {
        var generator = Seed(Self.seed).generator()
        for _ in 0..<60_000 {
            let digits = generator.next() >> (1 + generator.next(below: 60))
            let exponent = Int(generator.next(below: 60)) - 27
            let text = "\(digits % 1_000_000_000_000_000_000)e\(exponent)"
            let found = try #require(read(text), "\(text)")
            #expect(
                found.value.bitPattern == Double(text)?.bitPattern,
                "\(text), seed \(Self.seed)")
        }
    }

    @Test func `doubles, their middles and the neighbours of these come back`() throws {
        var generator = Seed(Self.seed).generator()
        for _ in 0..<20_000 {
            // A double of 54 bits is the middle of two of 53, and all its digits are few.
            let middle = (generator.next() >> 11 | 1 << 52) << 1 | 1
            let power = generator.next(below: 3)
            for digits in [middle - 1, middle, middle + 1] {
                let text = "\(digits)e\(power)"
                #expect(read(text)?.value.bitPattern == Double(text)?.bitPattern, "\(text)")
            }
            let value = Double(middle) * 0x1p-50
            #expect(read("\(value)")?.value == value)
        }
    }
}
