import Glibc

/// A program that was found, with its arguments: what can be started.
public struct CommandProgram: Hashable, Sendable {
    /// Why a command cannot be started.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        /// No directory of `PATH` has a program of this name.
        case notOnPath(String)
        /// No such file, or one that may not be executed.
        case notExecutable(String)
        /// The text is not a command.
        case invalid(CommandText.Invalid)

        /// What was found and what was expected.
        public var description: String {
            switch self {
            case .notOnPath(let name): "there is no program '\(name)' on PATH"
            case .notExecutable(let path): "'\(path)' is not a file that can be executed"
            case .invalid(let reason): "\(reason)"
            }
        }
    }

    /// The file.
    public let path: String
    /// The words that it gets, its own name first.
    public let arguments: [String]

    /// A program.
    public init(path: String, arguments: [String]) {
        self.path = path
        self.arguments = arguments
    }

    /// The program that `command` starts, looked for as the shell would.
    public init(_ command: CommandText) throws(Failure) {
        let words = command.words ?? ["/bin/sh", "-c", command.text]
        self.init(path: try CommandProgram.file(words[0]), arguments: words)
    }

    /// The smallest program that a command started in the same way could be: what starting and
    /// ending a process costs.
    public static func floor(usesShell: Bool) throws(Failure) -> CommandProgram {
        usesShell
            ? CommandProgram(path: try file("/bin/sh"), arguments: ["/bin/sh", "-c", ":"])
            : CommandProgram(path: try file("true"), arguments: ["true"])
    }

    /// The file that `name` stands for: itself where it holds a slash, otherwise the first on
    /// `PATH`.
    static func file(_ name: String) throws(Failure) -> String {
        if name.contains("/") {
            guard isExecutable(name) else { throw .notExecutable(name) }
            return name
        }
        // SAFETY: the text is copied at once; nothing here changes the environment.
        let variable = unsafe getenv("PATH").map { unsafe String(cString: $0) }
        for directory in (variable ?? "/usr/bin:/bin").split(
            separator: ":", omittingEmptySubsequences: false)
        {
            let path = directory.isEmpty ? name : "\(directory)/\(name)"
            if !name.isEmpty, isExecutable(path) { return path }
        }
        throw .notOnPath(name)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        // SAFETY: `status` outlives the call.
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        // SAFETY: the path outlives the call.
        return unsafe access(path, X_OK) == 0
    }
}
