import Cluster
import Network
import Randomness
import StateMachines
import TestSupport
import Testing

@testable import Benchmarks

/// Which links of a store's servers are cut.
@Suite struct StoreLinksTests {
    private func links() throws -> StoreLinks {
        try StoreLinks(
            LinkConditions(), between: (1...3).map { "127.0.0.1:\($0)" }, at: nil, seed: testSeed)
    }

    @Test func `who is cut off hears nothing, is not heard, or neither, by all others and clients`()
        throws
    {
        let links = try links()
        defer { links.stop() }
        // Clients are one machine more, behind the servers.
        let nodes = (0...3).map(NodeID.init(place:))
        func set(_ direction: StoreFault.Direction) -> Set<Link> {
            let found = links.links(of: 1, direction)
            #expect(Set(found).count == found.count)
            return Set(found)
        }
        let others = [nodes[0], nodes[2], nodes[3]]
        #expect(set(.in) == Set(others.map { Link(from: $0, to: nodes[1]) }))
        #expect(set(.out) == Set(others.map { Link(from: nodes[1], to: $0) }))
        #expect(set(.both) == set(.in).union(set(.out)))
    }
}
