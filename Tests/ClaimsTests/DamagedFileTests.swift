import Foundation
import Randomness
import StrictYAML
import Testing

@testable import Claims
@testable import Workloads

/// Files that are cut, shuffled and overwritten at random are read or refused, never a crash.
@Suite struct DamagedFileTests {
    private let seed =
        ProcessInfo.processInfo.environment["NILOMETER_TEST_SEED"].flatMap(UInt64.init) ?? 14_2

    private func damaged(
        _ lines: [String], by generator: inout Xoshiro256StarStar
    ) -> String {
        var lines = lines
        let pieces = [
            "", "- x", "  a: &b [*b, *b]", "value: !!int 3", "\t", "{", "]", "? [a]: b", "'",
        ]
        for _ in 0...Int.random(in: 0..<4, using: &generator) {
            let index = Int.random(in: lines.indices, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: lines.remove(at: index)
            case 1: lines.insert(lines[index], at: index)
            case 2: lines[index] = String(lines[index].shuffled(using: &generator))
            case 3: lines[index] += pieces.randomElement(using: &generator) ?? ""
            case 4: lines[index] = " " + lines[index]
            default: lines.swapAt(index, Int.random(in: lines.indices, using: &generator))
            }
            if lines.isEmpty { lines = [""] }
        }
        return lines.joined(separator: "\n")
    }

    private func check(
        _ directory: String, rounds: Int, _ read: (String) throws(InputProblems) -> Void
    ) throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().path
        var generator = Seed(seed).derived(for: directory).generator()
        let names = try InputFile.names(in: "\(root)/\(directory)", suffix: ".yaml")
        for name in names {
            let text = try InputFile.text(of: "\(root)/\(directory)/\(name)", longest: 1 << 20)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
            for round in 0..<rounds {
                let note: Comment = "NILOMETER_TEST_SEED=\(seed), \(name), round \(round)"
                do {
                    try read(damaged(lines, by: &generator))
                } catch {
                    for problem in error.problems {
                        let breaks = problem.description.filter(\.isNewline)
                        #expect(breaks.isEmpty, note)
                        #expect(problem.description.hasPrefix("f.yaml"), note)
                    }
                }
            }
        }
    }

    @Test func `claims files`() throws {
        try check("Workloads/claims", rounds: 60) { text throws(InputProblems) in
            let library = try ClaimLibrary([ClaimDocument(text: text, file: "f.yaml")])
            _ = Judge(library, facts: Facts()).verdicts(on: [])
        }
    }

    @Test func `workload and suite files`() throws {
        try check("Workloads", rounds: 20) { text throws(InputProblems) in
            _ = try Workload(YAMLDocument.root(of: text, file: "f.yaml"))
        }
        try check("Workloads/suites", rounds: 40) { text throws(InputProblems) in
            _ = try Workloads.Suite(YAMLDocument.root(of: text, file: "f.yaml"))
        }
    }
}
