import MemoryExplorer
import TestSupport
import Testing

@testable import Channels

/// Waits of the shipped ring under every interleaving: with deadlines, with a budget that is learnt,
/// and of tasks.
@Suite(.serialized) struct WaitTests {
    typealias ParkAtOnce = RingTests.ParkAtOnce

    /// Learns whether to take a second look.
    enum AdaptAtOnce: ParkingWait {
        static var spins: Int { 1 }
        static var yields: Int { 0 }
        static var adapts: Bool { true }
    }

    typealias Ring<Wait: WaitStrategy> = SPSCRing<Int, Wait, ExploredAtomics>

    @Test(arguments: [true, false])
    func `a receive with a deadline gets what was sent, or leaves it there`(
        _ imposesBarriers: Bool
    ) {
        let outcomes = Seen()
        let result = Exploration.run(Exploration.walks(400)) { program in
            let ring = Ring<ParkAtOnce>(
                capacity: 1, firstLap: (1 << 29) - 1, imposesBarriers: imposesBarriers)
            let producer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            program.thread {
                var end = producer.take()
                Exploration.expectation(end.trySend(7).isSent, "refused")
                producer.put(end)
            }
            program.thread {
                var end = consumer.take()
                let first = end.receive(timeout: .seconds(1))
                if first == .timedOut { outcomes.insert([0]) } else { outcomes.insert([1]) }
                var value = first.element()
                if value == nil { value = end.receive() }
                Exploration.expectation(value == 7, "\(value ?? -1) for 7")
                consumer.put(end)
            }
            program.end {
                producer.drop()
                consumer.drop()
            }
        }
        #expect(result.failure == nil)
        #expect(outcomes.all == [[0], [1]])
    }

    @Test func `a send with a deadline finds room, or keeps its element, or is told of the end`() {
        for closes in [false, true] {
            let outcomes = Seen()
            let result = Exploration.run(Exploration.walks(400)) { program in
                let ring = Ring<ParkAtOnce>(capacity: 1)
                var sender = ring.producer
                _ = sender.trySend(1)
                let producer = Handoff(sender)
                let consumer = Handoff(ring.consumer)
                program.thread {
                    var end = producer.take()
                    switch end.send(2, timeout: .seconds(1)) {
                    case .sent: outcomes.insert([0])
                    case .full(let value): outcomes.insert([UInt32(value)])
                    case .closed(let value): outcomes.insert([UInt32(value) + 10])
                    }
                    producer.put(end)
                }
                program.thread {
                    var end = consumer.take()
                    if closes {
                        end.close()
                    } else {
                        Exploration.expectation(end.tryReceive() == 1, "not the first")
                        consumer.put(end)
                    }
                }
                program.end {
                    producer.drop()
                    if !closes { consumer.drop() }
                }
            }
            #expect(result.failure == nil)
            #expect(outcomes.all == (closes ? [[2], [12]] : [[0], [2]]))
        }
    }

    @Test func `an end that learns loses no wake-up`() {
        let result = Exploration.run(Exploration.walks(400)) { program in
            let ring = Ring<AdaptAtOnce>(capacity: 1)
            let producer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            program.thread {
                var end = producer.take()
                for value in 0..<2 {
                    Exploration.expectation((try? end.send(value)) != nil, "refused \(value)")
                }
                producer.put(end)
            }
            program.thread {
                var end = consumer.take()
                for value in 0..<2 {
                    Exploration.expectation(end.receive() == value, "not \(value)")
                }
                consumer.put(end)
            }
            program.end {
                producer.drop()
                consumer.drop()
            }
        }
        #expect(result.failure == nil)
    }

