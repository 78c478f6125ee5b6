import Testing

@testable import Reporting

@Suite struct DisplayTextTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("µs", 2), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｆ", 2),
        ("🙂", 2), ("👩‍👩‍👧", 2), ("❤\u{FE0F}", 2), ("a\u{200B}b", 2), ("…", 1), ("÷ ±", 3),
    ])
    func `width counts cells`(text: String, cells: Int) {
        #expect(DisplayText.width(text) == cells)
    }

    @Test func `padding fills cells, not characters`() {
        #expect(DisplayText.padded("漢", to: 4) == "漢  ")
        #expect(DisplayText.padded("漢", to: 4, .right) == "  漢")
        #expect(DisplayText.padded("abcde", to: 4) == "abcde")
    }

    @Test func `text is cut at its end or in its middle`() {
        #expect(DisplayText.truncated("abcdef", to: 6) == "abcdef")
        #expect(DisplayText.truncated("abcdef", to: 4) == "abc…")
        #expect(DisplayText.truncated("漢字漢字", to: 4) == "漢…")
        #expect(DisplayText.shortened("contender-name-1", to: 16) == "contender-name-1")
        #expect(DisplayText.shortened("contender-name-1", to: 10) == "conten…e-1")
        #expect(DisplayText.shortened("漢字漢字漢字", to: 8) == "漢字…字")
    }

    @Test func `wrapping breaks at spaces, and within words that are too long`() {
        #expect(DisplayText.wrapped("one two three", to: 7) == ["one two", "three"])
        #expect(DisplayText.wrapped("  one   two ", to: 20) == ["one two"])
        #expect(DisplayText.wrapped("abcdefgh ij", to: 3) == ["abc", "def", "gh", "ij"])
        #expect(DisplayText.wrapped("", to: 3) == [])
        #expect(DisplayText.wrapped("12\u{A0}ns is", to: 6) == ["12\u{A0}ns", "is"])
    }

    @Test func `nothing is left that moves a cursor or turns the direction of text`() {
        #expect(DisplayText.clean("a\nb\tc\r\nd\u{2028}e") == "a b c  d e")
        #expect(DisplayText.clean("\u{1B}[31mred\u{7}") == "\u{FFFD}[31mred\u{FFFD}")
        #expect(DisplayText.clean("a\u{202E}b\u{2066}c\u{200F}d") == "abcd")
        #expect(DisplayText.clean("a\u{FFFE}b\u{FFFF}") == "a\u{FFFD}b\u{FFFD}")
    }
}
