import Foundation

/// A run of RingProbe, from its start to its end.
struct ProbeRun {
    /// What it ended with.
    let status: Int32
    /// The lines of the standard output, and those of the standard error.
    let lines: [String], complaints: [String]

    /// The executable beside the test bundle.
    private static let executable: URL = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = own.deletingLastPathComponent().appendingPathComponent("RingProbe")
        if FileManager.default.fileExists(atPath: beside.path) { return beside }
        // The test runner of the toolchain loads the bundle: then its path is an argument.
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: argument).deletingLastPathComponent()
            .appendingPathComponent("RingProbe")
    }()

    /// Runs it with these words, which are parted by spaces.
    init(_ words: String) throws {
        let process = Process()
        process.executableURL = ProbeRun.executable
        process.arguments = words.split(separator: " ").map(String.init)
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        // Complaints are a few lines: they wait in their pipe.
        let told = output.fileHandleForReading.readDataToEndOfFile()
        let complained = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : -1
        lines = Self.lines(of: told)
        complaints = Self.lines(of: complained)
    }

    private static func lines(of data: Data) -> [String] {
        String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
