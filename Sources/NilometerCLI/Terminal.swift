import Foundation
import Glibc
import Hardware
import Reporting
import Runs
import Synchronization

/// The terminal: what may be coloured, where progress goes.
enum Terminal {
    /// Whether standard output is a terminal that wants colour (https://no-color.org).
    static let wantsColour =
        isatty(STDOUT_FILENO) == 1
        && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty

    /// Whether progress is shown: only when standard error is a terminal.
    static let showsProgress = isatty(STDERR_FILENO) == 1

    /// Writes a line to standard error.
    static func error(_ line: String) { write(line + "\n", to: FileHandle.standardError) }

    /// Writes text as it is to standard output.
    static func output(_ text: String) { write(text, to: FileHandle.standardOutput) }

    /// Writes one JSON document to standard output.
    static func output(json value: some Encodable) throws {
        output(String(decoding: try RunFiles.json(value), as: UTF8.self))
    }

    /// How the machine's page is set off.
    static var machineStyle: MachineDescription.Style {
        guard wantsColour else { return MachineDescription.Style() }
        return MachineDescription.Style(
            heading: { "\u{1B}[1m\($0)\u{1B}[0m" }, unknown: { "\u{1B}[33m\($0)\u{1B}[0m" },
            source: { "\u{1B}[2m\($0)\u{1B}[0m" })
    }

    /// How tables are set off.
    static var tableStyle: TextStyle {
        guard wantsColour else { return .plain }
        return TextStyle { part, text in
            switch part {
            case .title: "\u{1B}[1m\(text)\u{1B}[0m"
            case .note, .header: "\u{1B}[2m\(text)\u{1B}[0m"
            case .doubt: "\u{1B}[33m\(text)\u{1B}[0m"
            case .verdict(.reproduced): "\u{1B}[32m\(text)\u{1B}[0m"
            case .verdict(.refuted), .verdict(.inconsistent): "\u{1B}[31m\(text)\u{1B}[0m"
            case .verdict: "\u{1B}[33m\(text)\u{1B}[0m"
            case .figure, .body: text
            }
        }
    }

    private static func write(_ text: String, to handle: FileHandle) {
        do {
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            // A reader that has gone away has no further interest; anything else (a full disk
            // behind a redirection) is remembered, and the exit code says so.
            if !isBrokenPipe(error), handle === FileHandle.standardOutput {
                outputHasFailed.store(true, ordering: .relaxed)
            }
        }
    }

    /// Whether something could not be written to standard output.
    static let outputHasFailed = Atomic<Bool>(false)

    private static func isBrokenPipe(_ error: any Error) -> Bool {
        let cocoa = error as NSError
        let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError ?? cocoa
        return underlying.code == Int(EPIPE)
    }
}

/// The progress line on standard error: bar, time left, current workload, running figure.
struct ProgressLine {
    private let start = Date()
    private var lastWidth = 0

    /// Replaces the line. `done` of `total` seconds of measurement are over.
    mutating func show(done: Double, total: Double, label: String) {
        guard Terminal.showsProgress else { return }
        let share = total > 0 ? min(1, done / total) : 0
        let elapsed = Date().timeIntervalSince(start)
        let left = share > 0.02 ? Int((elapsed / share - elapsed).rounded()) : Int(total - done)
        let filled = Int((share * 24).rounded())
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let text = "\(bar) \(Int(share * 100)) %  \(left) s left  \(label)"
        let clipped = String(text.prefix(columns - 1))
        let padding = String(repeating: " ", count: max(0, lastWidth - clipped.count))
        write("\r" + clipped + padding)
        lastWidth = clipped.count
    }

    /// Removes the line.
    mutating func clear() {
        guard lastWidth > 0 else { return }
        write("\r" + String(repeating: " ", count: lastWidth) + "\r")
        lastWidth = 0
    }

    private var columns: Int {
        Int(ProcessInfo.processInfo.environment["COLUMNS"] ?? "") ?? 100
    }

    private func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
