import Quantities
import Randomness
import Testing

@testable import Measurement

@Suite struct TurnQueueTests {
    private static func plan(forks: Int...) -> [PlannedWorkload] {
        forks.enumerated().map { index, count in
            PlannedWorkload(
                workload: "w\(index)", benchmark: "b", parameters: ParameterSet(),
                profile: "auto", forks: count, time: .seconds(1))
        }
    }

    /// Runs a queue to its end; `causes` says what disturbs a fork.
    private static func run(
        _ plan: [PlannedWorkload], causes: (Schedule.Turn) -> [String]
    ) -> (ran: [Schedule.Turn], aside: [TurnQueue.SetAside]) {
        var queue = TurnQueue(plan, seed: Seed(3))
        var ran: [Schedule.Turn] = []
        var aside: [TurnQueue.SetAside] = []
        while let turn = queue.next() {
            ran.append(turn)
            if let gone = queue.finished(turn, causes: causes(turn)) { aside.append(gone) }
        }
        return (ran, aside)
    }

    @Test func `calm forks run once each, in the order of the schedule`() {
        let plan = Self.plan(forks: 3, 2)
        let (ran, aside) = Self.run(plan) { _ in [] }
        #expect(ran == Schedule(plan, seed: Seed(3)).turns)
        #expect(aside.isEmpty)
    }

    @Test func `a calm repeat takes the place of the disturbed fork, after all others`() {
        let (ran, aside) = Self.run(Self.plan(forks: 3, 2)) { turn in
            turn == .init(workload: 1, fork: 0) ? ["steal", "faults"] : []
        }
        #expect(ran.count == 6)
        #expect(ran.last == .init(workload: 1, fork: 2))
        #expect(
            aside == [
                .init(
                    turn: .init(workload: 1, fork: 0),
                    reason: "noisy: steal, faults; fork 2 took its place")
            ])
    }

    @Test func `a repeat that is disturbed too gives way to the fork that it repeated`() {
        let (ran, aside) = Self.run(Self.plan(forks: 3)) { turn in
            turn.fork == 1 || turn.fork == 3 ? ["steal"] : []
        }
        #expect(ran.count == 4)
        #expect(
            aside == [
                .init(
                    turn: .init(workload: 0, fork: 3),
                    reason: "noisy: steal; it repeated fork 1")
            ])
    }

    @Test(arguments: [(1, 1), (2, 1), (3, 2), (8, 4)])
    func `at most half of the forks are repeated, however noisy it is`(
        forks: Int, repeats: Int
    ) {
        let (ran, aside) = Self.run(Self.plan(forks: forks)) { _ in ["steal"] }
        #expect(ran.count == forks + repeats)
        #expect(Set(ran).count == ran.count)
        #expect(aside.map(\.turn.fork) == Array(forks..<forks + repeats))
    }
}
