import Randomness
import TestSupport
import Testing

@testable import Channels

/// Small histories of channels with many ends, each of which some order has to explain.
@Suite(.serialized) struct LinearizabilityTests {
    private func at(_ invoked: Int, _ returned: Int, _ action: Event.Action) -> Event {
        Event(action: action, invoked: invoked, returned: returned)
    }

    @Test func `histories that a queue explains are accepted`() {
        let overlapping = [
            at(0, 5, .send(1, .sent)), at(1, 6, .send(2, .sent)), at(7, 8, .receive(2)),
            at(9, 10, .receive(1)),
        ]
        #expect(History(capacity: 2, events: overlapping).isLinearizable)
        let full = [
            at(0, 1, .send(1, .sent)), at(2, 9, .receive(1)), at(3, 4, .send(2, .full)),
            at(5, 6, .send(2, .sent)), at(10, 11, .close), at(10, 12, .receive(2)),
            at(13, 14, .receivedEnd), at(13, 15, .send(3, .closed)),
        ]
        #expect(History(capacity: 1, events: full).isLinearizable)
        #expect(History(capacity: 1, events: []).isLinearizable)
    }

    @Test(arguments: [
        // Out of order, though the sends did not overlap.
        [(0, 1, Event.Action.send(1, .sent)), (2, 3, .send(2, .sent)), (4, 5, .receive(2))],
        // Said to be empty while something was in it all the time.
        [(0, 1, .send(1, .sent)), (2, 3, .receive(nil))],
        // Said to be full with one of two.
        [(0, 1, .send(1, .sent)), (2, 3, .send(2, .full))],
        // More than fits.
        [(0, 1, .send(1, .sent)), (2, 3, .send(2, .sent)), (4, 5, .send(3, .sent))],
        // Received twice, and out of nothing.
        [(0, 1, .send(1, .sent)), (2, 3, .receive(1)), (4, 5, .receive(1))],
        [(0, 1, .receive(1)), (2, 3, .send(1, .sent))],
        // Sent behind a close, and at its end with something left.
        [(0, 1, .close), (2, 3, .send(1, .sent))],
        [(0, 1, .send(1, .sent)), (2, 3, .close), (4, 5, .receivedEnd)],
        [(0, 1, .receivedEnd), (2, 3, .close)],
    ])
    func `histories that no queue explains are rejected`(_ events: [(Int, Int, Event.Action)]) {
        let history = History(capacity: 2, events: events.map { at($0.0, $0.1, $0.2) })
        #expect(!history.isLinearizable)
    }

    @Test func `a thread's own operations come in their order, without a clock between them`() {
        func at(_ thread: Int, _ step: Int, _ action: Event.Action) -> Event {
            Event(
                action: action, invoked: 0, returned: 9,
                turn: Event.Turn(thread: thread, step: step))
        }
        // Full behind what was sent, and empty behind what was taken: no queue of two does both.
        let first = at(2, 0, .send(1, .sent))
        let crossed = [
            at(0, 0, .send(2, .sent)), at(0, 1, .send(3, .full)), at(1, 0, .receive(1)),
            at(1, 1, .receive(nil)),
        ]
        #expect(!History(capacity: 2, events: [first] + crossed).isLinearizable)
        #expect(History(capacity: 2, events: [first] + crossed.prefix(3)).isLinearizable)
        let alone = crossed.map { Event(action: $0.action, invoked: 0, returned: 9) }
        #expect(History(capacity: 2, events: [first] + alone).isLinearizable)
    }

    @Test(arguments: [1, 2, 3])
    func `what threads see of a channel is what a queue would do`(_ capacity: Int) {
        expectHistories(capacity) { round, record in
            if round % 3 > 0 {
                let ends = many(Int.self, YieldAtOnce.self, capacity)
                record.run(
                    clones(of: ends.producer, 2),
                    (0..<2).map { _ in Handoff(ends.consumer.clone()) })
            } else {
                let ends = sole(Int.self, YieldAtOnce.self, capacity)
                record.run(clones(of: ends.producer, 3), [Handoff(ends.consumer)])
            }
        }
    }