    /// A task's wait, with a word of the explorer in the place of its continuation: who is woken
    /// once has been woken by a send, a close, or its cancelling.
    private func suspended<Atomics: AtomicsProvider>(
        _: Atomics.Type, imposesBarriers: Bool, by event: Event, limit: Int = 20_000
    ) -> Exploration {
        Exploration.run(limit: limit) { program in
            let ring = SPSCRing<Int, ParkAtOnce, Atomics>(
                capacity: 1, firstLap: (1 << 29) - 1, imposesBarriers: imposesBarriers)
            let memory = ring.consumer.memory
            let producer = Handoff(ring.producer)
            let consumer = Handoff(ring.consumer)
            let words = Words(2)
            program.thread {
                switch event {
                case .send:
                    var end = producer.take()
                    Exploration.expectation(end.trySend(7).isSent, "refused")
                    producer.put(end)
                case .close: producer.take().close()
                case .cancel:
                    unsafe Memory.storeRelaxed(words[1], 1)
                    memory.consumerSleeps.wakeNow(awake: memory.awake)
                }
            }
            program.thread {
                var end = consumer.take()
                let isCancelled = { unsafe Memory.loadRelaxed(words[1]) != 0 }
                while end.isEmpty && !end.isClosed && !isCancelled() {
                    unsafe Memory.storeRelaxed(words[0], 0)
                    let waker = unsafe Waker(words[0]) { word in
                        unsafe Memory.storeReleasing(word, 1)
                        unsafe Memory.wake(word)
                    }
                    let wait = RingWait(
                        end.memory, end.cursor.published, end.cursor.token, isConsumer: true)
                    guard wait.leave(waker, unless: isCancelled) else { continue }
                    while unsafe Memory.loadAcquiring(words[0]) == 0 {
                        unsafe Memory.sleep(words[0], while: 0)
                    }
                }
                if event == .send {
                    let value = end.tryReceive()
                    Exploration.expectation(value == 7, "\(value ?? -1) for 7")
                }
                consumer.put(end)
            }
            program.end {
                if event != .close { producer.drop() }
                consumer.drop()
                words.free()
            }
        }
    }

    private enum Event: CaseIterable { case send, close, cancel }

    @Test(arguments: [true, false])
    func `a suspended task is let go on by whatever it waits for`(_ imposesBarriers: Bool) {
        for event in Event.allCases {
            let result = suspended(
                ExploredAtomics.self, imposesBarriers: imposesBarriers, by: event)
            #expect(result.failure == nil, "\(event)")
        }
    }

    @Test func `suspending without a barrier is found`() {
        let result = suspended(Unfenced.self, imposesBarriers: true, by: .send)
        #expect(result.failure?.contains("nobody is left to wake them") == true)
    }

    @Test func `a waker that is not handed over in order is found`() {
        let result = suspended(Unreleased.self, imposesBarriers: true, by: .cancel)
        #expect(result.failure?.contains("races with") == true)
    }

    /// Elements with a block each, so that a batch of few has several blocks.
    @Test(arguments: [6, 8])
    func `batches of several blocks against each other`(_ capacity: Int) {
        let result = batches(
            ExploredAtomics.self, capacity: capacity, by: Exploration.walks(150))
        #expect(result.failure == nil)
    }

    @Test func `a batch that is published without release is found`() {
        let result = batches(Unreleased.self, capacity: 6, by: .depthFirst(limit: 2000))
        #expect(result.failure?.contains("races with") == true)
    }

    private func batches<Atomics: AtomicsProvider>(
        _: Atomics.Type, capacity: Int, by search: Exploration.Search
    ) -> Exploration {
        Exploration.run(search) { program in
            let ring = SPSCRing<SIMD16<Int>, BusySpin, Atomics>(
                capacity: capacity, firstLap: (1 << 31) - 1, imposesBarriers: true)
            var sender = ring.producer
            var receiver = ring.consumer
            // Round the ring but for three elements, so that the batches pass its end.
            for value in 0..<(capacity - 3) {
                _ = sender.trySend(SIMD16(repeating: -value))
                _ = receiver.tryReceive()
            }
            let producer = Handoff(sender)
            let consumer = Handoff(receiver)
            let count = capacity + 2
            let values = (0..<count).map { SIMD16(repeating: $0) }
            program.thread {
                var end = producer.take()
                let sent = end.trySendBatch(values.span)
                Exploration.expectation(sent >= capacity, "sent \(sent)")
                Exploration.expectation(
                    (try? end.sendBatch(values.span.extracting(sent..<count))) != nil, "closed")
                producer.put(end)
            }
            program.thread {
                var end = consumer.take()
                var expected = 0
                while expected < count {
                    let received = [SIMD16<Int>](capacity: count) { output in
                        _ = end.receiveBatch(into: &output)
                    }
                    for value in received {
                        Exploration.expectation(value[0] == expected, "\(value[0])")
                        expected += 1
                    }
                }
                consumer.put(end)
            }
            program.end {
                producer.drop()
                consumer.drop()
            }
        }
    }
}
