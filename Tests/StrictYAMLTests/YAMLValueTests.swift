import Quantities
import Testing

@testable import StrictYAML

@Suite struct YAMLValueTests {
    enum Colour: String, CaseIterable { case red, green }

    private func value(_ text: String) throws -> YAMLValue {
        let root = try YAMLDocument.root(of: "a: \(text)\n", file: "f.yaml")
        return try root.entries(of: "anything")[0].value
    }

    private func message<Result>(
        _ text: String, _ read: (YAMLValue) throws(InputProblems) -> Result
    ) throws -> String {
        let value = try value(text)
        do {
            return "no error: \(try read(value))"
        } catch {
            return error.description
        }
    }

    @Test func `whole numbers are in range and written as such`() throws {
        #expect(try value("7").integer(in: 1...1000) == 7)
        for text in ["0", "1001", "-1", "7.0", "seven", "99999999999999999999", "1_000"] {
            #expect(
                try message(text) { value throws(InputProblems) in try value.integer(in: 1...1000) }
                    == "f.yaml:1:4: '\(text)'; expected a whole number from 1 to 1000")
        }
        for (text, found) in [
            ("~", "nothing"), ("''", "nothing"), ("[1]", "a list"), ("{b: 1}", "a mapping"),
        ] {
            #expect(
                try message(text) { value throws(InputProblems) in try value.integer(in: 1...1000) }
                    == "f.yaml:1:4: \(found); expected a whole number from 1 to 1000")
        }
    }

    @Test func `times need a unit and a range`() throws {
        let range = Nanoseconds.milliseconds(10)...Nanoseconds.seconds(60)
        #expect(try value("1.5 s").duration(in: range) == .seconds(1.5))
        let expected = "expected a time from 10 ms to 60 s, such as '2s'"
        func message(_ text: String) throws -> String {
            try self.message(text) { value throws(InputProblems) in try value.duration(in: range) }
        }
        #expect(try message("-2s") == "f.yaml:1:4: '-2s'; \(expected)")
        #expect(try message("2h") == "f.yaml:1:4: '2h'; \(expected)")
        #expect(
            try message("fast") == "f.yaml:1:4: 'fast' is not a number with a unit, such as "
                + "'80 ns' or '50M ops/s'; \(expected)")
        #expect(
            try message("2 parsecs").hasPrefix(
                "f.yaml:1:4: 'parsecs' in '2 parsecs' is not a unit; expected one of ps, ns, "))
        #expect(try message("2 KiB").hasPrefix("f.yaml:1:4: 'KiB' in '2 KiB' is not a unit"))
    }

    @Test func `names, words, shares and numbers are checked`() throws {
        #expect(try value("channel.spsc-2.x").name() == "channel.spsc-2.x")
        for text in ["Channel", "a..b", "a b", ".a", "a-", "ä"] {
            #expect(
                try message(text) { value throws(InputProblems) in try value.name() }
                    == "f.yaml:1:4: '\(text)'; expected a name of lower-case letters and digits "
                    + "with '.' or '-' between them")
        }
        #expect(try value("red").word(of: Colour.self) == .red)
        #expect(
            try message("gren") { value throws(InputProblems) in try value.word(of: Colour.self) }
                == "f.yaml:1:4: 'gren'; expected 'green'")
        #expect(try value("12.5%").share(upTo: 1) == 0.125)
        for text in ["12.5", "-1%", "101%", "1 ns"] {
            #expect(
                try message(text) { value throws(InputProblems) in try value.share(upTo: 1) }
                    == "f.yaml:1:4: '\(text)'; expected a percentage from 0% to 100%")
        }
        #expect(try value("2.5e1").number(in: 0...100) == 25)
        #expect(
            try message("nan") { value throws(InputProblems) in try value.number(in: 0...1) }
                == "f.yaml:1:4: 'nan'; expected a number from 0.0 to 1.0")
    }

    @Test func `text is one line without control characters`() throws {
        #expect(try value("\"one\\ntwo   three\"").text() == "one two three")
        #expect(try value("|\n  one\n  two\n").text() == "one two")
        #expect(
            try message("\"\\e[31mred\"") { value throws(InputProblems) in try value.text() }
                == "f.yaml:1:4: '\\u{1b}[31mred'; expected text without control characters")
        #expect(
            try message("\"a\\u202Eb\"") { value throws(InputProblems) in try value.text() }
                == "f.yaml:1:4: 'a\\u{202e}b'; expected text without control characters")
        let long = String(repeating: "x", count: 70)
        #expect(
            try message(long) { value throws(InputProblems) in try value.text(longest: 50) }
                == "f.yaml:1:4: '\(long.prefix(60))…'; expected text of 1 to 50 characters")
        #expect(
            try value("<b>&amp; \"quoted\"; $(rm) </b>").text() == "<b>&amp; \"quoted\"; $(rm) </b>"
        )
    }

    @Test func `lists report the problems of all their elements`() throws {
        #expect(
            try message("[1, x, 3, y]") { value throws(InputProblems) in
                try value.list(of: "numbers") { one throws(InputProblems) in
                    try one.integer(in: 1...9)
                }
            } == """
                f.yaml:1:8: 'x'; expected a whole number from 1 to 9
                f.yaml:1:14: 'y'; expected a whole number from 1 to 9
                """)
        #expect(
            try message("[]") { value throws(InputProblems) in try value.list(of: "numbers").count }
                == "f.yaml:1:4: an empty list; expected a list of numbers")
    }
}
