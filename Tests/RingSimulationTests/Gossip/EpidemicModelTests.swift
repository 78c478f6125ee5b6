import RingSimulation
import ShenRing
import Testing

@Suite struct EpidemicModelTests {
    private func model(
        _ nodes: Int, fanout: Int, _ direction: GossipDirection = .push
    ) throws -> EpidemicModel {
        try EpidemicModel(nodes: nodes, fanout: fanout, direction: direction)
    }

    @Test func `small clusters are as one counts by hand`() throws {
        #expect(try model(1, fanout: 3).pushDistribution == [1])
        #expect(try model(2, fanout: 3).pushDistribution == [0, 1])
        // Two others and one call: the second round has both callers, each right by a half.
        let three = try #require(try model(3, fanout: 1).pushDistribution)
        #expect(three[0] == 0 && three[1] == 0)
        #expect(abs(three[2] - 0.75) < 1e-12)
        #expect(abs(three[3] - (1 - 0.25 * 0.25)) < 1e-12)
        // Three others and two calls: one is left, whom each of three callers misses by a third.
        let four = try #require(try model(4, fanout: 2).pushDistribution)
        #expect(abs(four[2] - (1 - 1.0 / 27)) < 1e-12)
    }

    @Test func `eight nodes and two calls do not always take the three rounds of the source`()
        throws
    {
        let chances = try #require(try model(8, fanout: 2).pushDistribution)
        #expect(chances[3] > 0.7 && chances[3] < 0.8)
        #expect(try #require(chances.firstIndex { $0 >= 0.99 }) == 5)
        #expect(abs(chances[chances.count - 1] - 1) < 1e-8)
        #expect(zip(chances, chances.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `the formulas are Pittel's and Karp's`() throws {
        // log₄ 1000 + (ln 1000)/3, and log₇ 1000 + log₄ ln 1000.
        #expect(abs(try model(1_000, fanout: 3).rounds - 7.28548) < 1e-4)
        #expect(abs(try model(1_000, fanout: 3, .pushPull).rounds - 4.94399) < 1e-4)
        #expect(try model(1, fanout: 3).rounds == 0)
        for count in [10, 100, 1_000, 10_000, 100_000] {
            let push = try model(count, fanout: 3)
            let both = try model(count, fanout: 3, .pushPull)
            #expect(both.rounds < push.rounds)
            #expect(abs(Double(push.meanCurve.count - 1) - push.rounds) < 2)
            #expect(abs(Double(both.meanCurve.count - 1) - both.rounds) < 2)
        }
    }

    @Test func `push and pull have no small chain, and no nodes have no model`() throws {
        #expect(try model(10, fanout: 3, .pushPull).pushDistribution == nil)
        #expect(throws: SundialError.self) { try model(0, fanout: 3) }
        #expect(throws: SundialError.self) { try model(3, fanout: 0) }
    }
}
