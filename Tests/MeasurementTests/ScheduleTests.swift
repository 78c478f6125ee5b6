import Quantities
import Randomness
import Testing

@testable import Measurement

@Suite struct ScheduleTests {
    private static func plan(_ forks: [Int]) -> [PlannedWorkload] {
        forks.enumerated().map { index, count in
            PlannedWorkload(
                workload: "w\(index)", benchmark: "b", parameters: ParameterSet(),
                profile: "auto", forks: count, time: .seconds(1))
        }
    }

    @Test func `every fork of every workload has one turn, first forks first`() {
        let turns = Schedule(Self.plan([3, 1, 2]), seed: Seed(1)).turns
        #expect(turns.count == 6)
        #expect(Set(turns).count == 6)
        #expect(turns.map(\.fork) == turns.map(\.fork).sorted())
    }

    @Test func `the same seed gives the same order and another gives another`() {
        let plan = Self.plan([2, 2, 2, 2, 2, 2, 2, 2])
        #expect(Schedule(plan, seed: Seed(5)).turns == Schedule(plan, seed: Seed(5)).turns)
        #expect(Schedule(plan, seed: Seed(5)).turns != Schedule(plan, seed: Seed(6)).turns)
    }
}
