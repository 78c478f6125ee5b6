import Hardware
import TestSupport
import Testing

@testable import SharedNothing

/// How long a requester looks before it sleeps, and that it does one after the other.
@Suite struct ReplyPatienceTests {
    private static let whole = ReplyPatience(.spinThenPark).nanoseconds

    @Test func `a sleep halves it, and an answer that came in time earns it back`() {
        var patience = ReplyPatience(.spinThenPark)
        for halved in 1...3 {
            patience.wasInVain()
            #expect(patience.nanoseconds == Self.whole >> UInt64(halved))
        }
        patience.wasEnough()
        #expect(patience.nanoseconds == Self.whole)
    }

    @Test func `who has learnt to sleep at once tries again, one time in 64`() {
        var patience = ReplyPatience(.adaptive)
        var tries: [Int] = []
        var looked: UInt64 = 0
        for sleep in 1...(10 * ReplyPatience.sleepsPerTry) {
            if patience.nanoseconds == Self.whole { tries.append(sleep) }
            looked += patience.nanoseconds
            patience.wasInVain()
        }
        #expect(tries == (0..<10).map { $0 * ReplyPatience.sleepsPerTry + 1 })
        // All the halves of a try together are less than two of it.
        #expect(looked < 10 * 2 * Self.whole)
    }

    @Test func `who never sleeps looks without end`() {
        var patience = ReplyPatience(.busySpin)
        #expect(patience.nanoseconds == .max)
        patience.wasEnough()
        #expect(patience.nanoseconds == .max)
    }

    @Test func `a requester sleeps when it has looked in vain, and is woken by the answer`() throws
    {
        let cell = ReplyCell<Int>()
        var patience = ReplyPatience(.spinThenPark)
        let worker = TestThread {
            while cell.state.load() != ReplyState.asleep { letOthersRun() }
            cell.resolve(.response(7))
        }
        let outcome = cell.wait(&patience, until: .now() + plenty)
        worker.join()
        guard case .response(7)? = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
        #expect(patience.nanoseconds == Self.whole / 2)
        // The same cell serves the next request.
        cell.resolve(.response(8))
        guard case .response(8)? = cell.wait(&patience, until: .now() + plenty) else {
            Issue.record("an answer that was there was not taken")
            return
        }
    }

    @Test func `what is not answered in time is given up, asleep or not`() {
        for strategy in [Profile.WaitStrategy.busySpin, .spinThenPark] {
            let cell = ReplyCell<Int>()
            var patience = ReplyPatience(strategy)
            let outcome = cell.wait(&patience, until: .now() + .milliseconds(1))
            if let outcome { Issue.record("\(outcome)") }
            #expect(cell.isAbandoned)
        }
    }
}
