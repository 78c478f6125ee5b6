import Foundation
import Hardware
import SharedNothing
import Synchronization
import Testing

/// Adds up what it is sent.
private struct Adder: Worker {
    func start(_ context: borrowing WorkerContext<Int, Void>) -> Int { 0 }

    func handle(_ number: Int, _ sum: inout Int, _ context: borrowing WorkerContext<Int, Void>) {
        sum &+= number
    }
}

@Suite struct LearntTests {
    private func learnt(
        _ workload: String, machine: String, workers: Int
    ) -> LearntConfiguration {
        LearntConfiguration(
            workload: workload, machine: machine,
            settings: LoadSettings(workers: workers, batch: 32, wait: .spinThenYield),
            throughput: 1_234_567.5, readings: 600)
    }

    @Test func `detect offers what was learnt on this machine, and says what it does not use`()
        throws
    {
        let tool = try Tool()
        defer { tool.remove() }
        let plain = try tool("detect")
        #expect(plain.status == 0 && !plain.output.contains("Learnt here"))
        var store = LearntStore(directory: "\(tool.directory)/state/nilometer/learnt")
        let digest = LearntConfiguration.digest(
            of: try Machine.detect(Machine.DetectionOptions()).fingerprint)
        let own = learnt("orders", machine: digest, workers: 6)
        try store.save(own)
        try store.save(learnt("elsewhere", machine: "0011223344556677", workers: 99))
        try "nilometer/learnt/9\n".write(
            toFile: "\(store.directory)/other.learnt", atomically: true, encoding: .utf8)
        let page = try tool("detect")
        #expect(page.status == 0)
        #expect(
            page.output.contains(
                "orders: 6 workers, batches of 32, spin-then-yield; 1234567 messages/s in 600 "
                    + "readings (\(store.path(of: own)))"))
        #expect(!page.output.contains("elsewhere"))
        #expect(page.output.contains("other.learnt: its schema is 'nilometer/learnt/9'"))
        let document = try tool("detect", "--json")
        let json = try JSONSerialization.jsonObject(with: Data(document.output.utf8))
        let found = (json as? [String: Any])?["learnt"] as? [String: Any]
        let configurations = found?["configurations"] as? [[String: Any]]
        #expect(configurations?.count == 1)
        #expect(configurations?.first?["workers"] as? Int == 6)
        #expect((found?["rejected"] as? [[String: Any]])?.count == 1)
        let described = try tool("detect", "--topology", "pack:1 numa:1 core:2 pu:1")
        #expect(described.status == 0 && !described.output.contains("Learnt here"))
    }

    @Test func `detect shows what a pool has learnt of its load`() throws {
        let tool = try Tool()
        defer { tool.remove() }
        let store = LearntStore(directory: "\(tool.directory)/state/nilometer/learnt")
        let saves = Saves()
        var configuration = try PoolConfiguration(
            workload: "adding up", profile: .testing, store: store)
        configuration.adaptation?.interval = .milliseconds(2)
        configuration.adaptation?.savesEvery = .milliseconds(2)
        configuration.adaptation?.rules.dwell = 1
        configuration.adaptation?.observer = { event in
            if case .saved = event { saves.count.add(1, ordering: .relaxed) }
        }
        let pool = try WorkerPool(Adder(), configuration)
        var sender = pool.makeSender()
        while saves.count.load(ordering: .relaxed) == 0 { try sender.send(1) }
        try pool.stop(within: .seconds(60))
        let machine = try Machine.detect(Machine.DetectionOptions())
        let found = try store.find(machine: LearntConfiguration.digest(of: machine.fingerprint))
        let own = try #require(found.configurations.first)
        let page = try tool("detect")
        #expect(page.status == 0)
        #expect(
            page.output.contains(
                "adding up: \(own.settings.workers) workers, batches of \(own.settings.batch), "
                    + "\(own.settings.wait.rawValue); "))
    }

    private final class Saves: Sendable {
        let count = Atomic(0)
    }
}
