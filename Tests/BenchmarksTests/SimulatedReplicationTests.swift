import Measurement
import Quantities
import Testing

@testable import Benchmarks

/// What benchmarks of simulated replication come to.
@Suite struct SimulatedReplicationTests {
    /// The figures of a benchmark under some parameters, others at their defaults.
    private func figures(
        _ benchmark: any Benchmark.Type, _ values: [String: String]
    ) throws -> (Recorder, (String, String?) -> [Double]) {
        var parameters = ParameterSet()
        for specification in benchmark.description.parameters {
            parameters = parameters.with(
                specification.name, values[specification.name] ?? specification.defaultValue)
        }
        #expect(benchmark.description.contradiction(parameters, .seconds(1)) == nil)
        let request = ForkRequest(
            benchmark: benchmark.description.name, parameters: parameters, fork: 0, seed: 7,
            time: 1e6, processingUnits: [],
            directory: ForkRequest.MeasuredPath(path: ".", durability: "unknown"))
        let context = ForkContext(
            request: request, clock: TickClock(calibratingFor: .milliseconds(1)))
        var recorder = Recorder(for: benchmark.description, parameters: parameters)
        try benchmark.measure(in: context, into: &recorder)
        let series = recorder.series
        return (
            recorder,
            { metric, contender in
                series.first {
                    $0.metric == metric
                        && (contender == nil || $0.parameters["contender"] == contender)
                }?.samples ?? []
            }
        )
    }

    @Test(arguments: [(3, 4), (5, 6)])
    func `a chain's write takes a delay more than it has replicas, a quorum's four`(
        replicas: Int, delays: Int
    ) throws {
        let (_, figure) = try figures(
            ReplicationWriting.self,
            ["replicas": "\(replicas)", "duration": "100ms", "runs": "1", "sync": "200us"])
        #expect(figure("latency", "chain") == [Double(delays) * 5e5 + 2e5])
        #expect(figure("latency", "quorum") == [4 * 5e5 + 2e5])
        #expect(figure("latency", "chain-head") == [Double(2 * replicas) * 5e5 + 2e5])
        #expect(figure("excess", "chain") == [Double(delays - 4) * 5e5])
    }

    @Test func `where processors are the limit the busiest member has hardly any time left`() throws
    {
        let (_, figure) = try figures(
            ReplicationWriting.self,
            [
                "message-cost": "40us", "clients": "16", "window": "4", "duration": "50ms",
                "runs": "1", "contenders": "chain-durable,quorum",
            ])
        for contender in ["chain-durable", "quorum"] {
            let busy = try #require(figure("busy", contender).first)
            #expect(busy > 85 && busy < 105, "\(contender): \(busy)")
        }
        // Six messages a write at the leader, four at a member that forwards what it has synced.
        let gain = try #require(figure("gain", "chain-durable").first)
        #expect(gain > 30, "\(gain)")
    }

    @Test func `reads take round trips by who answers`() throws {
        let (_, figure) = try figures(
            ReplicationReading.self, ["duration": "50ms", "runs": "1", "clients": "1"])
        for (contender, trips) in [
            ("chain-tail", 1.0), ("chain-anywhere", 1), ("quorum-leader", 2), ("quorum-lease", 1),
        ] {
            #expect(figure("latency", contender) == [trips * 1e6], "\(contender)")
        }
    }

    @Test func `whichever member crashes, writes go on and none is lost`() throws {
        let (_, figure) = try figures(
            ReplicationFailover.self, ["runs": "1", "silence": "50ms"])
        for contender in ["chain-head", "chain-middle", "chain-tail", "quorum-leader"] {
            let outage = try #require(figure("outage", contender).first)
            #expect(outage > 25e6 && outage < 500e6, "\(contender): \(outage)")
            #expect(figure("lost", contender) == [0])
        }
    }

    @Test func `a newcomer differs in nothing, and no side of a partition loses a write`() throws {
        let (_, caughtUp) = try figures(ReplicationCatchUp.self, ["runs": "1", "retained": "64"])
        #expect(caughtUp("divergent", nil) == [0])
        let (_, split) = try figures(
            ReplicationPartition.self, ["runs": "1", "silence": "50ms"])
        #expect(split("writes-more", nil)[0] > 0 && split("writes-fewer", nil) == [0])
        #expect(split("lost", nil) == [0])
    }

    @Test func `after one copy of two a write may be lost, after both it is not`() throws {
        for (copies, loses) in [("0", true), ("1", true), ("2", false)] {
            let (recorder, figure) = try figures(
                ReplicationLoss.self, ["copies": copies, "runs": "20"])
            #expect((figure("losing", nil)[0] > 0) == loses)
            #expect(recorder.notes.isEmpty == !loses)
        }
    }

    @Test func `reads at the tail cross the world, and those at any member do not`() throws {
        for (reading, everywhere) in [("tail", false), ("anywhere", true)] {
            let (recorder, _) = try figures(
                ReplicationRegions.self, ["runs": "1", "reading": reading])
            let local = recorder.series.filter { $0.metric == "local" }.flatMap(\.samples)
            #expect(local.count == 4)
            #expect(local.allSatisfy { $0 > 0.8 } == everywhere)
        }
    }

    @Test func `service comes back whoever crashes`() throws {
        let (recorder, _) = try figures(RoleLoss.self, ["runs": "1"])
        let permanent = recorder.series.filter { $0.metric == "permanent" }
        let outages = recorder.series.filter { $0.metric == "outage" }
        #expect(permanent.count == 7 && permanent.allSatisfy { $0.samples == [0] })
        #expect(outages.count == 7 && outages.allSatisfy { $0.samples[0] > 0 })
        #expect(Set(permanent.map { $0.parameters["role"] }).count == 7)
    }
}
