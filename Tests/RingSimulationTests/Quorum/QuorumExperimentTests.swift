import Randomness
import Simulation
import StateMachines
import Testing

@testable import RingSimulation

@Suite struct QuorumExperimentTests {
    private func model(_ replicas: Int, costs: ProcessingCosts = .none) -> QuorumModel {
        QuorumModel(
            replicas: replicas, delay: .microseconds(250), sync: .microseconds(500),
            receive: costs.receive, send: costs.send)
    }

    private func experiment(_ replicas: Int) -> QuorumExperiment {
        var experiment = QuorumExperiment()
        experiment.replicas = replicas
        experiment.clients = 1
        experiment.warmUp = .milliseconds(50)
        experiment.duration = .milliseconds(200)
        return experiment
    }

    @Test(arguments: [1, 3, 5]) func `a write takes two round trips and a sync, as the model says`(
        replicas: Int
    ) {
        let result = experiment(replicas).run()
        #expect(result.violations.isEmpty && !result.isUnknown)
        #expect(result.latency(0.5) == model(replicas).writeLatency)
        #expect(result.operations > 100)
    }

    @Test(arguments: [3, 5])
    func `with costs a write takes what the model says, to a message's cost`(
        replicas: Int
    ) throws {
        var experiment = experiment(replicas)
        experiment.costs = ProcessingCosts(receive: .microseconds(10), send: .microseconds(10))
        let expected = model(replicas, costs: experiment.costs).writeLatency
        let median = try #require(experiment.run().latency(0.5))
        #expect(median >= expected - .microseconds(20))
        #expect(median <= expected + .microseconds(20) * Int64(replicas))
    }

    @Test(arguments: QuorumExperiment.Reads.allCases)
    func `reads take the round trips that the model counts`(reads: QuorumExperiment.Reads) {
        var seen: Set<Span> = []
        for seed in 1...6 as ClosedRange<UInt64> {
            var experiment = experiment(3)
            experiment.readShare = 1
            experiment.reads = reads
            experiment.duration = .milliseconds(20)
            experiment.seed = Seed(seed)
            let result = experiment.run()
            #expect(result.violations.isEmpty)
            #expect(result.latencies.first == result.latencies.last)
            if let latency = result.latency(1) { seen.insert(latency) }
        }
        // Who leads is drawn: the follower that the client asks may be the leader.
        let others: Set<Span> = reads == .follower ? [model(3).readLatency(.leader)] : []
        #expect(seen.subtracting(others) == [model(3).readLatency(reads)])
    }

    @Test func `the leader's messages bound the throughput, and batches raise it`() {
        var experiment = experiment(3)
        experiment.clients = 8
        experiment.window = 16
        experiment.warmUp = .milliseconds(20)
        experiment.duration = .milliseconds(40)
        // So short that every message is acknowledged by itself.
        experiment.sync = .constant(.microseconds(1))
        experiment.costs = ProcessingCosts(receive: .microseconds(5), send: .microseconds(5))
        experiment.batchBytes = 1
        let single = experiment.run()
        let model = model(3, costs: experiment.costs)
        let bound = model.throughputBound(batch: 1, acknowledged: 1)
        #expect(single.throughput <= bound * 1.05 && single.throughput >= bound * 0.7)
        experiment.batchBytes = 64 << 10
        experiment.pipeline = 1
        let batched = experiment.run()
        let most = model.throughputBound(batch: .infinity, acknowledged: .infinity)
        #expect(batched.throughput > single.throughput * 1.3)
        #expect(batched.throughput <= most * 1.05)
        #expect(batched.leaderMessages < single.leaderMessages)
    }

    @Test
    func `a leader's death is survived within its patience, two timeouts and a few round trips`()
        throws
    {
        var experiment = experiment(3)
        experiment.clients = 2
        experiment.pause = .milliseconds(2)
        let timeout = Span.milliseconds(50)
        let result = experiment.failover(
            trials: 10, electionTimeout: timeout, heartbeat: .milliseconds(10),
            patience: .milliseconds(5))
        #expect(result.violations.isEmpty && result.outages.count == 10)
        let outages = result.outages.compactMap(\.self)
        #expect(outages.count == 10)
        for outage in outages { #expect(outage >= timeout - .milliseconds(10)) }
        let mean = Span(nanoseconds: outages.reduce(0) { $0 + $1.nanoseconds } / 10)
        let expected = model(3).meanOutage(electionTimeout: timeout, heartbeat: .milliseconds(10))
        #expect(mean < expected * 2)
    }
}
