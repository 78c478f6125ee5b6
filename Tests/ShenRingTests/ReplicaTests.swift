import Randomness
import ShenRing
import TestSupport
import Testing

@Suite struct ReplicaTests {
    @Test func `replicas are distinct, begin with the owner and follow the circle`() throws {
        var generator = testSeed.derived(for: "replicas").generator()
        let members = randomMembers(7, maximumWeight: 3, from: &generator)
        let ring = try AnkhRing(members: members, virtualNodes: 10)
        let reference = ReferenceRing(members, virtualNodes: 10)
        for _ in 0..<400 {
            let hash = generator.next()
            for count in 1...7 {
                let replicas = ring.replicas(ofHash: hash, count: count)
                #expect(replicas == reference.replicas(ofHash: hash, count: count), "\(replay)")
                #expect(Set(replicas).count == count, "\(replay)")
                #expect(replicas[0] == ring.owner(ofHash: hash), "\(replay)")
            }
        }
    }

    @Test func `a ring with fewer members than replicas gives them all and says how many`() throws {
        let ring = try AnkhRing(members: [RingMember("pyramid-1"), RingMember("pyramid-2")])
        var replicas = InlineArray<3, UInt32>(repeating: 99)
        var places = replicas.mutableSpan
        let count = ring.replicas(ofKey: 5, into: &places)
        #expect(count == 2)
        #expect(Set([replicas[0], replicas[1]]) == [0, 1])
        #expect(replicas[2] == 99)
        #expect(ring.replicas(ofHash: 5, count: 3).count == 2)
    }

    @Test func `no place asks for no replica`() throws {
        let ring = try AnkhRing(members: namedMembers(2))
        var none: [UInt32] = []
        var places = none.mutableSpan
        #expect(ring.replicas(ofHash: 5, into: &places) == 0)
        #expect(none.isEmpty)
    }
}
