import Testing

@testable import Channels

/// What an end that adapts makes of its waits.
@Suite struct SpinBudgetTests {
    @Test func `a first wait has a fifth of the most`() {
        #expect(SpinBudget(0, most: 2000).polls == 400)
        #expect(SpinBudget(0, most: 3).polls == 1)
        #expect(SpinBudget(0, most: 0).polls == 0)
        #expect(SpinBudget(0, most: .max).most == 65_534)
    }

    @Test func `a wait that needed more than half gets twice what it needed, within bounds`() {
        var budget = SpinBudget(0, most: 2000)
        budget.wasEnough(200)
        #expect(budget.polls == 400)
        budget.wasEnough(201)
        #expect(budget.polls == 402)
        budget.wasEnough(3)
        #expect(budget.polls == 402)
        budget.wasEnough(402)
        budget.wasEnough(804)
        budget.wasEnough(1608)
        #expect(budget.polls == 2000)
    }

    @Test func `waits in vain end the spinning, and every 64th brings a try`() {
        var budget = SpinBudget(0, most: 2000)
        let polls = (1...8).map { _ in
            budget.wasInVain()
            return budget.polls
        }
        #expect(polls == [200, 100, 50, 25, 12, 6, 3, 1])
        for _ in 9...63 { budget.wasInVain() }
        #expect(budget.polls == 0)
        budget.wasInVain()
        #expect(budget.polls == 400)
        budget.wasInVain()
        #expect(budget.polls == 200)
        // A try that was enough is kept, and sleeps before it count for the next one.
        budget.wasEnough(150)
        #expect(budget.polls == 300)
        #expect(budget.sleeps == 1)
    }

    @Test func `the word keeps all there is, and is never taken for a fresh one`() {
        for most in [0, 1, 10, 2000, 65_534] {
            var budget = SpinBudget(0, most: most)
            for step in 0..<300 {
                if step % 7 == 0 { budget.wasEnough(step * 31) } else { budget.wasInVain() }
                #expect((0...most).contains(budget.polls))
                #expect(budget.word != 0)
                #expect(SpinBudget(budget.word, most: most) == budget)
            }
        }
    }

    /// Waits of which none ends before the thread sleeps.
    @Test func `a receiver that always sleeps learns to do so at once, and only that end learns`() {
        let channel = SPSCChannel<Int, AdaptiveWait>(capacity: 4)
        var consumer = channel.consumer
        // The park is a timed one: nobody sends anything.
        for _ in 0..<12 {
            #expect(consumer.receive(timeout: .milliseconds(1)) == .timedOut)
        }
        let parks = consumer.statistics.receiveParks
        #expect(parks >= 1)
        let learnt = SpinBudget(
            consumer.memory.consumer.spinBudget.loadRelaxed(), most: AdaptiveWait.spins)
        #expect(learnt.sleeps == Int(parks) % SpinBudget.sleepsPerTry)
        #expect(consumer.memory.producer.spinBudget.loadRelaxed() == 0)
        var producer = channel.producer
        #expect(producer.trySend(1) == .sent)
        #expect(consumer.receive() == 1)
    }
}
