import Randomness
import RingSimulation
import ShenRing
import StateMachines
import TestSupport
import Testing

@Suite struct RingExperimentTests {
    @Test
    func `disagreement begins with the change, is over with the last node, and peaks between`()
        throws
    {
        var experiment = DisagreementExperiment()
        (experiment.nodes, experiment.virtualNodes) = (24, 20)
        let outcome = try experiment.run(seed: testSeed)
        let window = try #require(outcome.window, "\(replay)")
        let half = try #require(outcome.half, "\(replay)")
        #expect(half <= window, "\(replay)")
        #expect(outcome.curve.count == 24, "\(replay)")
        #expect(outcome.curve.last?.share == 0, "\(replay)")
        // With half of the nodes on each side, 2·12·12 of 24·23 pairs differ in what is contested.
        let peak = outcome.contested * 288 / 552
        #expect(abs(outcome.worst - peak) < 1e-12, "\(replay)")
        #expect(outcome.integral <= peak * window.inSeconds, "\(replay)")
        #expect(try experiment.run(seed: testSeed) == outcome, "\(replay)")
    }

    @Test func `one node never disagrees, and no ring is left when all leave`() throws {
        var experiment = DisagreementExperiment()
        experiment.nodes = 1
        let outcome = try experiment.run(seed: testSeed)
        #expect(outcome.window == .zero && outcome.worst == 0)
        experiment.joining = -1
        #expect(throws: RingError.noMembers) { _ = try experiment.run(seed: testSeed) }
    }

    @Test func `what a crash leaves is copied once, no faster than the busiest node can`() throws {
        let members = (0..<8).map { RingMember(NodeName("node-\($0)")) }
        var experiment = RecoveryExperiment(members: members)
        experiment.virtualNodes = 20
        let old = try AnkhRing(members: members, virtualNodes: 20)
        let lost = Holdings(of: old, replicationFactor: 3)["node-2"].share.fraction
        let outcome = try experiment.losing(["node-2"])
        // Every copy that the node had is made again, and no other.
        #expect(abs(outcome.copied - lost) < 1e-12)
        #expect(outcome.time >= outcome.floor)
        #expect(outcome.unrecoverable == 0)
        experiment.replicationFactor = 1
        let single = try experiment.losing(["node-2"])
        #expect(single.copies == 0)
        #expect(single.unrecoverable == old.balance().shares[2].fraction)
    }

    @Test func `a member that joins receives its share, and as much is given up`() throws {
        let members = (0..<5).map { RingMember(NodeName("node-\($0)")) }
        var experiment = RecoveryExperiment(members: members)
        experiment.virtualNodes = 20
        let outcome = try experiment.joining([RingMember("x")])
        #expect(outcome.mostReceived == outcome.copied)
        #expect(outcome.time >= outcome.floor)
    }
}
