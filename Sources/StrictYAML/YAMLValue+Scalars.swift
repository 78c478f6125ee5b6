import Quantities
import Yams

extension YAMLValue {
    /// The scalar as written, whatever it is; lists, mappings and nothing are errors.
    public func scalar(_ expected: String) throws(InputProblems) -> String {
        guard let scalar = node.scalar, !isEmpty else { throw unexpected(expected) }
        if scalar.string.unicodeScalars.contains(where: QuotedText.isHarmful) {
            throw unexpected("\(expected) without control characters")
        }
        return scalar.string
    }

    /// A sentence or paragraph; line breaks and runs of spaces become one space.
    public func text(longest: Int = 2000) throws(InputProblems) -> String {
        guard let scalar = node.scalar, !isEmpty else { throw unexpected("text") }
        let words = scalar.string.split(whereSeparator: { " \n\r\n\t".contains($0) })
        let text = words.joined(separator: " ")
        if text.unicodeScalars.contains(where: QuotedText.isHarmful) {
            throw unexpected("text without control characters")
        }
        guard !text.isEmpty, text.count <= longest else {
            throw unexpected("text of 1 to \(longest) characters")
        }
        return text
    }

    /// A dotted lower-case name such as `channel.spsc.latency` or `virtual-nodes`.
    public func name() throws(InputProblems) -> String {
        let expected = "a name of lower-case letters and digits with '.' or '-' between them"
        let text = try scalar(expected)
        guard text.count <= 80, Self.isName(text) else { throw unexpected(expected) }
        return text
    }

    static func isName(_ text: String) -> Bool {
        text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." || $0 == "-" })
            .allSatisfy { part in
                !part.isEmpty
                    && part.utf8.allSatisfy {
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    }
            }
    }

    /// A whole number in `range`.
    public func integer(in range: ClosedRange<Int>) throws(InputProblems) -> Int {
        let expected = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = Int(try scalar(expected)), range.contains(number) else {
            throw unexpected(expected)
        }
        return number
    }

    /// A number in `range`.
    public func number(in range: ClosedRange<Double>) throws(InputProblems) -> Double {
        let expected = "a number from \(range.lowerBound) to \(range.upperBound)"
        guard let number = Double(try scalar(expected)), range.contains(number) else {
            throw unexpected(expected)
        }
        return number
    }

    /// A time with its unit in `range`.
    public func duration(
        in range: ClosedRange<Nanoseconds>
    ) throws(InputProblems) -> Nanoseconds {
        let expected = "a time from \(range.lowerBound) to \(range.upperBound), such as '2s'"
        let text = try scalar(expected)
        do {
            let duration = try Nanoseconds(parsing: text)
            guard range.contains(duration) else { throw unexpected(expected) }
            return duration
        } catch let problems as InputProblems {
            throw problems
        } catch {
            throw InputProblems(at: location, found: "\(error)", expected: expected)
        }
    }

    /// A share of one, written in per cent such as `10%`, up to `limit` (1 is 100 %).
    public func share(upTo limit: Double) throws(InputProblems) -> Double {
        let most = Presentation.significant(limit * 100)
        let expected = "a percentage from 0% to \(most)%"
        guard let quantity = try? Quantity(parsing: try scalar(expected)),
            quantity.unit.dimension == .ratio, (0...limit).contains(quantity.baseValue)
        else { throw unexpected(expected) }
        return quantity.baseValue
    }

    /// One of the words of an enumeration.
    public func word<Word: RawRepresentable & CaseIterable>(
        of type: Word.Type = Word.self
    ) throws(InputProblems) -> Word where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        let text = try scalar("one of \(words.joined(separator: ", "))")
        guard let word = Word(rawValue: text) else {
            throw unexpected(Spelling.expectation(for: text, among: words))
        }
        return word
    }
}
