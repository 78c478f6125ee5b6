import StateMachines

/// A history of registers as text, so that one that failed can be kept, and checked again.
///
/// The first line is `nilometer history of registers 1`. Each other one is an event, in their order:
/// nanoseconds, which operation, and what happened, with one space between words.
///
///     12000 n3#7 invoke 5 write 0x6162
///     12400 n3#7 answer written
///     13000 n3#8 invoke 5 read
///     13100 n1#1 invoke 5 compare-and-set - 0x6163
///     13200 n3#8 answer value 0x6162
///     13300 n1#1 answer mismatch 0x6162
///
/// The number after `invoke` is the key; values are `0x` and two hexadecimal digits a byte, and `-` is no
/// value; the other answer is `differs`. What has no answer was not answered. Empty lines, and those that
/// begin with `#`, say nothing.
extension History where Model == Register {
    /// The first line of the text.
    static var title: String { "nilometer history of registers 1" }

    /// The history as text, each line ended. O(n log n).
    public var text: String {
        var lines: [(position: Int, line: String)] = []
        for (place, operation) in operations.enumerated() {
            let name = "\(operation.id)"
            lines.append(
                (
                    calls[place],
                    "\(operation.invoked.nanoseconds) \(name) invoke \(operation.key) "
                        + operation.operation.text
                ))
            guard let heard = operation.heard else { continue }
            lines.append(
                (ends[place], "\(heard.moment.nanoseconds) \(name) answer \(heard.answer.text)"))
        }
        lines.sort { $0.position < $1.position }
        return ([Self.title] + lines.map(\.line)).map { $0 + "\n" }.joined()
    }

    /// The history that a text holds. Throws what is wrong with it, and where.
    public init(parsing text: String) throws(HistoryProblem) {
        var builder = HistoryBuilder<Register>()
        var isTitled = false
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            if isTitled {
                var words = HistoryLine(line, number: index + 1)
                try words.tell(&builder)
            } else if line == Self.title {
                isTitled = true
            } else {
                throw .malformed(
                    line: index + 1, found: "'\(line)'", expected: "'\(Self.title)'")
            }
        }
        guard isTitled else {
            throw .malformed(line: 1, found: "nothing", expected: "'\(Self.title)'")
        }
        self = builder.history()
    }
}

extension Register.Operation {
    fileprivate var text: String {
        switch self {
        case .read: "read"
        case .write(let value): "write \(hexadecimal(value))"
        case .compareAndSet(let expected, let value):
            "compare-and-set \(hexadecimal(expected)) \(hexadecimal(value))"
        }
    }
}

extension Register.Answer {
    fileprivate var text: String {
        switch self {
        case .written: "written"
        case .value(let value): "value \(hexadecimal(value))"
        case .mismatch(let value): "mismatch \(hexadecimal(value))"
        case .differs: "differs"
        }
    }
}

private func hexadecimal(_ value: [UInt8]?) -> String {
    guard let value else { return "-" }
    let digits = Array("0123456789abcdef")
    return "0x" + String(value.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}

/// A line of a history, word by word.
private struct HistoryLine {
    private let number: Int
    private var words: ArraySlice<Substring>

    init(_ line: Substring, number: Int) {
        self.number = number
        words = line.split(separator: " ", omittingEmptySubsequences: false)[...]
    }

    /// Tells the builder what the line says.
    mutating func tell(_ builder: inout HistoryBuilder<Register>) throws(HistoryProblem) {
        let now = Moment(nanoseconds: try next("nanoseconds") { Int64($0) })
        let id = try next("an operation, as n3#7", Self.name)
        switch try next("'invoke' or 'answer'", { $0 == "invoke" || $0 == "answer" ? $0 : nil }) {
        case "invoke":
            let key = try next("a key") { UInt64($0) }
            let operation = try operation()
            try end()
            try builder.invoke(id, key: key, operation, at: now)
        default:
            let answer = try answer()
            try end()
            try builder.answer(id, answer, at: now)
        }
    }

    private mutating func operation() throws(HistoryProblem) -> Register.Operation {
        let kinds = ["read", "write", "compare-and-set"]
        let kind = try next("one of " + kinds.joined(separator: ", ")) { word in
            kinds.first { word == $0 }
        }
        switch kind {
        case "read": return .read
        case "write": return .write(try next("a value, as 0x6162", Self.bytes))
        default:
            let expected = try value()
            return .compareAndSet(
                expected: expected, value: try next("a value, as 0x6162", Self.bytes))
        }
    }

    private mutating func answer() throws(HistoryProblem) -> Register.Answer {
        let kinds = ["written", "value", "mismatch", "differs"]
        let kind = try next("one of " + kinds.joined(separator: ", ")) { word in
            kinds.first { word == $0 }
        }
        switch kind {
        case "written": return .written
        case "value": return .value(try value())
        case "mismatch": return .mismatch(try value())
        default: return .differs
        }
    }

    private mutating func value() throws(HistoryProblem) -> [UInt8]? {
        if words.first == "-" {
            words.removeFirst()
            return nil
        }
        return try next("a value, as 0x6162, or -", Self.bytes)
    }

    private mutating func next<Value>(
        _ expected: String, _ read: (Substring) -> Value?
    ) throws(HistoryProblem) -> Value {
        guard let word = words.popFirst() else {
            throw .malformed(line: number, found: "the end of the line", expected: expected)
        }
        guard let value = read(word) else {
            throw .malformed(line: number, found: "'\(word)'", expected: expected)
        }
        return value
    }

    private func end() throws(HistoryProblem) {
        if let word = words.first {
            throw .malformed(line: number, found: "'\(word)'", expected: "the end of the line")
        }
    }

    private static func name(_ word: Substring) -> OperationID? {
        guard word.first == "n" else { return nil }
        let parts = word.dropFirst().split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, let client = UInt32(parts[0]), let number = UInt64(parts[1]) else {
            return nil
        }
        return OperationID(client: NodeID(client), number: number)
    }

    private static func bytes(_ word: Substring) -> [UInt8]? {
        let digits = word.dropFirst(2).utf8
        guard word.hasPrefix("0x"), digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        var high: UInt8?
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { return nil }
            if let half = high {
                bytes.append(half << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return bytes
    }
}
