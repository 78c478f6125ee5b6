import Testing

@Suite struct `A code mask` {
    /// Blanks shown as dots.
    private func swift(_ text: String) -> String { shown(CodeMask(.swift).blanked(text)) }
    private func c(_ text: String) -> String { shown(CodeMask(.c).blanked(text)) }

    private func shown(_ code: String) -> String {
        String(code.map { $0 == " " ? "." : $0 })
    }

    @Test func `blanks comments and keeps the lines`() {
        #expect(swift("a // {b\nc") == "a......\nc")
        #expect(swift("a /*x/*y*/}*/ b\nc") == "a.............b\nc")
        #expect(swift("a /*\n } */ b") == "a...\n......b")
    }

    @Test func `ends the comments of C at the first end`() {
        #expect(c("/* /* */ b") == ".........b")
    }

    @Test func `blanks literals with all that is in them`() {
        #expect(swift(#"x("{ \" //") {"#) == "x(.........).{")
        #expect(swift(##"x(#"" \("#) {"##) == "x(........).{")
        #expect(swift("x(\"\"\"\n{ \" }\n\"\"\") {") == "x(...\n.....\n...).{")
    }

    @Test func `blanks interpolations, with literals in them, as part of the literal`() {
        #expect(swift(#"x("\(f("}"))") {"#) == "x(...........).{")
    }

    @Test func `blanks names in backticks`() {
        #expect(swift("func `a class`() {") == "func.`_______`().{")
    }

    @Test func `tells characters of C from separators of digits`() {
        #expect(c("x='{';y=1'000;z='\\'';") == "x=...;y=1'000;z=....;")
    }

    @Test func `survives text that ends too early`() {
        for text in ["\"a", "\"\"\"", "/* a", "#", "#\"", "`a", "\"\\(", "\"\\"] {
            #expect(swift(text).utf8.count == text.utf8.count, "\(text)")
            #expect(c(text).utf8.count == text.utf8.count, "\(text)")
        }
    }
}
