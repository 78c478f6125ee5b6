import Randomness
import TestSupport
import Testing

@testable import ShenRing

@Suite struct MoveScheduleTests {
    private func plan(_ old: Int, _ new: Int, factor: Int) throws -> MovePlan {
        MovePlan(
            from: try AnkhRing(members: namedMembers(old), virtualNodes: 8),
            to: try AnkhRing(members: namedMembers(new), virtualNodes: 8),
            replicationFactor: factor)
    }

    @Test func `a schedule keeps its limits, and carries the whole plan out in the end`() throws {
        var generator = testSeed.derived(for: "schedules").generator()
        for (old, new) in [(4, 6), (6, 4), (1, 5), (5, 1)] {
            let limits = MoveLimits(sending: 2, receiving: 3)
            var schedule = MoveSchedule(try plan(old, new, factor: 3), limits: limits)
            var released = schedule.begin()
            var underWay: [RangeCopy] = []
            var made = 0
            while true {
                underWay += schedule.next()
                #expect(schedule.runningCount == underWay.count, "\(replay)")
                for name in Set(underWay.flatMap { [$0.source, $0.target] }) {
                    #expect(underWay.count { $0.source == name } <= 2, "\(replay)")
                    #expect(underWay.count { $0.target == name } <= 3, "\(replay)")
                }
                guard !underWay.isEmpty else { break }
                let copy = underWay.remove(at: Int(generator.next(below: UInt64(underWay.count))))
                if generator.next(below: 5) == 0 {
                    schedule.failed(copy.number)
                } else {
                    released += schedule.finished(copy.number)
                    made += 1
                }
            }
            #expect(schedule.isComplete, "\(replay)")
            #expect(made == schedule.plan.handovers.reduce(0) { $0 + $1.joining.count })
            #expect(released.count == schedule.plan.handovers.reduce(0) { $0 + $1.leaving.count })
        }
    }

    private let arc = HashArc(after: 10, through: 20)

    private func schedule(
        holders: [NodeName], joining: [NodeName], leaving: [NodeName]
    ) -> MoveSchedule {
        let ring = Handover(arc: arc, holders: holders, joining: joining, leaving: leaving)
        return MoveSchedule(MovePlan(handovers: [ring]), limits: MoveLimits(receiving: 2))
    }

    @Test func `a source gives up its copy when all that are to have it do, not before`() {
        var schedule = schedule(holders: ["a", "b"], joining: ["c", "d"], leaving: ["a", "b"])
        #expect(schedule.begin().isEmpty)
        let copies = schedule.next()
        #expect(copies.map(\.source) == ["a", "b"])
        #expect(schedule.writers(ofHash: 15) == ["a", "b", "c", "d"])
        #expect(schedule.writers(ofHash: 10) == nil)
        #expect(schedule.finished(copies[0].number).isEmpty)
        #expect(
            schedule.finished(copies[1].number) == [
                RangeRelease(arc: arc, holder: "a"), RangeRelease(arc: arc, holder: "b"),
            ])
        #expect(schedule.isComplete)
        #expect(schedule.finished(copies[1].number).isEmpty)
    }

    @Test func `a copy whose source is lost is made from another, also from one that just got it`()
    {
        var schedule = schedule(holders: ["a", "b"], joining: ["c", "d"], leaving: ["a"])
        var copies = schedule.next()
        #expect(copies.map(\.target) == ["c", "d"])
        #expect(schedule.finished(copies[0].number).isEmpty)
        #expect(schedule.lose("b").isEmpty)
        copies = schedule.next()
        #expect(copies.map(\.target) == ["d"])
        schedule.failed(copies[0].number)
        #expect(schedule.lose("a").isEmpty)
        copies = schedule.next()
        #expect(copies.map(\.source) == ["c"])
        #expect(schedule.finished(copies[0].number).isEmpty)
        #expect(schedule.isOver && !schedule.isComplete)
        #expect(schedule.unrecoverable.isEmpty)
    }

    @Test func `nothing is given up while one that is to have the arc is lost`() {
        var schedule = schedule(holders: ["a", "b"], joining: ["c"], leaving: ["a"])
        let copies = schedule.next()
        #expect(schedule.lose("c").isEmpty)
        #expect(schedule.finished(copies[0].number).isEmpty)
        #expect(schedule.isOver && !schedule.isComplete)
        #expect(schedule.writers(ofHash: 20) == ["a", "b"])
    }

    @Test func `an arc that all who had it are lost of is told to be gone`() {
        var schedule = schedule(holders: ["a"], joining: ["c"], leaving: ["a"])
        _ = schedule.next()
        #expect(schedule.lose("a").isEmpty)
        #expect(schedule.next().isEmpty)
        #expect(schedule.isOver && !schedule.isComplete)
        #expect(schedule.unrecoverable == ArcSet([arc]))
        #expect(schedule.lose("a").isEmpty)
    }

    @Test func `what has the fewest holders left is copied first`() {
        let later = HashArc(after: 30, through: 40)
        var schedule = MoveSchedule(
            MovePlan(handovers: [
                Handover(arc: arc, holders: ["a", "b"], joining: ["d"], leaving: []),
                Handover(arc: later, holders: ["c"], joining: ["d"], leaving: []),
            ]))
        #expect(schedule.next().map(\.arc) == [later])
    }
}
