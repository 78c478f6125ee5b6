import Quantities

/// Recursive descent over the characters of a formula, with bounded depth.
struct FormulaParser {
    static let longestText = 500
    static let deepestNesting = 50

    private let characters: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text) }

    /// The whole text as a formula.
    mutating func expression() throws(Formula.Problem) -> Formula {
        let text = String(characters)
        guard characters.count <= Self.longestText else {
            throw Formula.Problem(
                found: "a formula of \(characters.count) characters",
                expected: "at most \(Self.longestText)")
        }
        let low = try sum()
        var high: Formula.Term?
        if take("..") { high = try sum() }
        skipSpaces()
        if position < characters.count { throw unexpected("an operator or the end") }
        return Formula(description: text, low: low, high: high)
    }

    private mutating func sum() throws(Formula.Problem) -> Formula.Term {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepestNesting else {
            throw Formula.Problem(
                found: "a formula nested deeper than \(Self.deepestNesting)",
                expected: "a flatter one")
        }
        var term = try product()
        while let next = takeOperator([.plus, .minus]) {
            term = .operation(term, next, try product())
        }
        return term
    }

    private mutating func product() throws(Formula.Problem) -> Formula.Term {
        var term = try signed()
        while let next = takeOperator([.times, .over]) {
            term = .operation(term, next, try signed())
        }
        return term
    }

    /// A minus binds looser than a power: `-2 ^ 2` is −4.
    private mutating func signed() throws(Formula.Problem) -> Formula.Term {
        var isNegative = false
        while take("-") { isNegative.toggle() }
        let base = try atom()
        guard takeOperator([.power]) != nil else { return isNegative ? .negative(base) : base }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepestNesting else { throw unexpected("fewer powers of powers") }
        let term = Formula.Term.operation(base, .power, try signed())
        return isNegative ? .negative(term) : term
    }

    private mutating func atom() throws(Formula.Problem) -> Formula.Term {
        if take("(") {
            let term = try sum()
            guard take(")") else { throw unexpected("')'") }
            return term
        }
        skipSpaces()
        guard position < characters.count else { throw unexpected("a number or a name") }
        if characters[position].isASCIIDigit {
            let number = try number()
            return unit().map { .quantity(number, $0) } ?? .number(number)
        }
        guard let name = name() else { throw unexpected("a number or a name") }
        return take("(") ? try call(name) : .name(name)
    }

    private mutating func call(_ name: String) throws(Formula.Problem) -> Formula.Term {
        guard let function = Formula.Function(rawValue: name) else {
            let known = Formula.Function.allCases.map(\.rawValue)
            throw Formula.Problem(
                found: "unknown function '\(name)'",
                expected: "one of \(known.joined(separator: ", "))")
        }
        var arguments = [try sum()]
        while take(",") { arguments.append(try sum()) }
        guard take(")") else { throw unexpected("',' or ')'") }
        guard function.arity.contains(arguments.count) else {
            throw Formula.Problem(
                found: "'\(name)' with \(arguments.count) arguments",
                expected: "\(function.arity.lowerBound)")
        }
        return .call(function, arguments)
    }

    private mutating func number() throws(Formula.Problem) -> Double {
        var text = digits()
        if peek(0) == ".", peek(1)?.isASCIIDigit == true {
            position += 1
            text += "." + digits()
        }
        if peek(0) == "e" || peek(0) == "E" {
            let sign = peek(1) == "-" || peek(1) == "+" ? 1 : 0
            if peek(1 + sign)?.isASCIIDigit == true {
                text += String(characters[position...(position + sign)])
                position += 1 + sign
                text += digits()
            }
        }
        guard var value = Double(text), value.isFinite else {
            throw Formula.Problem(
                found: "the number '\(text)'", expected: "one that a double can hold")
        }
        if let suffix = peek(0), let factor = ClaimedValue.magnitudes[suffix] {
            value *= factor
            position += 1
        } else if peek(0) == "%" {
            value /= 100
            position += 1
        }
        if let next = peek(0), next.isLetter || next.isNumber {
            throw unexpected("an operator after the number")
        }
        return value
    }

    /// The symbols that can follow a number. Minutes are `min`: `m` would be mistaken for metres,
    /// and for the magnitude.
    private static let units: [(symbol: [Character], unit: Unit)] = Unit.known
        .filter { $0.symbol.first?.isLetter == true && $0.symbol != "x" && $0.symbol != "m" }
        .map { (Array($0.symbol), $0) }
        .sorted { $0.symbol.count > $1.symbol.count }

    /// The unit that follows a number and a space, if one does.
    private mutating func unit() -> Unit? {
        guard peek(0) == " " else { return nil }
        var start = position
        while start < characters.count, characters[start] == " " { start += 1 }
        for (symbol, unit) in Self.units where characters[start...].starts(with: symbol) {
            let end = start + symbol.count
            let next = end < characters.count ? characters[end] : " "
            if next.isLetter || next.isNumber || next == "(" { continue }
            position = end
            return unit
        }
        return nil
    }

    private mutating func digits() -> String {
        let start = position
        while peek(0)?.isASCIIDigit == true { position += 1 }
        return String(characters[start..<position])
    }

    private mutating func name() -> String? {
        func isPart(_ character: Character?) -> Bool {
            guard let character, character.isASCII else { return false }
            return character.isLetter || character.isNumber
        }
        guard let first = peek(0), first.isASCII, first.isLetter else { return nil }
        let start = position
        while isPart(peek(0)) || (peek(0) == "-" || peek(0) == ".") && isPart(peek(1)) {
            position += 1
        }
        return String(characters[start..<position])
    }

    private mutating func takeOperator(_ allowed: [Formula.Operator]) -> Formula.Operator? {
        allowed.first { take(String($0.rawValue)) }
    }

    private mutating func take(_ text: String) -> Bool {
        skipSpaces()
        guard characters[position...].starts(with: text) else { return false }
        position += text.count
        return true
    }

    private mutating func skipSpaces() {
        while peek(0) == " " { position += 1 }
    }

    private func peek(_ offset: Int) -> Character? {
        position + offset < characters.count ? characters[position + offset] : nil
    }

    private func unexpected(_ expected: String) -> Formula.Problem {
        let text = String(characters)
        let rest = String(characters[position...].prefix(20))
        return Formula.Problem(
            found: rest.isEmpty ? "the end of '\(text)'" : "'\(rest)' in '\(text)'",
            expected: expected)
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { isASCII && isWholeNumber }
}

extension Formula {
    /// Parses `text`.
    public init(parsing text: String) throws(Problem) {
        var parser = FormulaParser(text)
        self = try parser.expression()
    }
}
