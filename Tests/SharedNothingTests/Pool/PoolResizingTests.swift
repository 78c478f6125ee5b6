import Randomness
import Synchronization
import TestSupport
import Testing

@testable import SharedNothing

/// Counts messages by key, and checks that those of a sender come in order; the counts go with the
/// keys.
struct Tally: Worker {
    struct Message: Sendable {
        let key: Int
        let sender: Int
        let ordinal: Int
    }

    struct Portion: Sendable {
        let key: Int
        let count: Int
    }

    /// What was seen of each key and sender, across workers.
    let last: LastSeen
    let ends: Log<[Int: Int]>

    final class LastSeen: Sendable {
        let ordinals: Mutex<[Int]>
        let disorder = Log<Message>()
        let senders: Int
        init(keys: Int, senders: Int) {
            self.senders = senders
            ordinals = Mutex(Array(repeating: -1, count: keys * senders))
        }
        func see(_ message: Message) {
            let isNext = ordinals.withLock { ordinals in
                let place = message.key * senders + message.sender
                let isNext = ordinals[place] == message.ordinal - 1
                ordinals[place] = message.ordinal
                return isNext
            }
            if !isNext { disorder.add(message) }
        }
    }

    init(keys: Int, senders: Int) {
        last = LastSeen(keys: keys, senders: senders)
        ends = Log()
    }

    func start(_ context: borrowing WorkerContext<Message, Int>) -> [Int: Int] { [:] }

    func handle(
        _ message: Message, _ counts: inout [Int: Int],
        _ context: borrowing WorkerContext<Message, Int>
    ) -> Int {
        last.see(message)
        counts[message.key, default: 0] += 1
        return counts[message.key, default: 0]
    }

    func stop(_ counts: consuming [Int: Int], _ context: borrowing WorkerContext<Message, Int>) {
        ends.add(counts)
    }

    func release(_ counts: inout [Int: Int], moving movement: KeyMovement)
        -> [MovedPortion<Portion>]
    {
        var moved: [MovedPortion<Portion>] = []
        for key in counts.keys.sorted() {
            guard let owner = movement.newOwner(of: key), let count = counts[key] else { continue }
            moved.append(MovedPortion(to: owner, Portion(key: key, count: count)))
            counts[key] = nil
        }
        return moved
    }

    func absorb(_ portion: Portion, _ counts: inout [Int: Int]) {
        counts[portion.key, default: 0] += portion.count
    }
}

@Suite struct PoolResizingTests {
    @Test(arguments: [Partitioning.consistent, .hash])
    func `a resize under fire loses nothing, keeps the order, and takes state along`(
        partitioning: Partitioning
    ) throws {
        let (keys, senders, perSender) = (40, 2, 1500)
        let worker = Tally(keys: keys, senders: senders)
        let pool = try WorkerPool(
            worker, configuration(workers: 2, capacity: 8, partitioning: partitioning))
        let threads = (0..<senders).map { index in
            TestThread {
                var generator = testSeed.derived(for: index).generator()
                var sender = pool.makeSender()
                var ordinals = [Int](repeating: 0, count: keys)
                for _ in 0..<perSender {
                    let key = Int(generator.next(below: UInt64(keys)))
                    let message = Tally.Message(key: key, sender: index, ordinal: ordinals[key])
                    ordinals[key] += 1
                    do {
                        try sender.send(message, key: key)
                    } catch {
                        Issue.record("\(error), \(replay)")
                    }
                }
            }
        }
        var generator = testSeed.derived(for: "sizes").generator()
        for _ in 0..<12 {
            try pool.resize(to: 1 + Int(generator.next(below: 5)), within: plenty)
        }
        for thread in threads { thread.join() }
        try pool.stop(within: plenty)
        #expect(worker.last.disorder.entries.isEmpty, "\(replay)")
        let handled = worker.last.ordinals.withLock { $0.reduce(0) { $0 + $1 + 1 } }
        #expect(handled == senders * perSender, "\(replay)")
        let counted = worker.ends.entries.reduce(0) { $0 + $1.values.reduce(0, +) }
        #expect(counted == senders * perSender, "\(replay)")
        // Each key's count is whole, and with one worker.
        let owners = worker.ends.entries.filter { !$0.isEmpty }
        for key in 0..<keys {
            #expect(owners.count { $0[key] != nil } <= 1, "key \(key), \(replay)")
        }
    }

