import Measurement
import Quantities
import StrictYAML

extension Selection {
    /// One workload without a file, called as its benchmark is: the commands of a command line.
    public init(_ commands: MeasuredCommands, forks: Int, time: Nanoseconds) {
        let place = SourceLocation.option("--command")
        let name = Located(MeasuredCommands.benchmark, at: place)
        let workload = Workload(name, commands, forks: forks, time: time)
        self.init(suite: nil, items: [Selection.Item(workload)])
    }
}

extension YAMLMapping {
    /// The commands under `command` and `vs`: there where `benchmark` is the one that measures
    /// commands, and only there. The problems are thrown by `finish`.
    mutating func commands(of benchmark: String?) -> MeasuredCommands? {
        let command = optional("command") { value throws(InputProblems) in value }
        let vs = optional("vs") { value throws(InputProblems) in value }
        let place = location
        return collect { () throws(InputProblems) in
            try MeasuredCommands.read(command: command, vs: vs, of: benchmark, at: place)
        } ?? nil
    }
}

extension MeasuredCommands {
    /// What two keys of a workload say; `nil` for a benchmark that measures no commands, or that is
    /// not known.
    fileprivate static func read(
        command: YAMLValue?, vs: YAMLValue?, of benchmark: String?, at location: SourceLocation
    ) throws(InputProblems) -> MeasuredCommands? {
        guard let benchmark else { return nil }
        guard benchmark == Self.benchmark else {
            for (key, value) in [("command", command), ("vs", vs)] {
                guard let value else { continue }
                throw InputProblems(
                    at: value.location, found: "'\(key)' for the benchmark '\(benchmark)'",
                    expected: "it only beside 'benchmark: \(Self.benchmark)'")
            }
            return nil
        }
        guard let command else {
            throw InputProblems(
                at: location,
                found: "a workload of the benchmark '\(benchmark)' without 'command'",
                expected: "'command'")
        }
        let first = try command.commandText()
        let second = try vs.map { value throws(InputProblems) in try value.commandText() }
        return MeasuredCommands(first, against: second)
    }
}

extension YAMLValue {
    fileprivate func commandText() throws(InputProblems) -> CommandText {
        let text = try scalar("a command")
        do {
            return try CommandText(text)
        } catch {
            throw InputProblems(
                at: location, found: "\(error)", expected: "a command as a shell would take it")
        }
    }
}
