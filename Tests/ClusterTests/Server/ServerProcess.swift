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

    /// What it says, line by line.
    private struct Said {
        var address: Address?
        var roles: [String] = []
        var rest: [UInt8] = []
        var isOver = false

        mutating func take(_ data: Data) {
            rest += data
            var lines = rest.split(separator: 10, omittingEmptySubsequences: false)
            rest = Array(lines.removeLast())
            for line in lines {
                let words = String(decoding: line, as: UTF8.self).split(separator: " ")
                switch words.first {
                case "listening":
                    address = words.last.flatMap { try? Address(parsing: String($0)) }
                case "role": roles.append(words.dropFirst().first.map(String.init) ?? "")
                default: continue
                }
            }
        }
    }

    private let process = Process()
    private let input = Pipe()
    private let said = Signal(Said())
    /// Where it listens.
    let address: Address

    struct Silent: Error {}

    /// Starts it, and waits until it says where it listens. What it says later is read on a thread of
    /// its own.
    init(_ words: [String]) throws {
        let output = Pipe()
        output.fileHandleForReading.readabilityHandler = { [said] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            said.change { data.isEmpty ? $0.isOver = true : $0.take(data) }
        }
        process.executableURL = Self.executable
        process.arguments = ["node", "--supervised"] + words
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try said.wait("a server to listen") { $0.address != nil || $0.isOver }
        guard let address = said.change({ $0.address }) else { throw Silent() }
        self.address = address
    }

    deinit {
        // A test that fails leaves it running, or frozen: then it would not see its input end.
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    /// How many roles it has told.
    var rolesTold: Int { said.change { $0.roles.count } }

    /// Waits until it is a member of a chain, after as many roles as that.
    func awaitPlace(after count: Int = 0) throws(Overdue) {
        try said.wait("a place in the chain") { said in
            said.roles.count > count
                && ["head", "middle", "tail"].contains(said.roles.last ?? "")
        }
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
