import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Channels

/// Answers of two threads that work at the same moment, with nothing between their operations that
/// would make what they wrote visible.
@Suite(.serialized) struct CrossingTests {
    /// Fills a slot of two cache lines, so that its stamp shares no line with another's.
    private struct Wide: Sendable {
        var words = (1, 2, 3, 4, 5, 6, 7, 8)
    }

    /// Lets two threads go on together.
    private final class Meeting: Sendable {
        private let arrived = Atomic<Int>(0)

        /// The `number`th meeting, counted from 1.
        func meet(_ number: Int) {
            arrived.add(1, ordering: .acquiringAndReleasing)
            var polls = 0
            while arrived.load(ordering: .acquiring) < 2 * number {
                polls += 1
                if polls < 2_000 { ProcessorAtomics.pause() } else { sched_yield() }
            }
        }
    }

    @Test func `a full channel and an empty one are not seen behind each other`() {
        cross(many(Wide.self, BusySpin.self, 2))
        cross(sole(Wide.self, BusySpin.self, 2))
    }

    /// One element is in the channel; a thread sends twice, the other receives twice. If the second
    /// send found the channel full, the second receive finds something.
    private func cross<Consumer: BoundedReceiving<Wide> & ~Copyable>(
        _ ends: consuming Ends<BusySpin, Consumer>
    ) {
        let rounds = 20_000
        let meeting = Meeting()
        let refusals = Locked<[Bool]>([])
        let sender = Handoff(ends.producer.clone())
        let filler = ends.producer.clone()
        var consumer = ends.consumer
        let sending = TestThread {
            let producer = sender.take()
            var refused: [Bool] = []
            for round in 0..<rounds {
                meeting.meet(2 * round + 1)
                let isFirstSent = producer.trySend(Wide()).isSent
                let isSecondSent = producer.trySend(Wide()).isSent
                refused.append(isFirstSent && !isSecondSent)
                meeting.meet(2 * round + 2)
            }
            refusals.withLock { $0 = refused }
        }
        var empty: [Bool] = []
        for round in 0..<rounds {
            // Nothing and then one element is in it here.
            while consumer.tryReceive() != nil {}
            _ = filler.trySend(Wide())
            meeting.meet(2 * round + 1)
            let isFirstThere = consumer.tryReceive() != nil
            let isSecondThere = consumer.tryReceive() != nil
            empty.append(isFirstThere && !isSecondThere)
            meeting.meet(2 * round + 2)
        }
        sending.join()
        let refused = refusals.withLock { $0 }
        let contradictions = zip(refused, empty).count { $0 && $1 }
        #expect(contradictions == 0, "of \(rounds) rounds")
    }
}
