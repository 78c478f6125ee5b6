import Foundation
import Glibc
import Network

/// `nilometer node` in a process of its own, which ends with this one.
final class ServerProcess {
    /// The executable beside the test bundle.
    private static let executable: URL = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = own.deletingLastPathComponent().appendingPathComponent("nilometer")
        if FileManager.default.fileExists(atPath: beside.path) { return beside }
        // The test runner of the toolchain loads the bundle: then its path is an argument.
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: argument).deletingLastPathComponent()
            .appendingPathComponent("nilometer")
    }()

    private let process = Process()
    private let input = Pipe()
    /// Where it listens.
    let address: Address

    struct Silent: Error, CustomStringConvertible {
        let description: String
    }

    /// Starts it, and waits until it says where it listens.
    init(_ words: [String]) throws {
        let output = Pipe()
        process.executableURL = Self.executable
        process.arguments = ["node", "--supervised"] + words
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != 10 {
            let part = output.fileHandleForReading.availableData
            guard !part.isEmpty else { throw Silent(description: "it said '\(line)' and ended") }
            line += part
        }
        // What it does may already follow.
        let text = String(decoding: line, as: UTF8.self)
        guard let first = text.split(separator: "\n").first, first.hasPrefix("listening ") else {
            throw Silent(description: "it said '\(text)'")
        }
        address = try Address(parsing: String(first.dropFirst("listening ".count)))
    }

    func introduce(_ node: Int, at address: Address) throws {
        try input.fileHandleForWriting.write(contentsOf: Data("\(node) \(address)\n".utf8))
    }

    /// Stops it where it stands, and lets it go on.
    func freeze() { kill(process.processIdentifier, SIGSTOP) }
    func thaw() { kill(process.processIdentifier, SIGCONT) }

    /// Kills it, and waits until it is gone.
    func killNow() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Has it end in order. Says how it ended.
    func stop() throws -> Int32 {
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
