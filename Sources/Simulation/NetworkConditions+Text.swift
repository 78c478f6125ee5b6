import StateMachines

/// The text form: a word for each condition that is not the default, `delay=uniform:1ms:5ms loss=0.1`.
extension NetworkConditions: CustomStringConvertible {
    /// The text form, from which `init(parsing:)` makes the same conditions again; empty for the defaults.
    public var description: String {
        let usual = NetworkConditions()
        var words: [String] = []
        if delay != usual.delay { words.append("delay=\(delay)") }
        if loss != usual.loss { words.append("loss=\(loss)") }
        if duplication != usual.duplication { words.append("duplication=\(duplication)") }
        if reordering != usual.reordering { words.append("reordering=\(reordering)") }
        if lateness != usual.lateness { words.append("lateness=\(lateness)") }
        if let bandwidth { words.append("bandwidth=\(bandwidth)") }
        if backlog != usual.backlog { words.append("backlog=\(backlog)") }
        if crossing != usual.crossing { words.append("crossing=\(crossing)") }
        if let geography { words += geography.words }
        return words.joined(separator: " ")
    }

    /// The conditions that a text says; whether they are possible `validate` says.
    public init(parsing text: String) throws(SimulationProblem) {
        var line = ScheduleLine(text, number: 1)
        try self.init(&line)
    }

    /// Takes the rest of a line.
    init(_ line: inout ScheduleLine) throws(SimulationProblem) {
        self.init()
        var regions: [Int]?
        var delays: [[DelayDistribution]]?
        while !line.isEmpty {
            let word = try line.word("a condition")
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw line.problem("'\(word)'", Self.form) }
            let value = parts[1]
            switch parts[0] {
            case "delay": delay = try Self.delay(value, line)
            case "loss": loss = try Self.share(value, line)
            case "duplication": duplication = try Self.share(value, line)
            case "reordering": reordering = try Self.share(value, line)
            case "lateness": lateness = try Self.delay(value, line)
            case "bandwidth": bandwidth = try Self.count(value, line)
            case "backlog": backlog = try Self.count(value, line)
            case "crossing": crossing = try Self.share(value, line)
            case "regions": regions = try Self.list(value, ",", line, Self.count)
            case "between":
                delays = try Self.list(value, "/", line) { row, line throws(SimulationProblem) in
                    try Self.list(row, ",", line, Self.delay)
                }
            default: throw line.problem("'\(word)'", Self.form)
            }
        }
        guard (regions == nil) == (delays == nil) else {
            throw line.problem("one of regions= and between=", "both or neither")
        }
        if let regions, let delays { geography = Geography(regions: regions, delays: delays) }
    }

    private static let form =
        "one of delay=, loss=, duplication=, reordering=, lateness=, bandwidth=, backlog=, crossing=, "
        + "regions=, between="

    private static func delay(
        _ text: Substring, _ line: ScheduleLine
    ) throws(SimulationProblem) -> DelayDistribution {
        try line.parse(text, DelayDistribution.form) { DelayDistribution(text: $0) }
    }

    private static func share(
        _ text: Substring, _ line: ScheduleLine
    ) throws(SimulationProblem) -> Double {
        try line.parse(text, "a share from 0 to 1") { Double($0) }
    }

    private static func count(
        _ text: Substring, _ line: ScheduleLine
    ) throws(SimulationProblem) -> Int {
        try line.parse(text, "a whole number") { Int(plain: $0) }
    }

    private static func list<Value>(
        _ text: Substring, _ separator: Character, _ line: ScheduleLine,
        _ read: (Substring, ScheduleLine) throws(SimulationProblem) -> Value
    ) throws(SimulationProblem) -> [Value] {
        var values: [Value] = []
        for part in text.split(separator: separator, omittingEmptySubsequences: false) {
            values.append(try read(part, line))
        }
        return values
    }
}

extension Geography {
    /// The regions of n0, n1 …, and the rows of the table.
    fileprivate var words: [String] {
        let rows = delays.map { $0.map(\.description).joined(separator: ",") }
        return [
            "regions=" + regions.map(String.init).joined(separator: ","),
            "between=" + rows.joined(separator: "/"),
        ]
    }
}
