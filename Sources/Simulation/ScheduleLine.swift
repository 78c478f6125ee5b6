import StateMachines

/// The words of a line of a schedule, taken one by one.
struct ScheduleLine {
    let number: Int
    private var words: ArraySlice<Substring>

    /// The words of a line; what follows a `#` is a comment.
    init(_ text: some StringProtocol, number: Int) {
        self.number = number
        let said = Substring(text.prefix { $0 != "#" })
        words = said.split { $0 == " " || $0 == "\t" || $0 == "\r" }[...]
    }

    var isEmpty: Bool { words.isEmpty }

    /// Takes the next word.
    mutating func word(_ expected: String) throws(SimulationProblem) -> Substring {
        guard let word = words.popFirst() else { throw problem("the end of the line", expected) }
        return word
    }

    /// Takes the next word where it is this one. Returns whether it was.
    mutating func take(_ word: String) -> Bool {
        guard words.first == word[...] else { return false }
        words.removeFirst()
        return true
    }

    /// Takes the word that has to be next.
    mutating func expect(_ word: String) throws(SimulationProblem) {
        let found = try self.word("'\(word)'")
        guard found == word else { throw problem("'\(found)'", "'\(word)'") }
    }

    mutating func span() throws(SimulationProblem) -> Span {
        let expected = "a time such as 250us or 1.5s"
        return try parse(word(expected), expected) { Span(text: $0) }
    }

    mutating func node() throws(SimulationProblem) -> NodeID {
        let expected = "a node such as n3"
        return try parse(word(expected), expected) { word in
            word.first == "n" ? UInt32(plain: word.dropFirst()).map(NodeID.init) : nil
        }
    }

    /// What a word says, in the eyes of the reader.
    func parse<Value>(
        _ word: Substring, _ expected: String, _ read: (Substring) -> Value?
    ) throws(SimulationProblem) -> Value {
        guard let value = read(word) else { throw problem("'\(word)'", expected) }
        return value
    }

    /// Finds that something is left.
    func end() throws(SimulationProblem) {
        if let word = words.first { throw problem("'\(word)'", "the end of the line") }
    }

    func problem(_ found: String, _ expected: String) -> SimulationProblem {
        .malformed(line: number, found: found, expected: expected)
    }
}

extension FixedWidthInteger {
    /// The number that decimal digits say, and nothing but digits: no sign, no separator.
    init?(plain text: some StringProtocol) {
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        self.init(text)
    }
}
