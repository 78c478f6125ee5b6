import Randomness
import Testing

@testable import Channels

/// Small histories of unbounded channels, each of which some order has to explain.
@Suite(.serialized) struct UnboundedHistoryTests {
    @Test(arguments: [1, 2, 60])
    func `what threads see of an unbounded channel is what a queue would do`(_ capacity: Int) {
        let seed = testSeed()
        for round in 0..<300 {
            let seed = Seed(seed).derived(for: round)
            let recorder = Recorder()
            if round % 3 > 0 {
                let ends = unboundedMany(Int.self, YieldAtOnce.self, capacity)
                record(
                    recorder, seed, (0..<2).map { _ in Handoff(ends.producer.clone()) },
                    (0..<2).map { _ in Handoff(ends.consumer.clone()) })
            } else {
                let ends = unboundedSole(Int.self, YieldAtOnce.self, capacity)
                record(
                    recorder, seed, (0..<3).map { _ in Handoff(ends.producer.clone()) },
                    [Handoff(ends.consumer)])
            }
            let history = History(capacity: .max, events: recorder.events)
            #expect(
                history.isLinearizable,
                "round \(round), NILOMETER_TEST_SEED=\(seed): \(recorder.events)")
        }
    }

    /// Has each thread do a few operations, and then close or drain.
    private func record<Wait, Consumer: UnboundedReceiving<Int> & ~Copyable>(
        _ recorder: Recorder, _ seed: Seed,
        _ senders: [Handoff<UnboundedProducer<Int, Wait, ProcessorAtomics>>],
        _ receivers: [Handoff<Consumer>]
    ) {
        let starter = Starter(senders.count + receivers.count)
        // A handle that goes away may close the channel, and is no event.
        let finish = Starter(senders.count + receivers.count)
        var threads: [Running] = []
        for (number, sender) in senders.enumerated() {
            threads.append(
                Running {
                    let producer = sender.take()
                    var random = seed.derived(for: number).generator()
                    starter.wait()
                    var notebook = Notebook(recorder, thread: number)
                    for step in 0..<5 {
                        let value = 10 * number + step
                        let closes = step == 4 && random.next(below: 3) == 0
                        notebook.note {
                            guard closes else {
                                let isSent = producer.trySend(value).isSent
                                return .send(value, isSent ? .sent : .closed)
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
                Running {
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

private func look<Consumer: UnboundedReceiving<Int> & ~Copyable>(
    at consumer: inout Consumer, _ kind: UInt64
) -> Event.Action {
    guard kind > 0 else { return .receive(consumer.tryReceive()) }
    // A short wait holds a ticket, and gives it up.
    switch consumer.receive(timeout: kind == 1 ? .zero : .microseconds(1)) {
    case .received(let value): return .receive(value)
    case .timedOut: return .receive(nil)
    case .closed: return .receivedEnd
    }
}