    @Test(arguments: [1, 2, 60])
    func `what threads see of an unbounded channel is what a queue would do`(_ capacity: Int) {
        expectHistories(.max) { round, record in
            if round % 3 > 0 {
                let ends = unboundedMany(Int.self, YieldAtOnce.self, capacity)
                record.run(
                    clones(of: ends.producer, 2),
                    (0..<2).map { _ in Handoff(ends.consumer.clone()) })
            } else {
                let ends = unboundedSole(Int.self, YieldAtOnce.self, capacity)
                record.run(clones(of: ends.producer, 3), [Handoff(ends.consumer)])
            }
        }
    }

    /// Has the threads of each round, which `round` starts, work at a channel that holds `capacity`
    /// elements, and explains what they saw.
    private func expectHistories(_ capacity: Int, _ round: (Int, SmallProgram) -> Void) {
        for number in 0..<testRounds(300, share: 100) {
            let program = SmallProgram(seed: testSeed.derived(for: number))
            round(number, program)
            let events = program.recorder.events
            #expect(
                History(capacity: capacity, events: events).isLinearizable,
                "round \(number), \(replay): \(events)")
        }
    }
}

/// A few operations of a few threads at one channel, recorded.
private struct SmallProgram {
    let recorder = Recorder()
    let seed: Seed

    /// Has each thread do a few operations, and then close or drain; waits for all of them.
    func run<Producer: Sending<Int> & ~Copyable, Consumer: Receiving<Int> & ~Copyable>(
        _ senders: [Handoff<Producer>], _ receivers: [Handoff<Consumer>]
    ) {
        let starter = Starter(senders.count + receivers.count)
        // A handle that goes away may close the channel, and is no event.
        let finish = Starter(senders.count + receivers.count)
        let (seed, recorder) = (self.seed, self.recorder)
        var threads: [TestThread] = []
        for (number, sender) in senders.enumerated() {
            threads.append(
                TestThread {
                    let producer = sender.take()
                    var random = seed.derived(for: number).generator()
                    starter.wait()
                    var notebook = Notebook(recorder, thread: number)
                    for step in 0..<5 {
                        let value = 10 * number + step
                        let closes = step == 4 && random.next(below: 3) == 0
                        notebook.note {
                            guard closes else {
                                return .send(value, outcome(of: producer.trySend(value)))
                            }
                            producer.closeForAll()
                            return .close
                        }
                    }
                    notebook.finish()
                    finish.wait()
                    producer.close()
                })
        }
        for (number, receiver) in receivers.enumerated() {
            threads.append(
                TestThread {
                    var consumer = receiver.take()
                    var random = seed.derived(for: 10 + number).generator()
                    starter.wait()
                    var notebook = Notebook(recorder, thread: senders.count + number)
                    for _ in 0..<6 {
                        let kind = random.next(below: 3)
                        notebook.note { look(at: &consumer, kind) }
                    }
                    notebook.finish()
                    finish.wait()
                    consumer.close()
                })
        }
        for thread in threads { thread.join() }
    }
}

private func outcome(of attempt: consuming SendAttempt<Int>) -> Event.Outcome {
    switch attempt {
    case .sent: .sent
    case .full: .full
    case .closed: .closed
    }
}

private func look<Consumer: Receiving<Int> & ~Copyable>(
    at consumer: inout Consumer, _ kind: UInt64
) -> Event.Action {
    guard kind > 0 else { return .receive(consumer.tryReceive()) }
    // A short wait at an unbounded channel holds a ticket, and gives it up.
    switch consumer.receive(timeout: kind == 1 ? .zero : .microseconds(1)) {
    case .received(let value): return .receive(value)
    case .timedOut: return .receive(nil)
    case .closed: return .receivedEnd
    }
}
