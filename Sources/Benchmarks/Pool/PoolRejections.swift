import Foundation
import Measurement
import Quantities

/// Whether the compiler refuses what would be a data race.
enum PoolRejections: Benchmark {
    static let description = BenchmarkDescription(
        name: "pool.rejections",
        summary: "programs in which threads would race for a worker's state, a message or a "
            + "channel's end, given to the compiler; where there is one, and the sources beside it",
        parameters: [],
        metrics: [
            MetricSpecification(
                "rejected", .percent, .higher, .exact,
                "programs that must not compile and do not, of those"),
            MetricSpecification(
                "accepted", .percent, .higher, .exact,
                "programs that share nothing and compile, of those: without them the compiler "
                    + "might refuse everything"),
        ],
        processingUnits: 0,
        floor: "none: nothing is timed", isTimed: false)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let compiler: SnippetCompiler
        switch SnippetCompiler.here {
        case .success(let found): compiler = found
        case .failure(let obstacle):
            recorder.note("unavailable, \(obstacle)")
            return
        }
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let parameters = recorder.figureParameters()
        func record(_ metric: String, _ snippets: [RacySnippet]) throws -> Bool {
            var right = 0
            for snippet in snippets {
                let complaint = try compiler.complaint(about: snippet.source, in: directory.path)
                if snippet.explains(complaint) {
                    right += 1
                } else {
                    recorder.note("\(metric): not \(snippet.what): \(complaint ?? "it compiles")")
                }
            }
            recorder.record(
                metric, parameters, samples: [100 * Double(right) / Double(snippets.count)])
            return right == snippets.count
        }
        // A compiler that refuses what is right has shown nothing by refusing what is wrong.
        guard try record("accepted", RacySnippet.innocent) else { return }
        _ = try record("rejected", RacySnippet.racy)
    }
}

/// The compiler on the PATH, with the modules that this program was built from.
struct SnippetCompiler: Sendable {
    /// Why nothing can be compiled here.
    struct Obstacle: Error, CustomStringConvertible {
        let description: String
    }

    private let path: String
    private let arguments: [String]

    /// As it is found here.
    static let here: Result<SnippetCompiler, Obstacle> = find(
        path: ProcessInfo.processInfo.environment["PATH"] ?? "",
        program: URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path)

    /// The compiler on a search path, for the modules beside a program that SwiftPM built.
    static func find(path: String, program: String) -> Result<SnippetCompiler, Obstacle> {
        let files = FileManager.default
        guard
            let compiler = path.split(separator: ":").map({ "\($0)/swiftc" })
                .first(where: files.isExecutableFile(atPath:))
        else { return .failure(Obstacle(description: "no swiftc is on the PATH")) }
        let products = URL(fileURLWithPath: program).deletingLastPathComponent()
        let modules = products.appendingPathComponent("Modules").path
        guard files.fileExists(atPath: "\(modules)/SharedNothing.swiftmodule") else {
            return .failure(Obstacle(description: "no modules are beside the program"))
        }
        var root = products
        while !files.fileExists(atPath: root.appendingPathComponent("Package.swift").path) {
            guard root.path != "/" else {
                return .failure(Obstacle(description: "no sources are above the program"))
            }
            root.deleteLastPathComponent()
        }
        // Those of C libraries in the sources and, where SwiftPM has made one, with the target.
        let maps =
            ["CHwloc", "CNuma", "CPapi", "CUring", "CXXHash"]
            .map { root.appendingPathComponent("Sources/\($0)/module.modulemap").path }
            + [products.appendingPathComponent("CNilometerShims.build/module.modulemap").path]
        return .success(
            SnippetCompiler(
                path: compiler,
                // Types are not all: what crosses threads and what is consumed is looked at later.
                arguments: [
                    "-emit-sil", "-o", "/dev/null", "-swift-version", "6", "-parse-as-library",
                    "-enable-upcoming-feature", "ExistentialAny", "-I", modules,
                ] + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] }))
    }

    /// The errors of a program, each a line; `nil` when it compiles.
    func complaint(about source: String, in directory: String) throws -> String? {
        let file = "\(directory)/Snippet.swift"
        let errors = "\(directory)/errors.txt"
        try source.write(toFile: file, atomically: false, encoding: .utf8)
        let outcome = try ChildProcess(path, arguments + [file], inOwnGroup: false).run(
            output: "/dev/null", errors: errors, limit: .seconds(60), shouldStop: { false })
        if outcome == .exited(0) { return nil }
        let said = try String(contentsOfFile: errors, encoding: .utf8)
        let found = said.split(separator: "\n").filter { $0.contains("error: ") }
        return found.isEmpty ? "swiftc ended with \(outcome)" : found.joined(separator: "\n")
    }
}
