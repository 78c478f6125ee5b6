import Foundation
import Measurement
import Randomness
import Testing

@testable import Runs

@Suite struct SampleTableTests {
    /// What is read of `rows` below the header, handed over in pieces of `size` bytes.
    private func series(
        _ rows: String, pieces size: Int = 1 << 20, mayBeCut: Bool = false
    ) throws -> [SampleSeries] {
        var table = SampleTable()
        var rest = Array((CSV.line(SampleSeries.header) + rows).utf8)[...]
        while !rest.isEmpty {
            try table.add(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        return try table.finish(mayBeCut: mayBeCut)
    }

    private func key(_ metric: String = "time", _ parameters: String = "a=1") throws -> FigureKey {
        FigureKey(
            workload: "w", parameters: try ParameterSet(parsing: parameters), profile: "auto",
            metric: metric)
    }

    private static let rows =
        "w,a=1,auto,0,-1,time,ns,5.0\nw,a=1,auto,0,0,time,ns,0.1\n"
        + "w,\"a=1,2\",auto,1,0,time,us,1e3\nw,a=1,auto,1,0,time,ns,-0.5\n"
        + "w,a=1,auto,1,1,time,ns,-0.75\nw,a=1,auto,1,2,time,ns,1.25e-05\n"

    private func expected() throws -> [SampleSeries] {
        [
            SampleSeries(key: try key(), fork: 0, unit: "ns", warmup: [5], samples: [0.1]),
            SampleSeries(key: try key("time", "a=1,2"), fork: 1, unit: "us", samples: [1000]),
            SampleSeries(key: try key(), fork: 1, unit: "ns", samples: [-0.5, -0.75, 1.25e-05]),
        ]
    }

    @Test func `samples keep their order, quoted names and units`() throws {
        let found = try series(Self.rows)
        #expect(found == (try expected()))
        #expect(found.map(\.count) == [2, 1, 3])
        #expect(
            found.map(\.rows).joined() == Self.rows.replacing(",1e3\n", with: ",1000.0\n"))
    }

    @Test func `what is read does not depend on the pieces that a file comes in`() throws {
        let expected = try expected()
        for size in 1...140 { #expect(try series(Self.rows, pieces: size) == expected) }
        let returns = Self.rows.replacing("\n", with: "\r\n")
        for size in [1, 7, 1000] { #expect(try series(returns, pieces: size) == expected) }
    }

    @Test func `a name with a line break is read, and lines after it are counted`() throws {
        let rows = "w,,auto,0,0,\"t\nx\",ns,1.0\nw,,auto,0,1,\"t\nx\",ns,2.0\n"
        for size in [3, 40, 1000] {
            let found = try series(rows, pieces: size)
            #expect(found.map(\.samples) == [[1, 2]])
            #expect(found.first?.key.metric == "t\nx")
            let error = #expect(throws: CSV.Malformed.self) {
                try series(rows + "w,,auto,0\n", pieces: size)
            }
            #expect(error?.line == 6)
        }
    }

    @Test func `series that start anew stay apart, in any order, byte for byte`() throws {
        let one = SampleSeries(
            key: try key(), fork: 2, unit: "ns", warmup: [9, 8, 7], samples: [1, 0.1, 1 / 3.0])
        let other = SampleSeries(
            key: try key("rate"), fork: 0, unit: "1/s", warmup: [4], samples: [])
        let bare = SampleSeries(key: try key(), fork: 2, unit: "ns", samples: [2])
        let all = [one, one, other, bare, bare, other, one]
        let text = all.map(\.rows).joined()
        let found = try series(text)
        #expect(found == all)
        #expect(found.map(\.rows).joined() == text)
    }

    @Test func `any number is read as it was written`() throws {
        var generator = Seed(77).generator()
        let values = (0..<2000).map { index -> Double in
            let size = Double(generator.next() >> 11) * (index % 3 == 0 ? 1 : 0x1p-40)
            return (index % 2 == 0 ? size : -size) / (index % 5 == 0 ? 1e70 : 1)
        }
        let one = SampleSeries(key: try key(), fork: 0, unit: "ns", samples: values)
        #expect(try series(one.rows) == [one])
    }

    @Test(arguments: [
        ("w,,auto,0,0,time,ns,nan", "the value is 'nan'"),
        ("w,,auto,0,1,time,ns,nan", "the value is 'nan'"),
        ("w,,auto,0,0,time,ns,inf", "the value is 'inf'"),
        ("w,,auto,0,1,time,ns,1e200", "the value is '1e200'"),
        ("w,,auto,0,0,time,ns,1e-200", "the value is '1e-200'"),
        ("w,,auto,0,1,time,ns,", "the value is ''"),
        ("w,,auto,0,1,time,ns,1.0 ", "the value is '1.0 '"),
        ("w,,auto,0,1,time,ns,1.0e", "the value is '1.0e'"),
        ("w,,auto,-1,0,time,ns,1", "the fork is '-1'"),
        ("w,,auto,0,x,time,ns,1", "the iteration is 'x'"),
        ("w,,auto,0,-,time,ns,1", "the iteration is '-'"),
        ("w,a,auto,0,0,time,ns,1", "'a' is not of the form key=value"),
        ("w,,auto,0,0,time,ns", "the record has 7 fields, expected 8"),
        ("w,,auto,0,1,time,ns,1,1", "the record has 9 fields, expected 8"),
        ("w,,auto,0,2,time,ns,1", "the iteration is '2', expected 1: a line is missing"),
        ("w,,auto,0,2,time,us,1", "the iteration is '2', expected 0 or"),
        ("w,,auto,1,1,time,ns,1", "the iteration is '1', expected 0 or"),
        ("w,,auto,0,-2,time,ns,1", "the file ends before iteration -1"),
    ])
    func `a sample that is none, or not the next, is refused with its line`(
        row: String, reason: String
    ) {
        let isAtEnd = reason.hasPrefix("the file ends")
        for size in [5, 1000] {
            let error = #expect(throws: CSV.Malformed.self) {
                try series("w,,auto,0,0,time,ns,1.0\n\(row)\n", pieces: size)
            }
            #expect(error?.line == (isAtEnd ? 4 : 3))
            #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
        }
    }

    @Test func `a line that is missing anywhere in a series is found`() throws {
        let one = SampleSeries(
            key: try key(), fork: 0, unit: "ns", warmup: [3, 2, 1], samples: [4, 5, 6])
        let rows = (one.rows + one.rows).split(separator: "\n").map { $0 + "\n" }
        // Without the first warm-up or the last sample a series is whole.
        for missing in 0..<rows.count where ![0, 5, 6, 11].contains(missing) {
            var left = rows
            left.remove(at: missing)
            let error = #expect(throws: CSV.Malformed.self, "\(missing)") {
                try series(left.joined())
            }
            #expect(error?.line == missing + 2)
            #expect(error?.reason.contains("a line is missing") == true)
        }
        let swapped = rows[0..<4] + [rows[5], rows[4]]
        #expect(throws: CSV.Malformed.self) { try series(swapped.joined()) }
    }

    @Test func `what is cut at the end is refused, unless it was being written`() throws {
        let whole = "w,,auto,0,0,time,ns,1.0\n"
        for rest in ["w", "w,,auto,1,-3,time,ns,5", "w,,auto,1,-3,time,ns,5.0\nw,,au"] {
            #expect(throws: CSV.Malformed.self) { try series(whole + rest) }
            let found = try series(whole + rest, mayBeCut: true)
            #expect(found.first?.samples == [1])
            #expect(found.count == (rest.contains("\n") ? 2 : 1))
        }
        #expect(try series("") == [])
        #expect(throws: CSV.Malformed.self) { try series(whole + "\"w\n,,auto", mayBeCut: true) }
    }
}
