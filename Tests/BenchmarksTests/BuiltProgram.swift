import Foundation
import Synchronization

@testable import Benchmarks

/// The built executable beside the test bundle, which serves what this program does not.
enum BuiltProgram {
    static let path: String = {
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = bundle.deletingLastPathComponent().appendingPathComponent("nilometer").path
        if FileManager.default.fileExists(atPath: beside) { return beside }
        // The test runner of the toolchain loads the bundle: then its path is an argument.
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
        return URL(fileURLWithPath: argument).deletingLastPathComponent()
            .appendingPathComponent("nilometer").path
    }()

    /// Lets it serve the processes of `storage.scaling` and `supervision.restart`.
    static func servesCounters() {
        BenchmarkProcesses.program.withLock { $0 = path }
    }
}
