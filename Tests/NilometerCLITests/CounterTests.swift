import Foundation
import Measurement
import Runs
import Testing

/// Counters, from the option to the files, on machines with and without a counting unit.
@Suite struct CounterTests {
    private struct Outcome: Decodable {
        let figures: [Figure]
    }

    private func figures(_ result: Tool.Result) throws -> [Figure] {
        try JSONDecoder().decode(Outcome.self, from: Data(result.output.utf8)).figures
    }

    @Test func `a counter has figures, or one line says why it has none`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let result = try tool.run([
            "run", "ring.replicas", "--forks", "2", "--seed", "7", "--set", "nodes=10", "--budget",
            "1s", "--counters", "instructions,task-clock,sde:::nilometer::channel.spsc.messages",
            "--json", "--out", "\(tool.directory)/Results", "--path", tool.directory,
        ])
        #expect(result.status == 0, "\(result.errors)")
        let figures = try figures(result)
        let lines = result.errors.split(separator: "\n")
        for name in ["PAPI_TOT_INS", "task-clock", "sde:::nilometer::channel.spsc.messages"] {
            let own = figures.filter {
                $0.metric == "counter.\(name)" && $0.statistic == "median"
            }
            let reasons = lines.filter {
                $0.hasPrefix("nilometer: counter \(name) unavailable: ")
            }
            if own.isEmpty {
                #expect(reasons.count == 1, "\(name): \(result.errors)")
            } else {
                #expect(reasons.isEmpty, "\(name)")
                #expect(own.allSatisfy { $0.value ?? 0 > 0 }, "\(name)")
                #expect(own.allSatisfy { $0.parameters["of"] == "latency" })
            }
        }
        // The ring's benchmark has no channel.
        #expect(result.errors.contains("channel.spsc.messages unavailable: nothing publishes it"))
        let again = try tool("report", "\(tool.directory)/Results/latest")
        #expect(again.status == 0, "\(again.errors)")
    }

    private struct Listing: Decodable {
        struct Counters: Decodable {
            struct Named: Decodable {
                let name: String
                let reason: String?
            }
            let presets: [Named]
            let components: [Named]
            let software: [Named]
            let published: [Named]
        }
        let schema: String
        let counters: Counters
    }

    @Test func `all counters are listed, and what is missing has its reason`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let json = try tool("list", "counters", "--json")
        #expect(json.status == 0, "\(json.errors)")
        let listing = try JSONDecoder().decode(Listing.self, from: Data(json.output.utf8))
        #expect(listing.schema == "nilometer/counters/1")
        let counters = listing.counters
        #expect(counters.presets.contains { $0.name == "PAPI_TOT_INS" })
        #expect(counters.presets.allSatisfy { $0.reason?.isEmpty != true })
        #expect(counters.software.contains { $0.name == "cpu-migrations" })
        #expect(
            counters.published.contains { $0.name == "sde:::nilometer::channel.spsc.messages" })
        let page = try tool("list", "counters")
        #expect(page.status == 0)
        // A reason that many share is said once.
        let missing = counters.presets.compactMap(\.reason)
        let lines = page.output.split(separator: "\n").filter { $0.contains("preset events") }
        #expect(lines.count == Set(missing).count)
        #expect(page.output.contains("context-switches"))
    }
}
