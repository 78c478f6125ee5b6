import Foundation
import Testing

/// What the compiler must refuse, so that a worker's state stays on its thread: each snippet is
/// given to the compiler together with the modules that these tests are built against.
@Suite(.enabled(if: Compiler.path != nil, "no swiftc is found on the PATH"))
struct CompileRejectionTests {
    @Test func `a worker that shares nothing is accepted`() throws {
        #expect(try Compiler.complaints(about: snippet()) == "")
    }

    @Test(arguments: [
        (
            "a message that may not cross threads",
            snippet(message: "Box", handle: ""), "conform to the 'Sendable' protocol"
        ),
        (
            "a response that may not cross threads",
            snippet(response: "Box", handle: "return state"), "conform to the 'Sendable' protocol"
        ),
        (
            "state that all workers would share",
            snippet(stored: "let shared = Box()"), "non-Sendable type 'Box'"
        ),
        (
            "state that is handed to a task",
            snippet(handle: "Task.detached { [state] in state.count += 1 }"), "data races"
        ),
        (
            "state that is sent away",
            snippet(handle: "giveAway(state)"), "data races"
        ),
        (
            "state that is sent away at the end",
            snippet(
                stored: """
                    func stop(_ state: consuming Box, _ context: borrowing WorkerContext<Int, Void>) {
                        giveAway(state)
                    }
                    """), "data races"
        ),
        (
            "a portion that may not cross threads",
            snippet(
                stored: """
                    func release(_ state: inout Box, moving movement: KeyMovement)
                        -> [MovedPortion<Box>] { [] }
                    func absorb(_ portion: Box, _ state: inout Box) {}
                    """), "conform to the 'Sendable' protocol"
        ),
        (
            "a context that is kept",
            snippet(handle: "keep(context)"), "cannot be consumed"
        ),
    ])
    func `the compiler refuses`(what: String, source: String, because: String) throws {
        let complaints = try Compiler.complaints(about: source)
        #expect(complaints.contains("error:"), "\(what) was accepted")
        #expect(
            complaints.contains(because), "\(what) was refused for another reason:\n\(complaints)")
    }
}

/// A worker with something wrong in one place, or with nothing wrong.
private func snippet(
    message: String = "Int", response: String = "Void", stored: String = "", handle: String = ""
) -> String {
    """
    import SharedNothing

    final class Box { var count = 0 }
    func giveAway(_ box: sending Box) {}
    func keep(_ context: consuming WorkerContext<\(message), \(response)>) {}

    struct Snippet: Worker {
        \(stored)
        func start(_ context: borrowing WorkerContext<\(message), \(response)>) -> Box { Box() }
        func handle(
            _ message: \(message), _ state: inout Box,
            _ context: borrowing WorkerContext<\(message), \(response)>
        ) -> \(response) { \(handle) }
    }
    """
}

/// The compiler that the tests were built with, as far as the PATH knows. Checking types is not
/// enough: what crosses threads and what is consumed is looked at in the passes after that.
private enum Compiler {
    static let path: String? = {
        let places = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return places.split(separator: ":").map { "\($0)/swiftc" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// What the compiler says of a source; empty when nothing.
    static func complaints(about source: String) throws -> String {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("nilometer-snippet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("Snippet.swift")
        try source.write(to: file, atomically: true, encoding: .utf8)

        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: path ?? "")
        process.arguments = arguments + [file.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let said = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: said, as: UTF8.self)
    }

    /// The modules lie beside the program that runs the tests; those of C libraries in the sources
    /// and, where SwiftPM has made their map, in its folder for the target.
    private static let arguments: [String] = {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let products = program.deletingLastPathComponent()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let maps =
            ["CHwloc", "CNuma", "CPapi", "CUring", "CXXHash"]
            .map { root.appendingPathComponent("Sources/\($0)/module.modulemap").path }
            + [products.appendingPathComponent("CNilometerShims.build/module.modulemap").path]
        return [
            "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-parse-as-library",
            "-enable-upcoming-feature", "ExistentialAny",
            "-I", products.appendingPathComponent("Modules").path,
        ] + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }
    }()
}
