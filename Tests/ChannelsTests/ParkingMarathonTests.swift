import Synchronization
import TestSupport
import Testing

@testable import Channels

/// Very many parks and wake-ups, one after the other.
@Suite(.serialized) struct ParkingMarathonTests {
    /// On one processor each receive has to sleep before the other end can answer; on two some of
    /// the answers come while an end is about to sleep, which is where wake-ups get lost.
    @Test(arguments: [0, nil])
    func `a ping-pong of sleepers never stands still`(_ processor: Int?) {
        let rounds = testRounds(processor == nil ? 10_000 : 50_000)
        let (asking, asked) = take(apart: SPSCChannel<Int, ParkAtOnce>(capacity: 1))
        let (answering, answered) = take(apart: SPSCChannel<Int, ParkAtOnce>(capacity: 1))
        let (finishing, finished) = take(apart: SPSCChannel<Int, SpinThenPark>(capacity: 1))
        let progress = Progress()
        let responder = TestThread(on: processor) {
            var incoming = asked.take()
            var outgoing = answering.take()
            while let value = incoming.receive() {
                guard (try? outgoing.send(value)) != nil else { return }
            }
        }
        let initiator = TestThread(on: processor) {
            var requests = asking.take()
            var answers = answered.take()
            var finish = finishing.take()
            var wrong = 0
            for value in 1...rounds {
                if (try? requests.send(value)) == nil || answers.receive() != value { wrong += 1 }
                progress.round.store(value, ordering: .relaxed)
            }
            _ = finish.trySend(wrong)
        }
        // The watchdog: nothing in a minute is nothing for ever.
        var done = finished.take()
        var seen = -1
        var wrong: Int?
        while wrong == nil {
            switch done.receive(timeout: .seconds(60)) {
            case .received(let value): wrong = value
            case .closed: wrong = -1
            case .timedOut:
                let now = progress.round.load(ordering: .relaxed)
                precondition(now != seen, "asleep for a minute after round \(now) of \(rounds)")
                seen = now
            }
        }
        #expect(wrong == 0)
        initiator.join()
        responder.join()
    }

    /// How far the initiator is, for the watchdog.
    private final class Progress: Sendable {
        let round = Atomic<Int>(0)
    }
}
