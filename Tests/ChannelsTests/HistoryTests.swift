import Randomness
import Synchronization
import TestSupport
import Testing

@testable import Channels

/// Small histories of two threads, each held against all orders that a bounded queue allows.
///
/// - Source: Wing and Gong, "Testing and verifying concurrent objects" (JPDC 1993): a history is
///   linearizable if its operations, each at one moment between its call and its return, are what
///   one thread could have done.
@Suite(.serialized) struct HistoryTests {
    struct Operation: Equatable, Sendable {
        enum Kind: Equatable, Sendable {
            case sent(Int)
            case full
            case received(Int)
            case empty
        }

        let kind: Kind
        let called: Int
        let returned: Int
    }

    @Test(arguments: [1, 2, 3, 8])
    func `what two threads do is what one could have done`(_ capacity: Int) {
        var random = testSeed.derived(for: capacity).generator()
        for round in 0..<300 {
            let channel = SPSCChannel<Int, BusySpin>(
                capacity: capacity, firstLap: (1 << 29) - 1, imposesBarriers: true)
            let clock = Clock()
            let (sender, receiver) = take(apart: channel)
            let sends = (0..<6).map { _ in random.next(below: 40) }
            let receives = (0..<6).map { _ in random.next(below: 40) }
            let sent = Record()
            let producing = TestThread {
                var producer = sender.take()
                clock.startTogether()
                for (value, delay) in sends.enumerated() {
                    for _ in 0..<delay { ProcessorAtomics.pause() }
                    let operation = clock.time {
                        producer.trySend(value).isSent ? .sent(value) : .full
                    }
                    sent.operations.withLock { $0.append(operation) }
                }
            }
            var consumer = receiver.take()
            var received: [Operation] = []
            clock.startTogether()
            for delay in receives {
                for _ in 0..<delay { ProcessorAtomics.pause() }
                received.append(
                    clock.time {
                        guard let value = consumer.tryReceive() else { return .empty }
                        return .received(value)
                    })
            }
            producing.join()
            let history = (sent.operations.withLock { $0 }, received)
            #expect(
                Self.isLinearizable(history.0, history.1, capacity: capacity),
                "\(replay), round \(round): \(history)")
        }
    }

    @Test func `a history that no queue allows is found`() {
        func operation(_ kind: Operation.Kind, _ called: Int, _ returned: Int) -> Operation {
            Operation(kind: kind, called: called, returned: returned)
        }
        let one = operation(.sent(1), 0, 1)
        let two = operation(.sent(2), 2, 3)
        #expect(
            Self.isLinearizable(
                [one, two], [operation(.received(1), 4, 5), operation(.received(2), 6, 7)],
                capacity: 2))
        // Another order, an element out of nothing, one that is not seen, one too many.
        #expect(
            !Self.isLinearizable(
                [one, two], [operation(.received(2), 4, 5), operation(.received(1), 6, 7)],
                capacity: 2))
        #expect(!Self.isLinearizable([], [operation(.received(1), 4, 5)], capacity: 2))
        #expect(!Self.isLinearizable([one], [operation(.empty, 2, 3)], capacity: 2))
        #expect(Self.isLinearizable([one], [operation(.empty, 0, 3)], capacity: 2))
        #expect(!Self.isLinearizable([one, two], [], capacity: 1))
        #expect(!Self.isLinearizable([operation(.full, 0, 1)], [], capacity: 1))
    }

    /// Whether some order of all operations, each thread's in its own, is one in which every
    /// operation comes before those that were called after it had returned, and answers as a queue
    /// of `capacity` would.
    static func isLinearizable(
        _ sender: [Operation], _ receiver: [Operation], capacity: Int, queue: [Int] = []
    ) -> Bool {
        if sender.isEmpty && receiver.isEmpty { return true }
        if let next = sender.first, receiver.first.map({ $0.returned > next.called }) ?? true,
            let after = apply(next.kind, to: queue, capacity),
            isLinearizable(Array(sender.dropFirst()), receiver, capacity: capacity, queue: after)
        {
            return true
        }
        if let next = receiver.first, sender.first.map({ $0.returned > next.called }) ?? true,
            let after = apply(next.kind, to: queue, capacity),
            isLinearizable(sender, Array(receiver.dropFirst()), capacity: capacity, queue: after)
        {
            return true
        }
        return false
    }

    /// The queue after an operation; nil where it would have answered differently.
    private static func apply(
        _ kind: Operation.Kind, to queue: [Int], _ capacity: Int
    ) -> [Int]? {
        switch kind {
        case .sent(let value): queue.count < capacity ? queue + [value] : nil
        case .full: queue.count == capacity ? queue : nil
        case .received(let value): queue.first == value ? Array(queue.dropFirst()) : nil
        case .empty: queue.isEmpty ? queue : nil
        }
    }

    /// What the sending thread did.
    private final class Record: Sendable {
        let operations = Mutex<[Operation]>([])
    }

    /// Numbers the calls and returns of both threads.
    private final class Clock: Sendable {
        private let moment = Atomic<Int>(0)
        private let ready = Atomic<Int>(0)

        /// Returns when two threads have called it.
        func startTogether() {
            ready.add(1, ordering: .sequentiallyConsistent)
            while ready.load(ordering: .sequentiallyConsistent) < 2 { ProcessorAtomics.yield() }
        }

        func time(_ body: () -> Operation.Kind) -> Operation {
            let called = moment.add(1, ordering: .sequentiallyConsistent).newValue
            let kind = body()
            let returned = moment.add(1, ordering: .sequentiallyConsistent).newValue
            return Operation(kind: kind, called: called, returned: returned)
        }
    }
}
