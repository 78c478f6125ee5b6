import RingPeers
import ShenRing
import Testing

@Suite struct OrderedMapRingTests {
    @Test func `the map gives the owners of the ring whose points it has`() throws {
        for count in [1, 2, 50] {
            let ring = try AnkhRing(
                members: (0..<count).map { RingMember(NodeName("node-\($0)")) }, virtualNodes: 20)
            guard let map = OrderedMapRing(ring) else {
                Issue.record("no memory for \(count * 20) points")
                return
            }
            for position in ring.points().map(\.position) + [0, .max] {
                for hash in [position &- 1, position, position &+ 1] {
                    #expect(map.owner(ofHash: hash) == ring.owner(ofHash: hash))
                }
            }
            for key in 0..<500 as Range<UInt64> {
                #expect(map.owner(ofKey: key) == ring.owner(ofKey: key))
            }
        }
    }

    @Test func `a locator without a batch of its own looks keys up one by one`() throws {
        let jump = JumpHash(nodeCount: 9)
        let keys = (0..<40 as Range<UInt64>).map { $0 }
        var owners = [UInt32](repeating: 77, count: 41)
        var places = owners.mutableSpan
        jump.owners(ofKeys: keys.span, into: &places)
        #expect(owners.dropLast() == ArraySlice(keys.map { jump.owner(ofKey: $0) }))
        #expect(owners[40] == 77)
    }
}
