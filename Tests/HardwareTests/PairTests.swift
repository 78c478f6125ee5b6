import Testing

@testable import Hardware

@Suite struct PairTests {
    /// Two packages of two nodes of two L3 caches of two cores of two threads: 32 threads.
    static let layered = "pack:2 numa:2 l3:2 core:2 pu:2"

    @Test(arguments: [
        (8, 8, Topology.Relation.samePU), (8, 9, .smtSiblings), (8, 10, .sharedL3),
        (0, 4, .samePackage), (0, 8, .crossNode), (0, 16, .crossNode),
    ])
    func `the nearest thing shared names the relation`(
        first: Int, second: Int, relation: Topology.Relation
    ) throws {
        let topology = try Machines.synthetic(Self.layered).topology
        #expect(topology.relation(first, second) == relation)
        #expect(topology.relation(second, first) == relation)
        #expect(topology.relation(first, 99) == nil)
    }

    @Test func `packages on one node are the same node`() throws {
        let topology = try Machines.synthetic("numa:1 pack:2 core:2 pu:1").topology
        #expect(topology.relation(0, 1) == .samePackage)
        #expect(topology.relation(0, 2) == .sameNode)
        let flat = try Machines.synthetic("pu:2").topology
        #expect(flat.relation(0, 1) == .sameNode)
    }

    @Test func `relations are ordered by distance`() {
        #expect(Topology.Relation.allCases == Topology.Relation.allCases.sorted())
        #expect(
            Topology.Relation.allCases.map(\.rawValue) == [
                "same-pu", "smt-siblings", "shared-l3", "same-package", "same-node", "cross-node",
            ])
    }

    @Test func `distinct cores that share an L3 come first, away from thread 0`() throws {
        let pair = try Machines.synthetic(Self.layered).topology.pair()
        #expect(pair == Topology.Pair(first: 4, second: 6, relation: .sharedL3))
    }

    @Test func `a distant core is preferred to a sibling, and a sibling to oneself`() throws {
        var topology = try Machines.synthetic(Self.layered).topology
        #expect(topology.pair(among: [0, 1, 31])?.relation == .crossNode)
        #expect(topology.pair(among: [2, 3])?.description == "2 and 3 (smt-siblings)")
        #expect(topology.pair(among: [7])?.relation == .samePU)
        #expect(topology.pair(among: []) == nil)
        topology.allowedPUs = .known([5], source: "test")
        #expect(topology.pair() == Topology.Pair(first: 5, second: 5, relation: .samePU))
        #expect(topology.pair(among: [1, 2]) == nil)
    }

    @Test(arguments: Topology.Relation.allCases)
    func `a relation that is asked for is found where there is one`(
        relation: Topology.Relation
    ) throws {
        let topology = try Machines.synthetic(Self.layered).topology
        let pair = topology.pair(relation)
        // No two packages share a node here.
        guard relation != .sameNode else {
            #expect(pair == nil)
            return
        }
        let found = try #require(pair)
        #expect(found.relation == relation)
        #expect(topology.relation(found.first, found.second) == relation)
    }

    @Test func `the powerful cores of a hybrid processor come first`() throws {
        let topology = try Machines.fixture("hybrid").topology
        #expect(topology.pair() == Topology.Pair(first: 2, second: 4, relation: .sharedL3))
        // Between a powerful and a weak core the pair is no better than the weak one.
        #expect(topology.pair(among: [1, 16, 18])?.first == 16)
    }

    @Test func `a pair is found in time on a large machine`() throws {
        let topology = try Machines.synthetic("pack:8 numa:1 l3:2 core:8 pu:2").topology
        #expect(topology.pair()?.relation == .sharedL3)
    }
}
