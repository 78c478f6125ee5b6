import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct BoundedAssignmentTests {
    private func members(_ weights: [Int]) -> [RingMember] {
        weights.enumerated().map { RingMember(NodeName("node-\($0)"), weight: $1) }
    }

    /// Who has which key, found dumbly: keys in their order, each walking over the sorted points.
    private func reference(
        _ members: [RingMember], virtualNodes: Int, bound: LoadBound, keys: [UInt64]
    ) -> [UInt64: UInt32] {
        let ring = ReferenceRing(members, virtualNodes: virtualNodes)
        let weights = members.sorted { $0.name < $1.name }.map(\.weight)
        let shares = Apportionment(weights: weights)
        var room = [Int](repeating: 0, count: members.count)
        for place in 0..<bound.capacity(forKeys: keys.count) {
            room[Int(shares.owner(ofPlace: place))] += 1
        }
        var owners: [UInt64: UInt32] = [:]
        for key in keys.sorted() {
            let walk = ring.replicas(ofHash: KeyHash.position(of: key), count: members.count)
            guard let owner = walk.first(where: { room[Int($0)] > 0 }) else { continue }
            room[Int(owner)] -= 1
            owners[key] = owner
        }
        return owners
    }

    @Test func `wherever keys and members come from, the same ones have the same places`() throws {
        var generator = testSeed.derived(for: "bounded loads").generator()
        for round in 0..<12 {
            let weights = (0..<5).map { _ in 1 + Int(generator.next(below: 3)) }
            var current = members(weights)
            let bound = try LoadBound(excess: [0.01, 0.25, 1.5][round % 3])
            var keys = Set<UInt64>()
            var assignment = BoundedAssignment(
                ring: try AnkhRing(members: current, virtualNodes: 3), bound: bound)
            for step in 0..<60 {
                let key = generator.next(below: 64)
                if step % 20 == 19 {
                    current = changed(current, &generator)
                    let moves = assignment.move(
                        to: try AnkhRing(members: current, virtualNodes: 3))
                    #expect(moves.allSatisfy { $0.from != $0.to }, "\(replay)")
                } else if generator.next(below: 3) == 0 {
                    _ = assignment.release(key)
                    keys.remove(key)
                } else {
                    _ = assignment.assign(key)
                    keys.insert(key)
                }
                let expected = reference(
                    current, virtualNodes: 3, bound: bound, keys: keys.sorted())
                #expect(expected.count == keys.count, "\(replay)")
                let count = assignment.count
                #expect(count == keys.count, "\(replay)")
                for key in keys {
                    let owner = assignment.owner(of: key)
                    #expect(owner == expected[key], "\(replay)")
                }
                checkBounds(assignment, bound)
            }
        }
    }

    private func changed(
        _ members: [RingMember], _ generator: inout Xoshiro256StarStar
    ) -> [RingMember] {
        var members = members
        if generator.next(below: 2) == 0 {
            members.append(RingMember(NodeName("new-\(generator.next(below: 1_000_000))")))
        } else {
            members.remove(at: Int(generator.next(below: UInt64(members.count))))
        }
        return members
    }

    private func checkBounds(_ assignment: borrowing BoundedAssignment, _ bound: LoadBound) {
        let members = assignment.ring.members
        let total = members.reduce(0) { $0 + $1.weight }
        let places = bound.capacity(forKeys: assignment.count)
        for (number, member) in members.enumerated() {
            let load = assignment.keys(of: UInt32(number)).count
            let most = (places * member.weight + total - 1) / total
            #expect(load <= most, "\(member.name) has \(load) of \(most), \(replay)")
        }
    }

    @Test func `every move is told, from where it was to where it is`() throws {
        var generator = testSeed.derived(for: "told moves").generator()
        let bound = try LoadBound(excess: 0.1)
        var assignment = BoundedAssignment(
            ring: try AnkhRing(members: members([1, 2, 1, 3]), virtualNodes: 4), bound: bound)
        var told: [UInt64: NodeName] = [:]
        for step in 0..<400 {
            let key = generator.next(below: 100)
            var moves =
                generator.next(below: 4) == 0
                ? assignment.release(key) : assignment.assign(key)
            if step % 100 == 50 {
                moves += assignment.move(
                    to: try AnkhRing(
                        members: members([1, 2, 1 + step / 100, 3, 1]), virtualNodes: 4))
            }
            for move in moves {
                #expect(told[move.key] == move.from, "\(replay)")
                told[move.key] = move.to
            }
            let found = (0..<assignment.ring.members.count).flatMap { member in
                assignment.keys(of: UInt32(member)).map {
                    ($0, assignment.ring.members[member].name)
                }
            }
            #expect(told == Dictionary(uniqueKeysWithValues: found), "\(replay)")
        }
    }

    /// Keys other than the one that comes or goes that move for it, on average.
    private func movesPerChange(excess: Double, virtualNodes: Int, seed: String) throws -> Double {
        var generator = testSeed.derived(for: seed).generator()
        let population = (0..<2_000).map { _ in generator.next() }
        var assignment = BoundedAssignment(
            ring: try AnkhRing(members: namedMembers(50), virtualNodes: virtualNodes),
            bound: try LoadBound(excess: excess), keys: population)
        var moves = 0
        for key in population.prefix(500) {
            moves += assignment.release(key).count { $0.key != key }
            let other = generator.next()
            moves += assignment.assign(other).count { $0.key != other }
        }
        return Double(moves) / 1_000
    }

    @Test func `a key that comes or goes moves few others, fewer the wider the bound`() throws {
        // O(1/ε²), with a constant far above what is seen: that is 0.6 at most.
        for virtualNodes in [1, 20] {
            let counts = try [1, 0.5, 0.2, 0.1].map { excess in
                let moves = try movesPerChange(
                    excess: excess, virtualNodes: virtualNodes, seed: "moves \(virtualNodes)")
                #expect(moves <= 4 / (excess * excess), "ε \(excess), \(replay)")
                return moves
            }
            #expect(counts == counts.sorted(), "\(counts) for ε of 1 to 0.1, \(replay)")
        }
    }

    @Test func `an excess that no bound can have is refused, and capacities are exact`() throws {
        for excess in [0, -1, 0.0001, 1_001, .nan, .infinity] as [Double] {
            do throws(RingError) {
                _ = try LoadBound(excess: excess)
                Issue.record("an excess of \(excess) passed")
            } catch {
                #expect("\(error)".hasSuffix("expected 0.001 to 1000"))
            }
        }
        let quarter = try LoadBound(excess: 0.25)
        #expect(
            [0, 1, 3, 4, 5, 1000].map { quarter.capacity(forKeys: $0) } == [0, 2, 4, 5, 7, 1250])
    }

    @Test func `one member has every key, whatever the bound`() throws {
        var assignment = BoundedAssignment(
            ring: try AnkhRing(members: members([3])), bound: try LoadBound(excess: 0.001),
            keys: 0..<50)
        #expect(assignment.keys(of: 0) == Array(0..<50))
        #expect(assignment.assign(7).isEmpty)
        #expect(assignment.release(99).isEmpty)
        #expect(assignment.release(7) == [KeyMove(key: 7, from: "node-0", to: nil)])
        let owner = assignment.owner(of: 7)
        #expect(owner == nil)
    }
}

@Suite struct ApportionmentTests {
    @Test func `after any number of places each member has its part, rounded down or up`() {
        var generator = testSeed.derived(for: "apportionment").generator()
        var cases = [[1], [1, 1, 1], [5, 1], [1, 1000], [6, 4, 2], [7, 5, 3, 2, 2, 1]]
        for _ in 0..<50 {
            let count = 1 + generator.next(below: 9)
            cases.append((0..<count).map { _ in 1 + Int(generator.next(below: 30)) })
        }
        for weights in cases {
            let shares = Apportionment(weights: weights)
            let total = weights.reduce(0, +)
            var given = [Int](repeating: 0, count: weights.count)
            for place in 0..<2 * total + 1 {
                given[Int(shares.owner(ofPlace: place))] += 1
                for (member, weight) in weights.enumerated() {
                    let part = (place + 1) * weight
                    #expect(given[member] >= part / total, "\(weights), \(replay)")
                    #expect(given[member] <= (part + total - 1) / total, "\(weights), \(replay)")
                }
            }
        }
    }
}
