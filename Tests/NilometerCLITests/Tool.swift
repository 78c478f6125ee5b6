import Foundation
import Testing

/// The built executable, run as a user runs it, in a directory of its own.
struct Tool {
    /// What a run of the tool came to.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    let directory = NSTemporaryDirectory() + "nilometer-cli-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    /// The executable beside the test bundle.
    static let executable: String = {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = bundle.deletingLastPathComponent().appendingPathComponent("nilometer").path
        if FileManager.default.fileExists(atPath: beside) { return beside }
        // The test runner of the toolchain loads the bundle: then its path is an argument.
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: argument).deletingLastPathComponent()
            .appendingPathComponent("nilometer").path
    }()

    /// Runs the tool to its end.
    func callAsFunction(_ arguments: String...) throws -> Result { try run(arguments) }

    /// Runs the tool to its end; `whileRunning` is called with its process once it runs.
    func run(
        _ arguments: [String], environment: [String: String] = [:],
        whileRunning: (pid_t) -> Void = { _ in }
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.executable)
        process.arguments = arguments
        // What the user's own commands kept is nobody's test.
        let own = ["XDG_STATE_HOME": "\(directory)/state"].merging(environment) { $1 }
        process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }
        let files = ["out", "err"].map { "\(directory)/.\($0)-\(UUID().uuidString)" }
        for file in files { try Data().write(to: URL(fileURLWithPath: file)) }
        process.standardOutput = FileHandle(forWritingAtPath: files[0])
        process.standardError = FileHandle(forWritingAtPath: files[1])
        process.standardInput = FileHandle.nullDevice
        try process.run()
        whileRunning(process.processIdentifier)
        process.waitUntilExit()
        let texts = try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : -1,
            output: texts[0], errors: texts[1])
    }

    /// Writes a file into the directory and gives its path.
    func write(_ name: String, _ text: String) throws -> String {
        let path = "\(directory)/\(name)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}
