import Testing

@testable import NilometerCLI

@Suite struct RegressRoundsTests {
    @Test func `a workload is by round when both handed over in all of its pairs`() {
        var rounds = RegressRounds()
        rounds.add("b", base: 150, new: 148)
        rounds.add("b", base: 149, new: 150)
        rounds.add("a", base: 9, new: 10)
        rounds.add("whole", base: 0, new: 0)
        #expect(rounds.workloads == ["a", "b"])
        #expect(
            rounds.notes == ["the two processes of a pair handed over after each round: a, b"])
    }

    @Test func `a build that knows nothing of turns is told, whoever goes first`() {
        var rounds = RegressRounds()
        // It went first and was gone before the other could hand over; then it went second.
        rounds.add("a", base: 0, new: 0)
        #expect(rounds.notes.isEmpty)
        rounds.add("a", base: 0, new: 1)
        #expect(rounds.workloads.isEmpty)
        #expect(
            rounds.notes
                == ["one of the builds does not know how to hand over: its processes ran as wholes"]
        )
    }

    @Test func `without pairs there is nothing to tell`() {
        #expect(RegressRounds().notes.isEmpty && RegressRounds().workloads.isEmpty)
    }
}
