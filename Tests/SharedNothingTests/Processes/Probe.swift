import CNilometerShims
import Foundation
import Glibc
import Hardware
import SharedNothing
import Testing

/// The program that the tests run workers in.
enum Probe {
    /// The executable beside the test bundle.
    static let executable: String = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = own.deletingLastPathComponent().appendingPathComponent("WorkerProbe").path
        if FileManager.default.fileExists(atPath: beside) { return beside }
        // The test runner of the toolchain loads the bundle: then its path is an argument.
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: argument).deletingLastPathComponent()
            .appendingPathComponent("WorkerProbe").path
    }()

    /// How its workers are started. No backtraces of what is meant to crash.
    static func options(
        messageBytes: Int = 1 << 16, answerBytes: Int = 1 << 16, hardwareThreads: CPUSet? = nil
    ) -> ProcessOptions {
        ProcessOptions(
            executable: executable, messageBytes: messageBytes, answerBytes: answerBytes,
            variables: ["SWIFT_BACKTRACE=enable=no"], hardwareThreads: hardwareThreads)
    }

    /// Kills a process as the system may, past its owner, and waits until it has ended.
    static func kill(_ process: Int32) throws {
        let watch = nilometer_watch_process(process)
        try #require(watch >= 0)
        defer { close(watch) }
        Glibc.kill(process, SIGKILL)
        while nilometer_await_readable(watch, 10_000) < 0 { continue }
    }

    /// Later than any wait of a test that goes as it should.
    static var watchdog: Deadline { Deadline(after: .seconds(60), from: .now()) }
}
