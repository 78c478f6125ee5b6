import Quantities
import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct AnkhRingTests {
    @Test func `every hash has the owner that a linear search of the points finds`() throws {
        var generator = testSeed.derived(for: "owners").generator()
        for virtualNodes in [1, 2, 7, 40] {
            for count in [1, 2, 3, 10] {
                let members = randomMembers(count, maximumWeight: 3, from: &generator)
                let ring = try AnkhRing(members: members, virtualNodes: virtualNodes)
                let reference = ReferenceRing(members, virtualNodes: virtualNodes)
                #expect(ring.members.map(\.name) == reference.names)
                let chosen = reference.points.flatMap {
                    [$0.position &- 1, $0.position, $0.position &+ 1]
                }
                for hash in chosen + (0..<300).map({ _ in generator.next() }) + [0, .max] {
                    #expect(ring.owner(ofHash: hash) == reference.owner(ofHash: hash), "\(replay)")
                }
            }
        }
    }

    @Test func `at 1000 members each point owns itself, what precedes it, and nothing beyond`()
        throws
    {
        let ring = try AnkhRing(members: namedMembers(1000))
        let points = ring.points()
        #expect(points.count == 160_000)
        #expect(zip(points, points.dropFirst()).allSatisfy { $0.position < $1.position })
        var wrong = 0
        for (index, point) in points.enumerated() {
            let next = points[index + 1 < points.count ? index + 1 : 0]
            let previous = points[index > 0 ? index - 1 : points.count - 1]
            if ring.owner(ofHash: point.position) != point.owner { wrong += 1 }
            if ring.owner(ofHash: previous.position &+ 1) != point.owner { wrong += 1 }
            if ring.owner(ofHash: point.position &+ 1) != next.owner { wrong += 1 }
        }
        #expect(wrong == 0)
    }

    @Test func `past the last point the circle goes on at the first`() throws {
        let ring = try AnkhRing(members: namedMembers(5), virtualNodes: 3)
        let points = ring.points()
        #expect(ring.owner(ofHash: .max) == points[0].owner)
        #expect(ring.owner(ofHash: 0) == points[0].owner)
        #expect(ring.owner(ofHash: points[14].position) == points[14].owner)
        #expect(ring.owner(ofHash: points[14].position &+ 1) == points[0].owner)
    }

    @Test func `one member owns every key, also with one virtual node`() throws {
        for virtualNodes in [1, 160] {
            let ring = try AnkhRing(members: [RingMember("alone")], virtualNodes: virtualNodes)
            for hash in [0, 1, UInt64.max, ring.points()[0].position] {
                #expect(ring.owner(ofHash: hash) == 0)
            }
            #expect(ring.balance().shares == [.whole])
        }
    }

    @Test func `where all points fall together, the first name owns every key`() throws {
        let everywhere = PointPlacement { _ in 42 }
        let members = [RingMember("b"), RingMember("a"), RingMember("c", weight: 3)]
        let ring = try AnkhRing(members: members, virtualNodes: 9, placement: everywhere)
        for hash in [0, 41, 42, 43, UInt64.max] {
            #expect(ring.members[Int(ring.owner(ofHash: hash))].name == "a")
            #expect(ring.replicas(ofHash: hash, count: 3) == [0, 1, 2])
        }
        #expect(ring.balance().shares == [.whole, .none, .none])
        let rest = try ring.removing("a")
        #expect(rest.members[Int(rest.owner(ofHash: 7))].name == "b")
        let again = try rest.adding(RingMember("a"))
        #expect(again.points() == ring.points())
    }

    @Test func `points at both ends of the circle and colliding ones keep the reference's owners`()
        throws
    {
        var generator = testSeed.derived(for: "collisions").generator()
        for positions in [1, 2, 5, 16, 300] as [UInt64] {
            // Few positions, the lowest and the highest among them: crowded buckets and ties.
            let places: @Sendable (UInt64) -> UInt64 = { word in
                let place = word % positions
                return place + 1 == positions ? .max : place << 58
            }
            let members = randomMembers(12, maximumWeight: 2, from: &generator)
            let ring = try AnkhRing(
                members: members, virtualNodes: 25,
                placement: PointPlacement { encoded in
                    // Bytes have no padding that could be uninitialised.
                    places(KeyHash.position(of: unsafe encoded.bytes))
                })
            let reference = ReferenceRing(members, virtualNodes: 25) { bytes in
                places(ReferenceRing.libraryHash(bytes))
            }
            let chosen = reference.points.flatMap {
                [$0.position &- 1, $0.position, $0.position &+ 1]
            }
            for hash in Set(chosen + (0..<100).map { _ in generator.next() }) {
                #expect(ring.owner(ofHash: hash) == reference.owner(ofHash: hash), "\(replay)")
                #expect(
                    ring.replicas(ofHash: hash, count: 4)
                        == reference.replicas(ofHash: hash, count: 4), "\(replay)")
            }
        }
    }

    @Test func `more members than 16 bits can number have their owners too`() throws {
        let ring = try AnkhRing(members: namedMembers(70_000), virtualNodes: 1)
        let points = ring.points()
        var wrong = 0
        for index in stride(from: 0, to: points.count, by: 7) {
            let next = points[index + 1 < points.count ? index + 1 : 0]
            if ring.owner(ofHash: points[index].position) != points[index].owner { wrong += 1 }
            if ring.owner(ofHash: points[index].position &+ 1) != next.owner { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(points.contains { $0.owner > UInt32(UInt16.max) })
    }

    @Test func `keys in a batch have the owners that they have alone`() throws {
        var generator = testSeed.derived(for: "batches").generator()
        let ring = try AnkhRing(members: namedMembers(30))
        for count in [0, 1, 15, 16, 17, 100] {
            let keys = (0..<count).map { _ in generator.next() }
            var owners = [UInt32](repeating: 77, count: count + 1)
            var places = owners.mutableSpan
            ring.owners(ofKeys: keys.span, into: &places)
            #expect(
                owners.dropLast() == ArraySlice(keys.map { ring.owner(ofKey: $0) }), "\(replay)")
            #expect(owners[count] == 77)
        }
    }

    @Test func `a key has one owner as a number, as text, as a span and as a buffer`() throws {
        let ring = try AnkhRing(members: namedMembers(30))
        let bytes = Array("a key of eighteen.".utf8)
        let owner = ring.owner(ofHash: ReferenceRing.libraryHash(bytes))
        #expect(ring.owner(ofKey: "a key of eighteen.") == owner)
        // Bytes have no padding that could be uninitialised.
        #expect(ring.owner(ofKey: unsafe bytes.span.bytes) == owner)
        #expect(unsafe bytes.withUnsafeBytes { unsafe ring.owner(ofKey: $0) } == owner)
        let letters = 0x6867_6665_6463_6261 as UInt64
        #expect(ring.owner(ofKey: letters) == ring.owner(ofKey: "abcdefgh"))
    }

    @Test func `memory grows with the points and not faster`() throws {
        func bytesPerPoint(_ members: Int) throws -> Double {
            let ring = try AnkhRing(members: namedMembers(members))
            return Double(ring.memory.rawValue) / Double(ring.pointCount)
        }
        for members in [1, 10, 100, 500] {
            #expect(try bytesPerPoint(members) < 26)
        }
    }

    @Test func `one ring comes of one set of members, in whatever order they are given`() throws {
        var generator = testSeed.derived(for: "order").generator()
        let members = randomMembers(20, maximumWeight: 4, from: &generator)
        let ring = try AnkhRing(members: members)
        let other = try AnkhRing(members: members.shuffled(by: &generator))
        #expect(ring.members == other.members, "\(replay)")
        #expect(ring.points() == other.points(), "\(replay)")
        for member in members {
            let found = ring.index(of: member.name)
            let index = try #require(found)
            #expect(ring.members[Int(index)] == member)
        }
        let stranger = ring.index(of: "not a member of these")
        #expect(stranger == nil)
    }
}
