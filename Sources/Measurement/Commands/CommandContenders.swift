/// The commands of a workload as contenders, and under each what starting a process in its way
/// costs.
public struct CommandContenders: Sendable {
    /// The commands, in their order, then the floors.
    public let all: [CommandRounds.Contender]
    /// How many of them are commands.
    public let commandCount: Int
    private let floors: [Int]

    /// The contenders of `commands`; throws where a program is not found.
    public init(_ commands: MeasuredCommands) throws(CommandProgram.Failure) {
        var texts: [CommandText] = []
        var contenders: [CommandRounds.Contender] = []
        for contender in commands.contenders {
            let text = try CommandContenders.parsed(contender.text)
            texts.append(text)
            contenders.append(
                CommandRounds.Contender(
                    name: contender.name, program: try CommandProgram(text), text: text.text,
                    usesShell: text.needsShell))
        }
        commandCount = contenders.count
        var floors: [Int] = []
        for text in texts {
            let program = try CommandProgram.floor(usesShell: text.needsShell)
            let name = CommandContenders.floorName(usesShell: text.needsShell)
            if let index = contenders.firstIndex(where: { $0.name == name }) {
                floors.append(index)
            } else {
                floors.append(contenders.count)
                contenders.append(
                    CommandRounds.Contender(
                        name: name, program: program,
                        text: program.arguments.joined(separator: " "),
                        usesShell: text.needsShell))
            }
        }
        all = contenders
        self.floors = floors
    }

    /// The index of the floor under the command of this index.
    public func floor(of command: Int) -> Int { floors[command] }

    /// The contender's name of the floor.
    public static func floorName(usesShell: Bool) -> String { usesShell ? "floor-sh" : "floor" }

    private static func parsed(_ text: String) throws(CommandProgram.Failure) -> CommandText {
        do {
            return try CommandText(text)
        } catch {
            throw .invalid(error)
        }
    }
}
