import Foundation

/// A program that ran to its end.
struct Command {
    let status: Int32
    /// Standard output and standard error as they came.
    let output: String

    /// - Parameter environment: nil for the one of the tests.
    init(
        _ program: URL, _ arguments: [String], in directory: URL = Repository.root,
        environment: [String: String]? = nil
    ) throws {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = directory
        if let environment { process.environment = environment }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        status = process.terminationStatus
        output = String(decoding: said, as: UTF8.self)
    }
}
