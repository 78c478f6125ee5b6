import Testing

@testable import Quantities

@Suite struct QuantityTests {
    @Test(arguments: [
        ("80 ns", 80, "ns"), ("80ns", 80, "ns"), ("1.5 us", 1.5, "us"), ("90s", 90, "s"),
        ("2m", 2, "m"), ("50M ops/s", 5e7, "ops/s"), ("50 M ops/s", 5e7, "ops/s"),
        ("4 MB", 4, "MB"), ("4KiB", 4, "KiB"), ("3%", 3, "%"), ("1e3 ops/s", 1000, "ops/s"),
        ("1_000 ns", 1000, "ns"), ("-2 ns", -2, "ns"), ("4B", 4, "B"), ("4B ops/s", 4e9, "ops/s"),
    ])
    func `a number with a unit parses`(text: String, value: Double, symbol: String) throws {
        let quantity = try Quantity(parsing: text)
        #expect(quantity.value == value)
        #expect(quantity.unit.symbol == symbol)
    }

    @Test(arguments: ["", "fast", "ns", "--3 ns", "nan ns"])
    func `a text without a number is refused`(text: String) {
        #expect(throws: Quantity.ParseError.notANumber(text)) { try Quantity(parsing: text) }
    }

    @Test(arguments: [("80 parsecs", "parsecs"), ("80", ""), ("80 M", "M")])
    func `an unknown unit is named`(text: String, unit: String) {
        #expect(throws: Quantity.ParseError.unknownUnit(unit, text: text)) {
            try Quantity(parsing: text)
        }
    }

    @Test func `conversion stays within a dimension`() throws {
        let time = try Quantity(parsing: "1.5 us")
        #expect(time.converted(to: .nanoseconds)?.value == 1500)
        #expect(time.converted(to: .operationsPerSecond) == nil)
        #expect(Quantity(1, .count(of: "workers")).converted(to: .count(of: "keys")) == nil)
        #expect(Quantity(12, .percent).converted(to: .ratio)?.value == 0.12)
    }

    @Test func `whole quantities stay whole across scales`() throws {
        #expect(try Quantity(parsing: "1s").converted(to: .nanoseconds)?.value == 1e9)
        #expect(try Quantity(parsing: "3 ms").converted(to: .picoseconds)?.value == 3e9)
        #expect(Quantity(70_000, .nanoseconds).converted(to: .microseconds)?.value == 70)
        #expect(Quantity(0.25, .ratio).converted(to: .percent)?.value == 25)
        #expect(try Quantity(parsing: "3 KiB").converted(to: .bytes)?.value == 3072)
    }

    @Test(arguments: [
        (0.9031, "0.903"), (12.44, "12.4"), (365.4, "365"), (99_950, "100000"), (0, "0"),
        (1234.5, "1230"), (0.000_123_4, "0.000123"), (-2.5, "-2.5"), (9.999, "10"),
    ])
    func `numbers print with three significant digits`(value: Double, text: String) {
        #expect(Presentation.significant(value) == text)
    }

    @Test(arguments: [
        ("80 ns", "80 ns"), ("1500 ns", "1.5 µs"), ("0.5 ns", "500 ps"),
        ("50M ops/s", "50 M ops/s"), ("2048 B", "2 KiB"), ("999.9 ns", "1 µs"),
        ("7.9 %", "7.9 %"), ("0 ns", "0 ns"),
    ])
    func `quantities print in the unit that suits them`(text: String, printed: String) throws {
        #expect(try Quantity(parsing: text).description == printed)
    }

    @Test func `fixed decimals round half away from zero and keep the sign`() {
        #expect(Presentation.fixed(2.345, decimals: 1) == "2.3")
        #expect(Presentation.fixed(-0.25, decimals: 1) == "-0.3")
        #expect(Presentation.fixed(-0.01, decimals: 1) == "0.0")
        #expect(Presentation.fixed(3, decimals: 2) == "3.00")
    }

    @Test func `byte counts are whole and not negative`() throws {
        #expect(try ByteCount(parsing: "1 GiB") == .gibibytes(1))
        #expect(throws: Quantity.ParseError.self) { try ByteCount(parsing: "-1 B") }
        #expect(throws: Quantity.ParseError.self) { try ByteCount(parsing: "0.5 B") }
        #expect(throws: Quantity.ParseError.self) { try ByteCount(parsing: "5 ns") }
    }

    @Test func `durations parse in any unit of time`() throws {
        #expect(try Nanoseconds(parsing: "2m") == .seconds(120))
        #expect(throws: Quantity.ParseError.self) { try Nanoseconds(parsing: "3 B") }
    }

    @Test func `a document's own rates are events a second, and its counts are counts`() {
        #expect(Unit(named: "ms") == .milliseconds)
        #expect(Unit(named: "tx/s").dimension == .frequency)
        #expect(Unit(named: "ids/ms").scale == 1000)
        #expect(
            Quantity(8192, Unit(named: "ids/ms")).converted(to: Unit(named: "ids/s"))?.value
                == 8_192_000)
        #expect(Unit(named: "beats/min").scale == 1.0 / 60)
        for name in ["msgs/worker", "percent of 24 cores", "1/N", "max/mean", "us, CPU/op", "/s/s"]
        {
            #expect(Unit(named: name).dimension == .count(name), "\(name)")
        }
        #expect("\(Quantity(8192, Unit(named: "ids/ms")))" == "8190 ids/ms")
        #expect("\(Quantity(1e6, Unit(named: "KB")))" == "1 GB")
        #expect("\(Quantity(2048, Unit(named: "KiB")))" == "2 MiB")
    }
}