    @Test func `growing moves its share of keys to the new worker alone`() throws {
        let worker = Tally(keys: 100, senders: 1)
        let pool = try WorkerPool(worker, configuration(workers: 2))
        func owners() throws -> [Int] {
            try (0..<100).map { key in
                let counts = pool.statistics.map(\.received)
                let message = Tally.Message(key: key, sender: 0, ordinal: 0)
                _ = try pool.request(message, key: key, timeout: plenty)
                let after = pool.statistics.map(\.received)
                return zip(counts, after).map { $1 - $0 }.firstIndex(of: 1) ?? -1
            }
        }
        let before = try owners()
        try pool.resize(to: 3, within: plenty)
        #expect(pool.workerCount == 3)
        let after = try owners()
        for (old, new) in zip(before, after) { #expect(old == new || new == 2) }
        #expect((15...55).contains(after.count { $0 == 2 }))
        try pool.resize(to: 2, within: plenty)
        #expect(try owners() == before)
        try pool.stop(within: plenty)
        #expect(worker.ends.entries.count == 3)
    }

    @Test func `a count goes with its key`() throws {
        let worker = Tally(keys: 20, senders: 1)
        let pool = try WorkerPool(worker, configuration(workers: 1))
        for round in 1...4 {
            for key in 0..<20 {
                let message = Tally.Message(key: key, sender: 0, ordinal: round)
                #expect(try pool.request(message, key: key, timeout: plenty) == round)
            }
            try pool.resize(to: [3, 2, 4, 1][round - 1], within: plenty)
        }
        try pool.stop(within: plenty)
    }

    @Test func `who holds up a resize is named, and the resize is completed without the caller`()
        throws
    {
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2))
        try pool.pause(0)
        while pool.vitals[0].read().phase != .paused { letOthersRun() }
        let error = #expect(throws: PoolError.self) {
            // Long enough for a thread to start.
            try pool.resize(to: 3, within: .milliseconds(200))
        }
        guard case .resizeTimedOut(let late)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(late.contains { $0.worker == 0 && $0.reading.phase == .paused })
        for number in 0..<12 { try pool.send(.note(number), key: number) }
        try pool.resume(0)
        try pool.resize(to: 3, within: plenty)
        try pool.stop(within: plenty)
        #expect(worker.numbers.sorted() == Array(0..<12))
    }

    @Test func `a worker that leaves handles what it was sent`() throws {
        let gate = Gate()
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 3))
        try pool.send(.stand(gate), to: 2)
        for number in 0..<10 { try pool.send(.note(number), to: 2) }
        gate.awaitArrival()
        #expect(throws: PoolError.self) { try pool.resize(to: 1, within: .milliseconds(5)) }
        let missing = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(99), to: 2) }
        #expect(missing?.reason == .noSuchWorker(index: 2, count: 1))
        gate.open()
        try pool.stop(within: plenty)
        #expect(worker.numbers == Array(0..<10))
        #expect(worker.stops.entries.map(\.worker).sorted() == [0, 1, 2])
    }

    @Test func `a new worker that cannot start leaves the pool as it was`() throws {
        struct Shy: Worker {
            func start(_ context: borrowing WorkerContext<Int, Int>) throws -> Int {
                if context.worker == 2 { throw Refused(number: 2) }
                return 0
            }
            func handle(
                _ message: Int, _ state: inout Int, _ context: borrowing WorkerContext<Int, Int>
            ) -> Int { context.worker }
        }
        let pool = try WorkerPool(Shy(), configuration(workers: 2))
        let failure = WorkerFailure(
            worker: 2, name: "worker-2", phase: .starting, error: "number 2 is refused",
            attempts: 1, hasMessage: false)
        #expect(throws: PoolError.startFailed(failure)) {
            try pool.resize(to: 3, within: plenty)
        }
        #expect(pool.workerCount == 2)
        #expect(try pool.request(5, to: 1, timeout: plenty) == 1)
        try pool.resize(to: 1, within: plenty)
        try pool.stop(within: plenty)
    }

    @Test func `sizes that cannot be are refused`() throws {
        let ranges = try RangePartitioner(bounds: [5] as [Int])
        let pool = try WorkerPool(
            Scripted(), configuration(workers: 2, partitioning: .range(ranges)))
        #expect(throws: PoolError.workersOutOfRange(0)) { try pool.resize(to: 0, within: plenty) }
        #expect(throws: PoolError.rangesDoNotMatch(ranges: 2, workers: 3)) {
            try pool.resize(to: 3, within: plenty)
        }
        try pool.resize(to: 2, within: plenty)
        try pool.stop(within: plenty)
    }

    @Test func `a worker that has ended holds up no resize`() throws {
        let policy = ScriptedPolicy(decisions: [.stop])
        let worker = Scripted()
        let pool = try WorkerPool(worker, configuration(workers: 2), policy: policy)
        try pool.send(.fail(times: 1, 0), to: 0)
        _ = try pool.core.seat(0).stage.wait(until: nil) { $0 == Stage.ended }
        try pool.resize(to: 3, within: plenty)
        let failure = #expect(throws: SendFailure<Errand>.self) { try pool.send(.note(1), to: 0) }
        #expect(failure?.reason == .workerStopped(worker: 0))
        #expect(try pool.request(.note(1), to: 2, timeout: plenty) == 2)
        try pool.stop(within: plenty)
    }
}
