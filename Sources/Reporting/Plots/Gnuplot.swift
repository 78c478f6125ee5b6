import Foundation
import Glibc
import Measurement
public import Quantities

/// The gnuplot that draws the pictures.
public struct Gnuplot: Sendable {
    /// Path of the program.
    public let program: String

    /// The first `gnuplot` in the directories of `searchPath`.
    ///
    /// - Parameter searchPath: directories divided by colons; by default the environment's `PATH`.
    /// - Throws: `gnuplotMissing` when there is none.
    public init(
        searchPath: String = Gnuplot.environmentSearchPath
    ) throws(ReportingError) {
        for directory in searchPath.split(separator: ":") {
            let candidate = "\(directory)/gnuplot"
            // SAFETY: the path is copied by the kernel during the call.
            if unsafe access(candidate, X_OK) == 0 {
                program = candidate
                return
            }
        }
        throw .gnuplotMissing(searchPath: searchPath)
    }

    /// The environment's `PATH`; empty when there is none.
    public static var environmentSearchPath: String {
        ProcessInfo.processInfo.environment["PATH"] ?? ""
    }

    /// Runs `script` in `directory`, as `cd DIRECTORY && gnuplot SCRIPT` would, with no settings
    /// of the user's own.
    ///
    /// - Parameters:
    ///   - limit: after this time gnuplot is ended.
    ///   - shouldStop: asked every few milliseconds; when true gnuplot is ended.
    public func run(
        _ script: String, in directory: String, limit: Nanoseconds = .seconds(60),
        shouldStop: () -> Bool = { false }
    ) throws(ReportingError) {
        try run([script], in: directory, limit: limit, shouldStop: shouldStop)
    }

    /// Runs the scripts of pictures one after the other in one process, each as it would run alone. An
    /// error names the first of them, whichever it was.
    func run(
        _ scripts: [String], in directory: String, limit: Nanoseconds, shouldStop: () -> Bool
    ) throws(ReportingError) {
        guard let script = scripts.first else { return }
        let messages = "\(directory)/.\(script).messages"
        // SAFETY: the path is copied by the kernel during the call.
        defer { _ = unsafe unlink(messages) }
        // What a script takes from the command line must not come from the one before.
        let rest = scripts.dropFirst().flatMap { ["-e", "undefine out", $0] }
        // `env` changes the directory for the child alone.
        let child = ChildProcess(
            "/usr/bin/env", ["--chdir=\(directory)", program, "-d", script] + rest)
        let outcome: ChildProcess.Outcome
        do {
            outcome = try child.run(
                output: "/dev/null", errors: messages, limit: limit, shouldStop: shouldStop)
        } catch {
            throw .cannotStart(program: program, reason: "\(error)")
        }
        switch outcome {
        case .exited(0): return
        case .exited(let status): throw failure(script, "status \(status)", messages)
        case .signalled(let signal): throw failure(script, "signal \(signal)", messages)
        case .timedOut: throw .drawingTooSlow(script: script, limit: "\(limit)")
        case .stopped: throw .stopped(script: script)
        }
    }

    private func failure(
        _ script: String, _ status: String, _ messages: String
    ) -> ReportingError {
        let text =
            FileManager.default.contents(atPath: messages)
            .map { String(decoding: $0, as: UTF8.self) } ?? ""
        let lines = text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        let end = DisplayText.clean(lines.suffix(3).joined(separator: " "))
        return .drawingFailed(script: script, status: status, message: end)
    }
}
