import Channels
import Hardware
import Randomness
import Synchronization

/// Seeded trials of one kind of channel.
struct ChannelTrials: EndsVisitor {
    /// What came of them.
    struct Outcome {
        var promises = Checks()
        var closings = Checks()
        var miscounted: UInt64 = 0
    }

    let isBounded: Bool
    let count: Int
    let generator: Xoshiro256StarStar
    /// Where a thread waits that is to be woken.
    let waitingUnit: Int

    /// Long enough that a clock shows it, short enough for many trials.
    private static let timeout = Duration.microseconds(100)

    func visit<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ make: @escaping (Int, Int) -> RingEnds<S, R>
    ) throws -> Outcome where S.Message == UInt64, R.Message == UInt64 {
        var outcome = Outcome()
        var generator = generator
        let watch = WindowWatch()
        defer { watch.stop() }
        for _ in 0..<count {
            let capacity = Int.random(in: 1...100, using: &generator)
            bounds(make(capacity, 1), capacity, &outcome)
            statistics(make(capacity, 1), capacity, &generator, &outcome)
            let left = Int.random(in: 0...capacity, using: &generator)
            receiverGoes(make(capacity, 1), left, &outcome)
            senderGoes(make(capacity, 1), left, &outcome)
            try watch.during("a receiver whose channel is closed") {
                try waiterIsWoken(make(capacity, 1), &outcome)
            }
        }
        return outcome
    }

    /// A channel takes as many as it has room for, refuses more at once or in time, and gives all of
    /// them back in order; then it has nothing, at once or in time.
    private func bounds<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ ends: RingEnds<S, R>, _ capacity: Int, _ outcome: inout Outcome
    ) where S.Message == UInt64, R.Message == UInt64 {
        var producer = ends.senders[0].take()
        var consumer = ends.receivers[0].take()
        // An unbounded channel takes several segments' worth.
        let fits = isBounded ? capacity : capacity * 10
        for value in 1...UInt64(fits) {
            outcome.promises.expect(producer.trySend(value) == .sent)
        }
        if isBounded {
            outcome.promises.expect(producer.trySend(0) == .full(0))
            let start = ContinuousClock.now
            let attempt = producer.send(0, within: Self.timeout)
            outcome.promises.expect(
                attempt == .full(0) && ContinuousClock.now - start >= Self.timeout)
        }
        for value in 1...UInt64(fits) {
            outcome.promises.expect(consumer.tryReceive() == value)
        }
        outcome.promises.expect(consumer.tryReceive() == nil)
        let start = ContinuousClock.now
        let attempt = consumer.receive(timeout: Self.timeout)
        outcome.promises.expect(
            attempt == .timedOut && ContinuousClock.now - start >= Self.timeout)
    }

    /// The channel's counts at random moments, of random numbers of sends and receives.
    private func statistics<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ ends: RingEnds<S, R>, _ capacity: Int, _ generator: inout Xoshiro256StarStar,
        _ outcome: inout Outcome
    ) where S.Message == UInt64, R.Message == UInt64 {
        var producer = ends.senders[0].take()
        var consumer = ends.receivers[0].take()
        var sent: UInt64 = 0
        var received: UInt64 = 0
        for _ in 0..<20 {
            for _ in 0..<Int.random(in: 0...capacity, using: &generator)
            where producer.trySend(7).isSent { sent += 1 }
            for _ in 0..<Int.random(in: 0...capacity, using: &generator)
            where consumer.tryReceive() != nil { received += 1 }
            let counted = producer.counted
            let off = max(
                counted.sent.distance(from: sent), counted.received.distance(from: received))
            outcome.miscounted = max(outcome.miscounted, off)
        }
    }

    /// The receiving end goes while `left` messages are there: sends are refused, and give their
    /// message back.
    private func receiverGoes<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ ends: RingEnds<S, R>, _ left: Int, _ outcome: inout Outcome
    ) where S.Message == UInt64, R.Message == UInt64 {
        var producer = ends.senders[0].take()
        for value in 0..<UInt64(left) { _ = producer.trySend(value) }
        ends.receivers[0].drop()
        outcome.closings.expect(producer.trySend(42) == .closed(42))
        do {
            try producer.send(43)
            outcome.closings.expect(false)
        } catch {
            outcome.closings.expect(error.takeElement() == 43)
        }
        do {
            try producer.sendBatch([1, 2, 3].span)
            outcome.closings.expect(false)
        } catch {
            outcome.closings.expect(error.accepted == 0)
        }
    }

    /// The sending end goes while `left` messages are there: they are received, and then nothing.
    private func senderGoes<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ ends: RingEnds<S, R>, _ left: Int, _ outcome: inout Outcome
    ) where S.Message == UInt64, R.Message == UInt64 {
        var producer = ends.senders[0].take()
        var consumer = ends.receivers[0].take()
        for value in 0..<UInt64(left) { _ = producer.trySend(value) }
        _ = consume producer
        for value in 0..<UInt64(left) { outcome.closings.expect(consumer.receive() == value) }
        outcome.closings.expect(consumer.receive() == nil)
        outcome.closings.expect(consumer.receive(timeout: .seconds(1)) == .closed)
    }

    /// A receiver that waits is woken when the sending end goes.
    private func waiterIsWoken<S: CheckedSender & ~Copyable, R: CheckedReceiver & ~Copyable>(
        _ ends: RingEnds<S, R>, _ outcome: inout Outcome
    ) throws where S.Message == UInt64, R.Message == UInt64 {
        let receiver = ends.receivers[0]
        let waits = FutexWord()
        let answer = WaitersAnswer()
        let thread = try PinnedThread(pu: waitingUnit, name: "waiter") {
            var consumer = receiver.take()
            waits.advanceAndWake()
            answer.isNothing.store(consumer.receive() == nil, ordering: .relaxed)
        }
        waits.sleep(until: 1)
        ends.senders[0].drop()
        // Orders the answer with what the thread did.
        thread.join()
        outcome.closings.expect(answer.isNothing.load(ordering: .relaxed))
    }
}

/// What a waiting thread got.
private final class WaitersAnswer: Sendable {
    let isNothing = Atomic<Bool>(false)
}

extension UInt64 {
    /// How far apart two counts are.
    fileprivate func distance(from other: UInt64) -> UInt64 {
        self > other ? self - other : other - self
    }
}
