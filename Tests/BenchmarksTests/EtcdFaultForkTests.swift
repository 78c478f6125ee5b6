import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Testing

@testable import Benchmarks
@testable import PeerServers

/// Benchmarks that do something to members of etcd, as `nilometer run` measures them, and how their figures
/// are made of what clients heard.
@Suite(.serialized) struct EtcdFaultForkTests {
    private static let start = ContinuousClock.now

    private static func moment(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    private func answer(
        _ member: Int, _ asked: Int, _ heard: Int,
        _ saying: EtcdProber.Saying = .acknowledged
    ) -> EtcdProber.Answer {
        EtcdProber.Answer(
            member: member, asked: Self.moment(asked), heard: Self.moment(heard), saying: saying)
    }

    private func cut(_ answers: [EtcdProber.Answer]) -> EtcdCut {
        EtcdCut(
            isolated: 0, begin: Self.moment(0), since: Self.moment(1), end: Self.moment(1000),
            returned: .zero, answers: answers)
    }

    @Test func `a cut without any service is unavailable throughout`() {
        let nothing = cut([answer(1, 5, 900, .refused)])
        #expect(nothing.outage == nil && nothing.refusal == nil && nothing.isolatedWrites == 0)
        #expect(nothing.unavailable == 100)
    }

    @Test func `the time without service is that between answers, and service has short gaps`() {
        let cut = cut(
            [answer(0, -5, 2), answer(1, -3, 3)]
                // Refused by the one that is cut off; acknowledged by the others.
                + [answer(0, 10, 550, .refused), answer(1, 20, 503), answer(2, 600, 640)]
                + stride(from: 700, through: 1000, by: 50).map { answer(1, $0 - 1, $0) })
        #expect(cut.outage == .milliseconds(503))
        #expect(cut.refusal == .milliseconds(550))
        #expect(cut.isolatedWrites == 0)
        // From 3 to 503 and from 503 to 640; 60 and 50 are service.
        #expect((cut.unavailable - 63.7).magnitude < 1e-9, "\(cut.unavailable)")
    }

    @Test func `what an isolated leader acknowledges is counted if it was asked since`() {
        #expect(cut([answer(0, 0, 4), answer(0, 1, 5), answer(0, 9, 12)]).isolatedWrites == 2)
    }

    @Test func `silences are told from mistakes, and one that nobody notices is an error`() throws {
        var silences = EtcdSilences()
        silences.begin(3, at: Self.moment(0))
        silences.begin(4, at: Self.moment(10))
        let wasSilent = [(5, 20), (3, 2000)].map {
            silences.end(.init(holder: $0, heard: Self.moment($1)))
        }
        #expect(wasSilent == [false, true])
        #expect(silences.times == [.milliseconds(2000)])
        #expect(silences.mistaken == 1 && silences.count == 2)
        try silences.check(patience: .seconds(2), Self.moment(2010))
        let failure = #expect(throws: PeerFailure.self) {
            try silences.check(patience: .seconds(2), Self.moment(2011))
        }
        #expect("\(try #require(failure))".contains("holder 4"))
    }

    @Test func `elections in fewer than five heartbeats are refused`() throws {
        let timing = try ParameterSet([("heartbeat", "100ms"), ("election-timeout", "400ms")])
        let problem = EtcdTrial.contradiction(in: timing)
        #expect(try #require(problem).contains("400 ms with a heartbeat of 100 ms"))
        #expect(EtcdTrial.contradiction(in: timing.with("election-timeout", "500ms")) == nil)
        #expect(EtcdTrial.contradiction(in: timing.with("heartbeat", "100us")) != nil)
    }

    /// What is asked of each, and the metrics that it gives then.
    private static let trials: [(String, [(String, String)], Set<String>)] = [
        (
            "peer.etcd.election", [("election-timeout", "500ms"), ("heartbeat", "50ms")],
            ["outage", "elected", "return", "lost"]
        ),
        ("peer.etcd.restore", [("state", "1"), ("missed", "2")], ["restore", "rate"]),
        (
            "peer.etcd.lease", [("holders", "40"), ("pause", "1ms")],
            ["detection", "granted", "renewals", "mistaken"]
        ),
        (
            "peer.etcd.partition", [("cut", "4s"), ("election-timeout", "500ms")],
            ["outage", "unavailable", "isolated", "return", "lost"]
        ),
    ]

    @Test(
        .enabled(if: EtcdCluster.installed != nil, "needs etcd-server"), arguments: trials)
    func `each gives its figures and leaves nothing behind`(
        name: String, values: [(String, String)], metrics: Set<String>
    ) throws {
        let directory = "/tmp/nilometer-fork-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try FileManager.default.createDirectory(
            atPath: "\(directory)/scratch", withIntermediateDirectories: true)
        let benchmark = try #require(BenchmarkCatalogue.descriptions.first { $0.name == name })
        var parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
        for (key, value) in values { parameters = parameters.with(key, value) }
        let request = ForkRequest(
            benchmark: name, parameters: parameters, fork: 0, seed: 5, time: 1e7,
            processingUnits: try ThreadBinding.allowedPUs().indexes,
            directory: .init(path: directory, durability: "unknown"), parent: getpid())
        let record = try ForkProcess(
            executable: BuiltProgram.path, scratch: "\(directory)/scratch"
        ).run(request, shouldStop: { false })
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["scratch"])
        if record.series.isEmpty {
            // Networks cannot be made everywhere; the reason is there then.
            #expect(name == "peer.etcd.partition")
            #expect(record.notes.contains { $0.hasPrefix("etcd: unavailable, cannot make ") })
            return
        }
        var found = Set(record.series.map(\.metric))
        // The isolated leader may leave all writes unanswered.
        found.remove("refusal")
        #expect(found == metrics)
        for series in record.series {
            #expect(!series.samples.isEmpty, "\(series.metric)")
            let isCount = ["lost", "mistaken", "isolated"].contains(series.metric)
            #expect(series.samples.allSatisfy { isCount ? $0 == 0 : $0 > 0 }, "\(series)")
        }
        #expect(record.notes.contains { $0.contains("etcd 3.") })
    }
}
