import Foundation
import Testing

@testable import Benchmarks

@Suite struct SnippetCompilerTests {
    @Test func `what is missing is said`() {
        func obstacle(_ path: String, _ program: String) -> String? {
            guard case .failure(let obstacle) = SnippetCompiler.find(path: path, program: program)
            else { return nil }
            return obstacle.description
        }
        #expect(obstacle("", "/proc/self/exe") == "no swiftc is on the PATH")
        guard let path = ProcessInfo.processInfo.environment["PATH"],
            path.split(separator: ":").contains(where: {
                FileManager.default.isExecutableFile(atPath: "\($0)/swiftc")
            })
        else { return }
        #expect(obstacle(path, "/nowhere/nilometer") == "no modules are beside the program")
    }

    @Test func `a complaint about something else explains nothing`() {
        let racy = RacySnippet(what: "a race", source: "", because: "data races")
        #expect(racy.explains("error: sending 'x' risks causing data races"))
        #expect(!racy.explains("error: no such module 'SharedNothing'"))
        #expect(!racy.explains(nil))
        let innocent = RacySnippet(what: "nothing", source: "")
        #expect(innocent.explains(nil))
        #expect(!innocent.explains("error: no such module 'SharedNothing'"))
    }

    @Test(
        .enabled(if: (try? SnippetCompiler.here.get()) != nil, "no swiftc, or no modules"),
        arguments: (RacySnippet.innocent + RacySnippet.racy).map(\.what))
    func `the compiler refuses what could race, for that reason, and nothing else`(
        what: String
    ) throws {
        let snippet = try #require(
            (RacySnippet.innocent + RacySnippet.racy).first { $0.what == what })
        let directory = NSTemporaryDirectory() + "nilometer-snippet-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let compiler = try SnippetCompiler.here.get()
        let complaint = try compiler.complaint(about: snippet.source, in: directory)
        #expect(snippet.explains(complaint), "\(complaint ?? "it compiles")")
    }
}
