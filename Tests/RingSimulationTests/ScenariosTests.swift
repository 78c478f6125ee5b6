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

#if PLANTED_DEFECTS
    /// Every mistake that can be planted is caught by the checkers of its protocol's scenario.
    @Suite(.enabled(if: isNight, "all mistakes take minutes: NILOMETER_TEST_ROUNDS=300"))
    struct ZooTests {
        @Test(arguments: SundialMistake.allCases)
        func `a mistake in gossip is caught`(_ mistake: SundialMistake) async {
            await expectCaught(mistake, in: GossipScenario.self)
        }

        @Test(arguments: CartoucheMistake.allCases)
        func `a mistake in a token ring is caught`(_ mistake: CartoucheMistake) async {
            await expectCaught(mistake, in: TokenScenario.self)
        }

        @Test(arguments: QuorumMistake.allCases)
        func `a mistake in a quorum is caught`(_ mistake: QuorumMistake) async {
            await expectCaught(mistake, in: QuorumScenario.self)
        }

        @Test(arguments: OuroborosMistake.allCases)
        func `a mistake in a chain is caught`(_ mistake: OuroborosMistake) async {
            await expectCaught(mistake, in: ChainScenario.self)
        }

        @Test(arguments: AnkhMistake.allCases)
        func `a mistake in a ring of shards is caught`(_ mistake: AnkhMistake) async {
            await expectCaught(mistake, in: RingScenario.self)
        }

        @Test(arguments: CoordinatorMistake.allCases)
        func `a mistake in coordinators is caught`(_ mistake: CoordinatorMistake) async {
            await expectCaught(mistake, in: CoordinatorScenario.self)
        }
    }
#endif
