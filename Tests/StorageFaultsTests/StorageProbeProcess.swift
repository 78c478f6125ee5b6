import Foundation
import Glibc

/// A process of StorageProbe and the directory that it works in.
final class StorageProbeProcess {
    /// The executable beside the test bundle.
    private static let executable: URL = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = own.deletingLastPathComponent().appendingPathComponent("StorageProbe")
        if FileManager.default.fileExists(atPath: beside.path) { return beside }
        // The test runner of the toolchain loads the bundle: then its path is an argument.
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: argument).deletingLastPathComponent()
            .appendingPathComponent("StorageProbe")
    }()

    /// A directory that is removed in the end.
    let directory: URL
    private let subject: String
    /// What was promised so far, as the program wrote it: series and number, eight bytes each.
    private(set) var promises = Data()

    init(_ subject: String) throws {
        self.subject = subject
        directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("nilometer-probe-\(subject)-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// What the program said when it ended by itself.
    struct Ending: Equatable {
        let status: Int32
        let text: String
    }

    /// Runs the program until it has made `count` promises more, kills it, and takes in what it has
    /// promised until then. Returns how it ended if it did so by itself.
    func run(untilPromises count: Int) throws -> Ending? {
        let (process, output, errors) = try start("run")
        var taken = Data()
        while taken.count < count * 16 {
            let part = output.fileHandleForReading.availableData
            if part.isEmpty { break }
            taken += part
        }
        kill(process.processIdentifier, SIGKILL)
        taken += output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        promises += taken
        guard process.terminationReason == .exit else { return nil }
        return ending(process, errors)
    }

    /// Has the program hold what is there against what was promised.
    func check() throws -> Ending {
        let (process, output, errors) = try start("check")
        _ = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return ending(process, errors)
    }

    /// Adds a promise that nobody made.
    func pretend(series: UInt64, number: UInt64) {
        for word in [series, number] {
            promises.append(contentsOf: (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) })
        }
    }

    /// Keeps only the last of the promises: enough where each is above all before it.
    func keepLast() { promises = Data(promises.suffix(16)) }

    /// The numbers of all promises.
    var numbers: [UInt64] {
        stride(from: 8, to: promises.count, by: 16).map { start in
            promises[promises.startIndex + start..<promises.startIndex + start + 8].reversed()
                .reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private func start(_ verb: String) throws -> (Process, output: Pipe, errors: Pipe) {
        let promised = directory.appendingPathComponent("promises")
        try promises.write(to: promised)
        let process = Process()
        process.executableURL = StorageProbeProcess.executable
        process.arguments = [verb, subject, directory.path, promised.path]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        return (process, output, errors)
    }

    private func ending(_ process: Process, _ errors: Pipe) -> Ending {
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        return Ending(
            status: process.terminationStatus, text: String(decoding: text, as: UTF8.self))
    }
}
