import Foundation
import Glibc
import Measurement

/// What texts of a run may say of the one machine it ran on, beside what the machine is: its name, its
/// user's name, and paths. Taken out of what is published.
///
/// Paths are taken out everywhere, names out of free text alone (command lines, notes, reasons, the
/// machine's facts): what names a figure stays, or a user called like a workload would part figures from
/// what is said of them.
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
    /// Options of compilers that a path follows without anything between; every single letter is one.
    private static let longOptions: Set<String> = [
        "-isystem", "-iquote", "-idirafter", "-include",
    ]

    /// Longer ones first, so that a name with its domain goes as a whole.
    private let names: [String]

    /// The names of a machine and its user; those that many have are passed over.
    public init(_ names: [String]) {
        self.names = Set(names).filter { !MachineNames.commonNames.contains($0) }
            .sorted { ($1.count, $0) < ($0.count, $1) }
    }

    /// Those of this machine and of who runs the process, and the `others`: of the machine that
    /// measured, when it was another.
    public static func here(and others: [String] = []) -> MachineNames {
        let host = MachineNames.host
        let label = host.split(separator: ".").first.map(String.init) ?? ""
        let named = ProcessInfo.processInfo.environment["USER"] ?? ""
        return MachineNames([host, label, MachineNames.user, named] + others)
    }

    private static var host: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // SAFETY: the kernel writes at most the length that it is given, one less than the buffer has.
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The name of who runs the process, by the system's table of users.
    private static var user: String {
        // SAFETY: the entry is the process's own, and read before anything else can ask for another.
        guard let entry = unsafe getpwuid(getuid()), let name = unsafe entry.pointee.pw_name else {
            return ""
        }
        // SAFETY: names of the table end with a zero.
        return unsafe String(cString: name)
    }

    /// A free text without paths and names.
    func scrubbed(text: String) -> String {
        names.reduce(scrubbed(identifier: text)) { MachineNames.replaced($1, in: $0) }
    }

    /// Whether `text` is one of the names and nothing else.
    func contains(_ text: String) -> Bool { names.contains(text) }

    /// What names a figure, without paths: names stay.
    func scrubbed(key: FigureKey) -> FigureKey {
        let parameters = scrubbed(identifier: key.parameters.description)
        return FigureKey(
            workload: scrubbed(identifier: key.workload),
            parameters: (try? ParameterSet(parsing: parameters)) ?? key.parameters,
            profile: scrubbed(identifier: key.profile), metric: scrubbed(identifier: key.metric))
    }

    /// A text with its absolute paths taken out, but for those below directories that all machines
    /// have, of which only long identifiers are.
    func scrubbed(identifier text: String) -> String {
        guard text.contains("/") else { return text }
        var result = ""
        var rest = text[...]
        var before: Character = " "
        while let character = rest.first {
            if character == "/", rest.hasPrefix("//"), result.hasSuffix("file:") {
                // Of `file://HOST/PATH` the host goes with the path.
                rest = rest.dropFirst(2).drop { $0 != "/" && !MachineNames.ends($0) }
                (result, before) = (result + "//", " ")
                continue
            }
            let follows = MachineNames.isOfName(before) && !MachineNames.endsInOption(result)
            let starts = character == "/" && !follows && before != "/"
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

    /// Whether `text` ends as `-I` does, before the path that it is of.
    private static func endsInOption(_ text: String) -> Bool {
        let option = String(text.reversed().prefix { $0.isLetter || $0 == "-" }.reversed())
        return option.hasPrefix("-") && (option.count == 2 || longOptions.contains(option))
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

    /// `text` with every whole word `word` replaced, the domain that follows a machine's name included.
    private static func replaced(_ word: String, in text: String) -> String {
        var result = ""
        var rest = text[...]
        while let found = rest.firstRange(of: word) {
            let before =
                found.lowerBound == text.startIndex
                ? " " : text[text.index(before: found.lowerBound)]
            let after = found.upperBound == text.endIndex ? " " : text[found.upperBound]
            let isWhole = !isOfWord(before) && !isOfWord(after)
            result += rest[..<found.lowerBound] + (isWhole ? name : word)
            rest = rest[found.upperBound...]
            if isWhole { rest = withoutDomain(rest) }
        }
        return result + rest
    }

    private static func isOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_-".contains(character)
    }

    /// What is left of `text` without the `.example.org` that it begins with.
    private static func withoutDomain(_ text: Substring) -> Substring {
        var rest = text
        while rest.first == ".", let next = rest.dropFirst().first, isOfWord(next) {
            rest = rest.dropFirst().drop(while: isOfWord)
        }
        return rest
    }
}
