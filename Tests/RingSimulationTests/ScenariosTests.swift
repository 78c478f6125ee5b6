import RingSimulation
import ShenRing
import Testing

/// Every protocol under load and faults, seed after seed: no checker has anything to say.
@Suite struct ScenariosTests {
    @Test func `gossip keeps its rules, whatever the seed`() async {
        await expectSound(GossipScenario.self)
    }

    @Test func `a token ring keeps its rules, whatever the seed`() async {
        await expectSound(TokenScenario.self)
    }

    @Test func `a quorum keeps its rules, whatever the seed`() async {
        await expectSound(QuorumScenario.self)
    }

    @Test func `a chain keeps its rules, whatever the seed`() async {
        await expectSound(ChainScenario.self)
    }

    @Test func `a ring of shards keeps its rules, whatever the seed`() async {
        await expectSound(RingScenario.self)
    }

    @Test func `coordinators keep their rules, whatever the seed`() async {
        await expectSound(CoordinatorScenario.self)
    }

    @Test func `a seed alone determines a run`() {
        expectRepeatable(GossipScenario.self)
        expectRepeatable(TokenScenario.self)
        expectRepeatable(QuorumScenario.self)
        expectRepeatable(ChainScenario.self)
        expectRepeatable(RingScenario.self)
        expectRepeatable(CoordinatorScenario.self)
    }
}
