import Measurement
import Testing

@testable import Runs

@Suite struct CSVTests {
    private static let hostile = [
        "plain", "", "a,b", "say \"no\"", "two\nlines", "\r", "1,5", " spaced ", "ünï", "\"",
    ]

    @Test func `any text survives being written and read`() throws {
        let header = ["a", "b"]
        let rows = Self.hostile.flatMap { left in Self.hostile.map { [left, $0] } }
        let text = CSV.line(header) + rows.map(CSV.line).joined()
        #expect(try CSV.records(of: text, header: header).map(\.fields) == rows)
    }

    @Test func `only fields that need quotes get them`() {
        #expect(CSV.line(["a", "b c", "d,e", "f\"g"]) == "a,b c,\"d,e\",\"f\"\"g\"\n")
    }

    @Test func `lines ended by carriage return and line feed are read`() throws {
        let records = try CSV.records(of: "a,b\r\n1,2\r\n", header: ["a", "b"])
        #expect(records.map(\.fields) == [["1", "2"]])
        #expect(records.map(\.line) == [2])
    }

    @Test(arguments: [
        ("", 1, "the header is ''"),
        ("a,c\n", 1, "the header is 'a,c'"),
        ("a,b\n1\n", 2, "the record has 1 fields, expected 2"),
        ("a,b\n1,2,3\n", 2, "the record has 3 fields, expected 2"),
        ("a,b\n1,2", 2, "the file ends within a record"),
        ("a,b\n1,\"2\n", 2, "a quoted field is not closed"),
        ("a,b\n\"1\"x,2\n", 2, "a quoted field is followed by text"),
        ("a,b\n\"1\n1\",2\n3\n", 4, "the record has 1 fields, expected 2"),
        ("\u{FEFF}a,b\n1,2\n", 1, "the file starts with a byte-order mark"),
    ])
    func `a damaged table is refused with its line`(text: String, line: Int, reason: String) {
        let error = #expect(throws: CSV.Malformed.self) {
            try CSV.records(of: text, header: ["a", "b"])
        }
        #expect(error?.line == line)
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }

    @Test func `bytes that are no text are refused with their line`() {
        let bytes = Array("a,b\n1,2\n1,".utf8) + [0xFF, 0x0A]
        let error = #expect(throws: CSV.Malformed.self) {
            try CSV.records(of: bytes, header: ["a", "b"])
        }
        #expect(error?.line == 3)
        #expect(error?.reason == "field 2 is not UTF-8")
    }

    private func samples(_ rows: String) throws -> [Sample] {
        try SampleTable.samples(
            in: Array((CSV.line(Sample.header) + rows).utf8))
    }

    @Test func `samples keep their order, quoted names and units`() throws {
        let found = try samples(
            "w,a=1,auto,0,-1,time,ns,5.0\nw,a=1,auto,0,0,time,ns,0.1\n"
                + "w,\"a=1,2\",auto,1,0,time,us,1e3\nw,a=1,auto,1,0,time,ns,-0.5\n")
        #expect(found.map(\.value) == [5, 0.1, 1000, -0.5])
        #expect(found.map(\.isWarmup) == [true, false, false, false])
        #expect(found.map(\.unit) == ["ns", "ns", "us", "ns"])
        #expect(found.map(\.fork) == [0, 0, 1, 1])
        #expect(found[2].key.parameters["a"] == "1,2")
        #expect(found[0].key == found[3].key)
        let again = found.map { CSV.line($0.fields) }.joined()
        #expect(try samples(again) == found)
    }

    @Test(arguments: [
        ("w,,auto,0,0,time,ns,nan", "the value is 'nan'"),
        ("w,,auto,0,0,time,ns,inf", "the value is 'inf'"),
        ("w,,auto,0,0,time,ns,1e200", "the value is '1e200'"),
        ("w,,auto,0,0,time,ns,1e-200", "the value is '1e-200'"),
        ("w,,auto,0,0,time,ns,", "the value is ''"),
        ("w,,auto,-1,0,time,ns,1", "the fork is '-1'"),
        ("w,,auto,0,x,time,ns,1", "the iteration is 'x'"),
        ("w,a,auto,0,0,time,ns,1", "'a' is not of the form key=value"),
        ("w,,auto,0,0,time,ns", "the record has 7 fields, expected 8"),
    ])
    func `a sample that is none is refused with its line`(row: String, reason: String) {
        let error = #expect(throws: CSV.Malformed.self) {
            try samples("w,,auto,0,0,time,ns,1.0\n\(row)\n")
        }
        #expect(error?.line == 3)
        #expect(error?.reason.hasPrefix(reason) == true, "\(error?.reason ?? "")")
    }
}
