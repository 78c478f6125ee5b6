import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct MovedRangesTests {
    /// The hashes where anything could change, and random ones.
    private func probes(
        _ old: borrowing AnkhRing, _ new: borrowing AnkhRing,
        _ generator: inout Xoshiro256StarStar
    ) -> [UInt64] {
        let ends = (old.points() + new.points()).map(\.position)
        return [0, .max] + ends.flatMap { [$0 &- 1, $0, $0 &+ 1] }
            + (0..<200).map { _ in generator.next() }
    }

    private func name(_ ring: borrowing AnkhRing, _ index: UInt32) -> NodeName {
        ring.members[Int(index)].name
    }

    @Test func `a key has another owner exactly if it is on a moved range, which names both`()
        throws
    {
        var generator = testSeed.derived(for: "moved owners").generator()
        for _ in 0..<8 {
            let pool = randomMembers(9, maximumWeight: 2, from: &generator)
            let old = try AnkhRing(members: Array(pool[..<6]), virtualNodes: 5)
            let new = try AnkhRing(members: Array(pool[2...]), virtualNodes: 5)
            let moved = old.movedRanges(to: new)
            for hash in probes(old, new, &generator) {
                let (from, to) = (old.owner(ofHash: hash), new.owner(ofHash: hash))
                let ranges = moved.filter { $0.arc.contains(hash) }
                if name(old, from) == name(new, to) {
                    #expect(ranges.isEmpty, "\(replay)")
                } else {
                    #expect(ranges.map(\.from) == [from] && ranges.map(\.to) == [to], "\(replay)")
                }
            }
            #expect(
                !zip(moved, moved.dropFirst()).contains {
                    $0.arc.through == $1.arc.after && $0.from == $1.from && $0.to == $1.to
                })
        }
    }

    @Test func `a join moves ranges to the new member only, exactly its share`() throws {
        let old = try AnkhRing(members: namedMembers(10))
        let new = try old.adding(RingMember("node-x", weight: 2))
        let found = new.index(of: "node-x")
        let joined = try #require(found)
        let moved = old.movedRanges(to: new)
        #expect(moved.allSatisfy { $0.to == joined })
        #expect(moved.moved == new.balance().shares[Int(joined)])
        let back = new.movedRanges(to: old)
        #expect(back.allSatisfy { $0.from == joined })
        #expect(back.map(\.arc) == moved.map(\.arc))
        #expect(old.movedRanges(to: old).isEmpty)
    }

    @Test func `one member in place of another takes the whole circle in one range`() throws {
        let old = try AnkhRing(members: [RingMember("a")])
        let new = try AnkhRing(members: [RingMember("b")])
        let moved = old.movedRanges(to: new)
        #expect(moved.count == 1)
        #expect(moved.moved == .whole)
        #expect(moved[0].arc.contains(0) && moved[0].arc.contains(.max))
    }

    @Test func `a key has other replicas exactly if it is on a moved range, which names them`()
        throws
    {
        var generator = testSeed.derived(for: "moved replicas").generator()
        for factor in [1, 2, 3, 6] {
            let pool = randomMembers(8, maximumWeight: 2, from: &generator)
            let old = try AnkhRing(members: Array(pool[..<6]), virtualNodes: 4)
            let new = try AnkhRing(members: Array(pool[3...]), virtualNodes: 4)
            let moved = old.movedReplicas(to: new, replicationFactor: factor)
            for hash in probes(old, new, &generator) {
                let before = Set(old.replicas(ofHash: hash, count: factor).map { name(old, $0) })
                let after = Set(new.replicas(ofHash: hash, count: factor).map { name(new, $0) })
                let ranges = moved.filter { $0.arc.contains(hash) }
                #expect(ranges.count == (before == after ? 0 : 1), "\(replay)")
                for range in ranges {
                    let leaving = range.leaving.map { name(old, $0) }
                    let joining = range.joining.map { name(new, $0) }
                    #expect(Set(leaving) == before.subtracting(after), "\(replay)")
                    #expect(Set(joining) == after.subtracting(before), "\(replay)")
                    #expect(range.from == old.replicas(ofHash: hash, count: factor), "\(replay)")
                    #expect(range.to == new.replicas(ofHash: hash, count: factor), "\(replay)")
                }
            }
        }
    }

    @Test func `a join adds the new member to every replica set that changes`() throws {
        let old = try AnkhRing(members: namedMembers(12), virtualNodes: 40)
        let new = try old.adding(RingMember("node-x"))
        let found = new.index(of: "node-x")
        let joined = try #require(found)
        let moved = old.movedReplicas(to: new, replicationFactor: 3)
        #expect(moved.allSatisfy { $0.joining == [joined] && $0.leaving.count == 1 })
        // Each member is in 3 of 13 replica sets, give or take its load.
        #expect(abs(moved.moved.fraction * 13 / 3 - 1) < 0.5)
        #expect(old.movedReplicas(to: old, replicationFactor: 3).isEmpty)
    }

    @Test func `a ring that has too few members for its replicas gains one without losing any`()
        throws
    {
        let old = try AnkhRing(members: namedMembers(2))
        let new = try old.adding(RingMember("node-2"))
        let moved = old.movedReplicas(to: new, replicationFactor: 3)
        #expect(moved.moved == .whole)
        #expect(moved.allSatisfy { $0.leaving.isEmpty && $0.joining == [2] })
    }

    @Test func `an arc contains its end and not its start, also across the end of the circle`() {
        let plain = HashArc(after: 10, through: 20)
        #expect([11, 20].allSatisfy { plain.contains($0) })
        #expect(![0, 10, 21, .max].contains { plain.contains($0) })
        #expect(plain.share.positions == 10)
        let wrapped = HashArc(after: .max - 1, through: 1)
        #expect([.max, 0, 1].allSatisfy { wrapped.contains($0) })
        #expect(![2, .max - 1].contains { wrapped.contains($0) })
        #expect(wrapped.share.positions == 3)
        let circle = HashArc(after: 7, through: 7)
        #expect([0, 6, 7, 8, .max].allSatisfy { circle.contains($0) })
        #expect(circle.share == .whole)
        #expect(plain.description == "(0xa, 0x14]")
    }
}
