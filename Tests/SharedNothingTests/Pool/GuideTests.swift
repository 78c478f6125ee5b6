import Foundation
import SharedNothing
import Testing

/// Counts words; each word belongs to one worker.
struct WordCounter: Worker {
    func start(_ context: borrowing WorkerContext<String, Int>) -> [String: Int] { [:] }

    func handle(
        _ word: String, _ counts: inout [String: Int],
        _ context: borrowing WorkerContext<String, Int>
    ) -> Int {
        counts[word, default: 0] += 1
        return counts[word, default: 0]
    }
}

/// What docs/SHARED-NOTHING.md shows.
@Suite struct GuideTests {
    @Test func `the guide's example counts`() throws {
        let pool = try WorkerPool(WordCounter())
        try pool.send("nile", key: "nile")
        let count = try pool.request("nile", key: "nile", timeout: .seconds(10))
        try pool.stop(within: .seconds(10))
        #expect(count == 2)
    }

    @Test func `the guide's sender sends`() throws {
        let words = ["nile", "delta", "nile"]
        let pool = try WorkerPool(WordCounter())
        var sender = pool.makeSender()
        for word in words { try sender.send(word, key: word) }
        #expect(try sender.request("nile", key: "nile", timeout: .seconds(10)) == 3)
        try pool.stop(within: .seconds(10))
    }

    /// Compiled and not called: it would learn for whoever runs the tests.
    private func followTheLoad() throws -> WorkerPool<WordCounter> {
        let pool = try WorkerPool(WordCounter(), PoolConfiguration(workload: "words"))
        return pool
    }

    @Test func `the guide shows what is compiled here`() throws {
        let here = URL(fileURLWithPath: #filePath)
        let guide = here.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("docs/SHARED-NOTHING.md")
        func lines(_ url: URL) throws -> [String] {
            try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let compiled = Set(try lines(here))
        var isCode = false
        var shown = 0
        for line in try lines(guide) {
            if line.hasPrefix("```") {
                isCode = line == "```swift"
            } else if isCode {
                shown += 1
                #expect(compiled.contains(line), "the guide shows '\(line)'")
            }
        }
        #expect(shown > 10)
    }
}
