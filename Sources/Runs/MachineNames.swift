import Glibc

/// What texts of a run may say of the one machine it ran on, beside what the machine is: its name, its
/// user's name, and paths. Taken out of what is published.
public struct MachineNames: Sendable {
    /// What stands for a path.
    public static let path = "PATH"
    /// What stands for the name of the machine or of its user.
    public static let name = "NAME"

    /// Directories whose names are alike everywhere.
    private static let commonRoots: Set<Substring> = [
        "sys", "proc", "dev", "etc", "usr", "lib", "lib64", "bin", "sbin",
    ]
    /// Names that say nothing of anybody.
    private static let commonNames: Set<String> = ["localhost", "root", "none", "unknown", ""]

    private let names: [String]

    /// The names of a machine and its user; those that many have are passed over.
    public init(_ names: [String]) {
        self.names = names.filter { !MachineNames.commonNames.contains($0) }
    }

    /// Those of this machine and of who runs the process.
    public static func here(user: String?) -> MachineNames {
        var buffer = [CChar](repeating: 0, count: 256)
        // SAFETY: the kernel writes at most the length that it is given, one less than the buffer has.
        let isKnown = unsafe gethostname(&buffer, buffer.count - 1) == 0
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let host = isKnown ? String(decoding: bytes, as: UTF8.self) : ""
        return MachineNames([host, user ?? ""])
    }

    /// A JSON document with paths and names taken out of its values; its keys stay.
    func scrubbed(json text: String) -> String {
        var result = ""
        var literal = ""
        var isInside = false
        var isEscaped = false
        var rest = text[...]
        while let character = rest.popFirst() {
            guard isInside else {
                result.append(character)
                isInside = character == "\""
                continue
            }
            if character == "\"", !isEscaped {
                let isKey = rest.first { $0 != " " } == ":"
                result += (isKey ? literal : scrubbed(value: literal)) + "\""
                (literal, isInside) = ("", false)
                continue
            }
            isEscaped = character == "\\" && !isEscaped
            literal.append(character)
        }
        return result + literal
    }

    private func scrubbed(value: String) -> String {
        names.reduce(scrubbed(text: value)) { MachineNames.replaced($1, in: $0) }
    }

    /// A text with its absolute paths taken out, but for those below directories that all machines
    /// have, of which only long identifiers are.
    func scrubbed(text: String) -> String {
        guard text.contains("/") else { return text }
        var result = ""
        var rest = text[...]
        var before: Character = " "
        while let character = rest.first {
            let starts = character == "/" && !MachineNames.isOfName(before) && before != "/"
            let path = starts ? rest.prefix { !MachineNames.ends($0) } : ""
            guard starts, MachineNames.isPath(path) else {
                result.append(character)
                before = character
                rest.removeFirst()
                continue
            }
            result += MachineNames.published(path)
            before = path.last ?? " "
            rest.removeFirst(path.count)
        }
        return result
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_.~-".contains(character)
    }

    private static func ends(_ character: Character) -> Bool {
        character.isWhitespace || "\"'`,;()[]{}<>|\\".contains(character)
    }

    /// Whether it is more than the `/s` of a unit.
    private static func isPath(_ text: Substring) -> Bool {
        let parts = text.split(separator: "/")
        guard let first = parts.first, !text.hasPrefix("//") else { return false }
        return parts.count > 1 || first.count > 2
    }

    private static func published(_ path: Substring) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count > 1, commonRoots.contains(parts[1]) else { return Self.path }
        return parts.map { part in
            part.count >= 32 && part.allSatisfy(\.isHexDigit) ? "ID" : String(part)
        }.joined(separator: "/")
    }

    /// `text` with every whole word `word` replaced.
    private static func replaced(_ word: String, in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: word) {
            let before =
                found.lowerBound == text.startIndex
                ? " " : text[text.index(before: found.lowerBound)]
            let after = found.upperBound == text.endIndex ? " " : text[found.upperBound]
            let isWhole = !isOfName(before) && !isOfName(after)
            result += rest[..<found.lowerBound] + (isWhole ? name : word)
            rest = rest[found.upperBound...]
        }
        return result + rest
    }
}

extension Manifest {
    /// The manifest without what `names` takes out; of the program only its own name is left.
    func scrubbed(_ names: MachineNames) throws -> Manifest {
        var copy = self
        if let program = command.first {
            copy.command[0] = program.split(separator: "/").last.map(String.init) ?? program
        }
        return try Scrubbing.scrubbed(copy, names)
    }
}

/// Takes names out of what is written as JSON.
enum Scrubbing {
    static func scrubbed<Value: Codable>(_ value: Value, _ names: MachineNames) throws -> Value {
        let text = String(decoding: try RunFiles.json(value), as: UTF8.self)
        return try RunFiles.decoded(Value.self, from: names.scrubbed(json: text))
    }
}
