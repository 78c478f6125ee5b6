import Quantities

/// The commands that a workload of the benchmark `command` measures, and how.
///
/// They travel beside the parameters, not among them: a command may hold any character.
public struct MeasuredCommands: Codable, Hashable, Sendable {
    /// The benchmark that measures commands.
    public static let benchmark = "command"
    /// How long a run may take unless somebody says otherwise.
    public static let defaultLimit = Nanoseconds.seconds(600)

    /// A command under the name that its figures carry.
    public struct Contender: Codable, Hashable, Sendable {
        /// The value of `contender` in the figures' parameters.
        public let name: String
        /// The command as typed.
        public let text: String
    }

    /// One command, or the reference and what is held against it.
    public let contenders: [Contender]
    /// How long one run may take, in nanoseconds, before it is ended.
    public var limit: Double
    /// Whether a run that ends with a status other than 0 counts all the same.
    public var ignoresFailure: Bool
    /// Whether instructions are counted, in runs of their own.
    public var countsInstructions: Bool
    /// Whether the commands are bound to the request's processing units.
    public var isBound: Bool
    /// Whether the process that runs them adopts what they orphan, and ends it after every run: not
    /// for a process that has other children. `nil` is no.
    public var adoptsOrphans: Bool?
    /// What was noticed as the commands were checked, a line each: it goes to the notes of the
    /// figures. `nil` where they were not checked, or nothing was noticed.
    public var remarks: [String]?

    /// The command `first`, alone or against `second`. Contenders are called as their programs are
    /// where that tells them apart, `A` and `B` otherwise.
    public init(
        _ first: CommandText, against second: CommandText? = nil,
        limit: Nanoseconds = MeasuredCommands.defaultLimit
    ) {
        let commands = [first] + [second].compactMap { $0 }
        let names = MeasuredCommands.names(of: commands)
        contenders = zip(names, commands).map { Contender(name: $0, text: $1.text) }
        self.limit = limit.rawValue
        ignoresFailure = false
        countsInstructions = false
        isBound = false
    }

    /// What is held against the first, where there are two.
    public var second: Contender? { contenders.count > 1 ? contenders[1] : nil }

    private static func names(of commands: [CommandText]) -> [String] {
        let programs = commands.map(\.programName)
        let areFit = programs.allSatisfy { name in
            // Names of floors are taken; figures' parameters need some characters for themselves.
            !name.hasPrefix("floor") && (try? ParameterSet([("contender", name)])) != nil
        }
        guard areFit, Set(programs).count == programs.count else {
            return Array(["A", "B"].prefix(commands.count))
        }
        return programs
    }
}
