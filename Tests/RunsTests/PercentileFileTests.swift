import Foundation
import Histogram
import Measurement
import Randomness
import Testing

@testable import Runs

@Suite struct PercentileFileTests {
    private static let seed =
        ProcessInfo.processInfo.environment["NILOMETER_TEST_SEED"].flatMap(UInt64.init) ?? 20_260

    /// A distribution over twelve powers of ten.
    private func random(_ count: Int) -> LatencyDistribution {
        var generator = Seed(PercentileFileTests.seed).generator()
        var distribution = LatencyDistribution()
        for _ in 0..<count {
            let scale = pow(10, 10 * generator.nextUnit())
            distribution.record(nanoseconds: scale * (1 + generator.nextUnit()))
        }
        return distribution
    }

    private func parse(_ text: String) throws -> LatencyDistribution {
        // A reader is given bytes; damage is told as it is of the text.
        let byText = Result { try PercentileFile(parsing: text, file: "a.hgrm").distribution }
        let byBytes = Result {
            try PercentileFile(parsing: Array(text.utf8), file: "a.hgrm").distribution
        }
        if case .failure(let error as PercentileFile.Malformed) = byText {
            #expect(throws: error) { try byBytes.get() }
        }
        return try byBytes.get()
    }

    @Test func `a small distribution is these bytes`() {
        let distribution = LatencyDistribution(
            buckets: [
                .init(picoseconds: 0, count: 1), .init(picoseconds: 1500, count: 6),
                .init(picoseconds: 27_007, count: 2), .init(picoseconds: 1_000_447, count: 1),
            ], overflow: 0)
        #expect(
            PercentileFile(distribution).text == """
                       Value     Percentile TotalCount 1/(1-Percentile)

                       0.000 0.100000000000          1           1.11
                       1.500 0.700000000000          7           3.33
                      27.007 0.900000000000          9          10.00
                    1000.447 1.000000000000         10
                #[Mean    =      106.319, StdDeviation   =      298.130]
                #[Max     =     1000.447, Total count    =           10]
                #[Buckets =           40, SubBuckets     =         2048]

                """)
    }

    @Test func `what is written reads back without loss`() throws {
        for count in [1, 2, 1000, 20_000] {
            let distribution = random(count)
            let read = try parse(PercentileFile(distribution).text)
            #expect(
                read.buckets == distribution.buckets, "seed \(PercentileFileTests.seed), \(count)")
            #expect(read.count == UInt64(count))
        }
        #expect(try parse(PercentileFile(LatencyDistribution()).text).count == 0)
    }

    @Test func `an overflow is named and reads back`() throws {
        var distribution = LatencyDistribution()
        for value in [10.0, 20, 1e16] { distribution.record(nanoseconds: value) }
        let text = PercentileFile(distribution).text
        #expect(text.contains("0.666666666667          2           3.00\n#"))
        #expect(text.hasSuffix("#[Overflow =           1]\n"))
        #expect(text.contains("Total count    =            3]"))
        #expect(try parse(text).overflow == 1)
    }

    @Test func `bytes read back as their text does`() throws {
        var overflowing = random(500)
        overflowing.record(nanoseconds: 1e16)
        for distribution in [random(3000), overflowing, LatencyDistribution()] {
            let text = PercentileFile(distribution).text
            let read = try PercentileFile(parsing: Array(text.utf8), file: "a").distribution
            #expect(read.buckets == distribution.buckets)
            #expect(read.overflow == distribution.overflow)
        }
    }

    @Test func `a number of thousands and hundredths keeps its zeros and its width`() {
        func text(_ picoseconds: UInt64, _ width: Int) -> String {
            var bytes: [UInt8] = []
            bytes.append(thousandths: picoseconds, width: width)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(text(0, 7) == "  0.000")
        #expect(text(1_020, 5) == "1.020")
        #expect(text(123_456_007, 6) == "123456.007")
        #expect(text(.max, 4) == "18446744073709551.615")
    }

    @Test func `rows and footer are those of HdrHistogram`() throws {
        let distribution = random(5000)
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: 1,
            highestTrackableValue: LatencyDistribution.highestTrackable,
            numberOfSignificantValueDigits: .three)
        for bucket in distribution.buckets {
            histogram.record(bucket.picoseconds, count: bucket.count)
        }
        var theirs = ""
        histogram.outputPercentileDistribution(
            to: &theirs, outputValueUnitScalingRatio: 1000, percentileTicksPerHalfDistance: 1000)
        let ours = PercentileFile(distribution).text
        let footer = { (text: String) in text.split(separator: "\n").filter { $0.hasPrefix("#") } }
        #expect(footer(ours) == footer(theirs))
        let values = { (text: String) in
            Set(
                text.split(separator: "\n").dropFirst().filter { !$0.hasPrefix("#") }
                    .map { $0.split(separator: " ") }.map { [$0[0], $0[2]] })
        }
        #expect(!values(theirs).isEmpty)
        #expect(values(theirs).isSubset(of: values(ours)))
        #expect(ours.prefix { $0 != "\n" } == theirs.prefix { $0 != "\n" })
    }

    @Test(arguments: [
        ("", 1, "expected the columns"),
        ("Value Count\n", 1, "found 'Value Count'"),
        ("H", 2, "expected an empty line"),
        ("H\n\n  1.5 0.5 1\n", 3, "expected nanoseconds with three decimals"),
        ("H\n\n  1.500 0.5\n", 3, "the row has 2 columns"),
        ("H\n\n  1.500 1.0 x\n", 3, "the count is 'x'"),
        ("H\n\n  1.500 0.5 1 2.00\n  1.500 1.0 2\n", 4, "not above that of the row before"),
        ("H\n\n  1.500 0.5 2 2.00\n  2.000 1.0 2\n", 4, "the count is not above"),
        ("H\n\n  27.008 1.000000000000 2\n", 4, "not the end of one of HdrHistogram's buckets"),
        ("H\n\n  99999999999999.999 1.000000000000 2\n", 4, "not the end of one"),
    ])
    func `a malformed file is refused with its line`(text: String, line: Int, reason: String) {
        let whole = text.replacing(
            "H", with: "       Value     Percentile TotalCount 1/(1-Percentile)")
        let error = #expect(throws: PercentileFile.Malformed.self) { try parse(whole) }
        #expect(error?.line == line)
        #expect(error?.description.hasPrefix("a.hgrm:\(line): ") == true)
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func `a file that was cut or altered anywhere is refused`() throws {
        let text = PercentileFile(random(200)).text
        for length in stride(from: 0, to: text.utf8.count - 1, by: 97) {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(throws: PercentileFile.Malformed.self) { try parse(cut) }
        }
        for position in stride(from: 60, to: text.utf8.count, by: 101) {
            var bytes = Array(text.utf8)
            bytes[position] = bytes[position] == UInt8(ascii: "7") ? 0x38 : 0x37
            let altered = String(decoding: bytes, as: UTF8.self)
            #expect(throws: PercentileFile.Malformed.self, "byte \(position)") {
                try parse(altered)
            }
        }
        #expect(throws: PercentileFile.Malformed.self) { try parse(text + "more\n") }
    }
}
