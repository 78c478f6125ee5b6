import Foundation
import Measurement
import Quantities

/// A run of wrk, the HTTP client of others that asks over many connections as fast as it is answered.
struct WrkRun {
    /// Requests that were answered a second.
    let rate: Double

    /// Debian's package.
    static let package = "wrk"

    /// What wrk calls itself and its version; nil where it is not installed.
    static func version(scratch: String) -> String? {
        // It ends with 1 after it has said its version.
        guard let text = try? output(of: ["--version"], scratch, endingWith: 1) else { return nil }
        let words = text.split(whereSeparator: \.isWhitespace).prefix(2)
        return words.first == "wrk" ? words.joined(separator: " ") : nil
    }

    /// Asks `url` over so many connections of one thread for so many seconds.
    init(_ url: String, connections: Int, seconds: Int, scratch: String) throws {
        try self.init(
            reading: Self.output(
                of: [
                    "--threads", "1", "--connections", "\(connections)", "--duration",
                    "\(seconds)s", url,
                ], scratch, endingWith: 0))
    }

    /// Reads what wrk has printed.
    ///
    /// - Throws: `Unreadable` where there is no rate, or where an answer was missing or no success.
    init(reading text: String) throws {
        var rate: Double?
        for line in text.split(whereSeparator: \.isNewline) {
            if line.contains("Socket errors:") || line.contains("Non-2xx") {
                throw Unreadable(reason: line.trimmingCharacters(in: .whitespaces))
            }
            let words = line.split(whereSeparator: \.isWhitespace)
            if words.count == 2, words[0] == "Requests/sec:" { rate = Double(words[1]) }
        }
        guard let rate, rate.isFinite, rate > 0 else {
            throw Unreadable(reason: "no requests a second")
        }
        self.rate = rate
    }

    /// What wrk said that is no result.
    struct Unreadable: Error, CustomStringConvertible {
        let reason: String
        var description: String { "wrk's result cannot be used: \(reason)" }
    }

    private static func output(
        of arguments: [String], _ scratch: String, endingWith status: Int32
    ) throws -> String {
        let file = "\(scratch)/wrk"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let outcome = try ChildProcess("wrk", arguments, inOwnGroup: false).run(
            output: file, errors: "/dev/null", limit: .seconds(120), shouldStop: { false })
        guard outcome == .exited(status) else {
            throw Unreadable(reason: "it ended with \(outcome)")
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        return String(decoding: data, as: UTF8.self)
    }
}
