import Foundation
import Glibc
import Quantities

/// The parent's side of a fork: runs a request in a fresh process of this executable.
///
/// Request and record travel as JSON files in a scratch directory. The child is killed when it
/// takes far longer than it was given.
public struct ForkProcess: Sendable {
    /// Why a fork gave no record.
    public enum Failure: Error, CustomStringConvertible {
        /// The child ended in some other way than by finishing; with the end of what it wrote.
        case ended(String, errors: String)
        /// The run is being stopped.
        case stopped
        /// The child said that it finished but its record cannot be read.
        case unreadableRecord(path: String, reason: String)

        /// One line.
        public var description: String {
            switch self {
            case .ended(let how, let errors):
                errors.isEmpty ? "the fork \(how)" : "the fork \(how): \(errors)"
            case .stopped: "stopped"
            case .unreadableRecord(let path, let reason):
                "the fork's record '\(path)' cannot be read: \(reason)"
            }
        }
    }

    /// The hidden verb under which the executable serves a request: `VERB REQUEST RECORD`.
    public static let verb = "fork"

    let executable: String
    let scratch: String

    /// Forks run `executable` and keep their files under `scratch`, which exists.
    public init(executable: String = "/proc/self/exe", scratch: String) {
        self.executable = executable
        self.scratch = scratch
    }

    /// Runs `request` in a child and gives its record.
    public func run(
        _ request: ForkRequest, shouldStop: () -> Bool
    ) throws -> ForkRecord {
        let requestPath = "\(scratch)/request.json"
        let recordPath = "\(scratch)/record.json"
        let errorsPath = "\(scratch)/errors.txt"
        var request = request
        request.parent = getpid()
        try JSONEncoder().encode(request).write(to: URL(fileURLWithPath: requestPath))
        try? FileManager.default.removeItem(atPath: recordPath)
        // Set-up and peers may take longer than the measured part; a minute more is ample.
        let time = Nanoseconds(request.time)
        let limit = request.commands?.patience(for: time) ?? time * 10 + .seconds(60)
        let outcome = try ChildProcess(executable, [Self.verb, requestPath, recordPath]).run(
            output: "/dev/null", errors: errorsPath, limit: limit, shouldStop: shouldStop)
        switch outcome {
        case .exited(0): return try readRecord(recordPath)
        case .exited(let status):
            throw Failure.ended("ended with status \(status)", errors: lastLine(errorsPath))
        case .signalled(let signal):
            throw Failure.ended("was ended by signal \(signal)", errors: lastLine(errorsPath))
        case .timedOut:
            throw Failure.ended("was killed after \(limit)", errors: lastLine(errorsPath))
        case .stopped: throw Failure.stopped
        }
    }

    private func readRecord(_ path: String) throws -> ForkRecord {
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path))
            return try JSONDecoder().decode(ForkRecord.self, from: data)
        } catch {
            throw Failure.unreadableRecord(path: path, reason: "\(error)")
        }
    }

    /// The last line that is not empty, of the last 4 KiB: enough to say why, whatever was
    /// written before.
    private func lastLine(_ path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > 4096 ? size - 4096 : 0)
        let data = (try? handle.readToEnd()) ?? Data()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return lines.last.map(String.init) ?? ""
    }
}
