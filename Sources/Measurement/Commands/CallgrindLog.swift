/// What valgrind's tools say of how many instructions the processes of a program executed.
public struct CallgrindLog: Hashable, Sendable {
    /// The doubt about a process that became another program: callgrind forgets what it counted.
    public static let replaced =
        "a process became another program (exec), what it did before is not counted"
    /// The doubt about a fork that stayed the same program: its count begins with its parent's.
    public static let forked =
        "a process forked without exec, what its parent had done is counted twice"
    /// The doubt about a process that was killed, or ended past callgrind.
    public static let unfinished = "a process ended without giving its count"

    /// The instructions of all processes that gave a number; `nil` where none did.
    public let instructions: Int?
    /// Why that may not be all of them, or more than all.
    public let doubts: [String]

    private struct Process {
        var starts = 0
        var count: Int?
    }

    /// Reads what all processes of one run wrote, one after another or line by line in turns.
    public init(_ text: String) {
        var processes: [Process] = []
        var indices: [Substring: Int] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            // Every line begins with its process between two marks of its kind.
            let number = line.dropFirst(2).prefix { $0.isNumber }
            guard !number.isEmpty else { continue }
            let index = indices[number] ?? processes.count
            if index == processes.count {
                indices[number] = index
                processes.append(Process())
            }
            let words = line.dropFirst(2 + number.count + 2)
            if words.hasPrefix(" Callgrind, ") { processes[index].starts += 1 }
            if processes[index].count == nil {
                processes[index].count = Self.instructions(in: line)
            }
        }
        let counts = processes.compactMap(\.count)
        instructions = counts.isEmpty ? nil : counts.reduce(0, +)
        var doubts: [String] = []
        if processes.contains(where: { $0.starts > 1 }) { doubts.append(Self.replaced) }
        if processes.contains(where: { $0.starts == 0 && $0.count != nil }) {
            doubts.append(Self.forked)
        }
        if processes.contains(where: { $0.count == nil }) { doubts.append(Self.unfinished) }
        self.doubts = doubts
    }

    /// The instructions of the process that wrote `text`: the first number after `Collected :`
    /// (callgrind), or that after `I refs:` (callgrind and cachegrind); `nil` where there is none,
    /// as when the program was killed.
    ///
    /// Lines look like `==123== Collected : 164227` and `==123== I   refs:      164,227`.
    public static func instructions(in text: some StringProtocol) -> Int? {
        for line in String(text).split(whereSeparator: \.isNewline) {
            guard let colon = line.lastIndex(of: ":") else { continue }
            let name = line[..<colon].split(separator: " ")
            let isCount =
                name.suffix(1) == ["Collected"] || name.suffix(2) == ["I", "refs"]
            let first = line[line.index(after: colon)...].split(separator: " ").first
            guard isCount, let first else { continue }
            return Int(first.filter { $0 != "," })
        }
        return nil
    }
}
