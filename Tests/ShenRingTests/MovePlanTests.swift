import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct MovePlanTests {
    /// A ring that shares some members with another.
    private func rings(
        _ generator: inout Xoshiro256StarStar
    ) throws -> (old: [RingMember], new: [RingMember]) {
        let pool = randomMembers(7, maximumWeight: 3, from: &generator)
        let from = Int(generator.next(below: 3))
        let kept = pool[from...].map { member in
            RingMember(member.name, weight: 1 + Int(generator.next(below: 3)))
        }
        return (Array(pool.prefix(1 + Int(generator.next(below: 6)))), kept)
    }

    /// What nodes have after every copy and every release of a plan.
    private func applying(_ plan: MovePlan, to holdings: Holdings) -> Holdings {
        var holdings = holdings
        for handover in plan.handovers {
            let arc = ArcSet([handover.arc])
            for name in handover.joining { holdings[name] = holdings[name].union(arc) }
            for name in handover.leaving { holdings[name] = holdings[name].subtracting(arc) }
        }
        return holdings
    }

    @Test func `a plan gives each node exactly what the new ring gives it, for 1 and 3 replicas`()
        throws
    {
        var generator = testSeed.derived(for: "move plans").generator()
        for round in 0..<30 {
            let (before, after) = try rings(&generator)
            let old = try AnkhRing(members: before, virtualNodes: 4)
            let new = try AnkhRing(members: after, virtualNodes: 4)
            for factor in [1, 3] {
                let plan = MovePlan(
                    from: old, to: new, replicationFactor: factor,
                    mostShare: round.isMultiple(of: 2)
                        ? .whole : CircleShare(positions: 1 << 58))
                let (start, end) = (
                    Holdings(of: old, replicationFactor: factor),
                    Holdings(of: new, replicationFactor: factor)
                )
                #expect(applying(plan, to: start) == end, "\(replay)")
                for handover in plan.handovers {
                    let arc = ArcSet([handover.arc])
                    // Nothing is copied to who has it, and nothing from who has not.
                    #expect(handover.joining.allSatisfy { start[$0].intersection(arc).isEmpty })
                    #expect(handover.holders.allSatisfy { start[$0].intersection(arc) == arc })
                    #expect(Set(handover.leaving).isSubset(of: handover.holders), "\(replay)")
                }
                #expect(
                    ArcSet(plan.handovers.map(\.arc)).share
                        == plan.handovers.map(\.arc.share)
                        .reduce(.none, +))
            }
        }
    }

    @Test func `a plan from what nodes have is the plan from the ring that gave it to them`()
        throws
    {
        var generator = testSeed.derived(for: "plans from holdings").generator()
        for _ in 0..<30 {
            let (before, after) = try rings(&generator)
            let old = try AnkhRing(members: before, virtualNodes: 3)
            let new = try AnkhRing(members: after, virtualNodes: 3)
            let factor = 1 + Int(generator.next(below: 3))
            let start = Holdings(of: old, replicationFactor: factor)
            let direct = MovePlan(from: old, to: new, replicationFactor: factor)
            let swept = MovePlan(from: start, to: new, replicationFactor: factor)
            #expect(applying(swept, to: start) == applying(direct, to: start), "\(replay)")
            #expect(abs(swept.copied - direct.copied) < 1e-12, "\(replay)")
        }
    }

    @Test func `what a broken plan has left is put in order by the next`() throws {
        var generator = testSeed.derived(for: "broken plans").generator()
        for _ in 0..<20 {
            let (before, after) = try rings(&generator)
            let old = try AnkhRing(members: before, virtualNodes: 4)
            let new = try AnkhRing(members: after, virtualNodes: 4)
            var holdings = Holdings(of: old, replicationFactor: 2)
            // Some copies were made, nothing was released, and one node lost all.
            for handover in MovePlan(from: old, to: new, replicationFactor: 2).handovers {
                guard generator.next(below: 2) == 0, let name = handover.joining.first else {
                    continue
                }
                holdings[name] = holdings[name].union(ArcSet([handover.arc]))
            }
            holdings[before[0].name] = ArcSet()
            let plan = MovePlan(from: holdings, to: new, replicationFactor: 2)
            let end = applying(plan, to: holdings)
            let gone = holdings.uncovered
            for name in Holdings(of: new, replicationFactor: 2).names {
                let wanted = Holdings(of: new, replicationFactor: 2)[name]
                #expect(end[name] == wanted.subtracting(gone), "\(replay)")
            }
        }
    }

    @Test func `a join copies the new member's share once, for each replica`() throws {
        let old = try AnkhRing(members: namedMembers(9))
        let new = try old.adding(RingMember("node-x"))
        let plan = MovePlan(from: old, to: new, replicationFactor: 3)
        #expect(plan.handovers.allSatisfy { $0.joining == ["node-x"] })
        #expect(plan.handovers.allSatisfy { $0.leaving.count == 1 && $0.holders.count == 3 })
        // The member that gives the arc up is asked first.
        #expect(plan.handovers.allSatisfy { $0.holders.first == $0.leaving.first })
        let share = Holdings(of: new, replicationFactor: 3)["node-x"].share
        #expect(plan.copied == plan.handovers.map(\.arc.share.fraction).reduce(0, +))
        #expect(ArcSet(plan.handovers.map(\.arc)).share == share)
    }

    @Test func `two nodes hold everything when three replicas are asked for, and so does one`()
        throws
    {
        let one = try AnkhRing(members: [RingMember("a")], virtualNodes: 3)
        let two = try one.adding(RingMember("b"))
        #expect(Holdings(of: one, replicationFactor: 3)["a"] == .whole)
        #expect(Holdings(of: two, replicationFactor: 3).names == ["a", "b"])
        #expect(Holdings(of: two, replicationFactor: 3)["b"] == .whole)
        let growth = MovePlan(from: one, to: two, replicationFactor: 3)
        #expect(growth.handovers.allSatisfy { $0.joining == ["b"] && $0.leaving.isEmpty })
        #expect(abs(growth.copied - 1) < 1e-12)
        let shrinkage = MovePlan(from: two, to: one, replicationFactor: 3)
        #expect(shrinkage.handovers.allSatisfy { $0.joining.isEmpty && $0.leaving == ["b"] })
        #expect(shrinkage.copied == 0)
        #expect(one.replicas(ofHash: 7, count: 3) == [0])
        #expect(two.replicas(ofHash: 7, count: 3).count == 2)
    }

    @Test func `pieces of an arc are as large as they may be and add up to it`() {
        let arc = HashArc(after: .max - 10, through: 20)
        let pieces = arc.cut(into: CircleShare(positions: 9))
        #expect(pieces.map { Int($0.share.positions) } == [9, 9, 9, 4])
        #expect(ArcSet(pieces) == ArcSet([arc]))
        let circle = HashArc(after: 3, through: 3)
        #expect(
            circle.cut(into: CircleShare(positions: 1 << 63)).map(\.share.fraction) == [0.5, 0.5])
        #expect(circle.cut(into: .whole) == [circle])
    }
}
