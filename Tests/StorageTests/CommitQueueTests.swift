import Glibc
import Quantities
import TestSupport
import Testing

@testable import Storage

/// What appending threads were told: by the byte that each appended.
private final class Answers: Sendable {
    private let answers = Guarded<[UInt8: Result<UInt64, StorageError>]>([:])

    /// Appends the one byte `byte` to `queue` and keeps the answer.
    func append(_ byte: UInt8, to queue: CommitQueue<AppendLog<FaultyOperations>>) {
        let answer: Result<UInt64, StorageError>
        do throws(StorageError) {
            answer = .success(try queue.append([byte].span))
        } catch {
            answer = .failure(error)
        }
        answers.withLock { $0[byte] = answer }
    }

    subscript(byte: UInt8) -> Result<UInt64, StorageError>? { answers.withLock { $0[byte] } }
}

/// Group commit over operations whose syncs the test holds up: nothing here depends on time.
@Suite struct CommitQueueTests {
    private typealias Queue = CommitQueue<AppendLog<FaultyOperations>>

    private let directory = TemporaryDirectory()
    private var path: String { directory.file("journal") }
    private let script = FaultScript()

    /// Longer than any test may take: a test that waits for it hangs.
    private let patient = Durability.group(maxDelay: .seconds(100_000))
    /// Soon over: who waits for company in vain goes on alone.
    private let prompt = Durability.group(maxDelay: .microseconds(100))

    private func queue(
        _ engine: AppendFile.EngineChoice, _ durability: Durability, groupCapacity: Int = 1 << 16
    ) throws -> Queue {
        let queue = Queue(
            log: try AppendLog(
                path: path, options: .init(engine: engine),
                operations: FaultyOperations(engine, script: script)),
            durability: durability, groupCapacity: groupCapacity)
        script.clear()
        return queue
    }

    private func awaitWaiting(_ count: Int, in queue: Queue) {
        while queue.statistics.waiting < count { sched_yield() }
    }

    /// Lets the append of byte 0 be in the middle of its sync while `others` more, of the bytes
    /// 1…, come behind it; then lets the syncs go on and waits for all answers.
    private func gather(
        _ others: UInt8, in queue: Queue, waitingAtLeast: Int? = nil,
        beforeRelease: () -> Void = {}
    ) -> Answers {
        let answers = Answers()
        script.holdSyncs()
        let first = TestThread { answers.append(0, to: queue) }
        script.awaitHeldSync()
        let rest = (1...others).map { byte in TestThread { answers.append(byte, to: queue) } }
        awaitWaiting(waitingAtLeast ?? Int(others) + 1, in: queue)
        beforeRelease()
        script.releaseSyncs()
        for thread in [first] + rest { thread.join() }
        return answers
    }

    @Test(arguments: Engines.available)
    func `a lone caller does not wait for company`(engine: AppendFile.EngineChoice) throws {
        let queue = try queue(engine, patient)
        for index in 0..<10 {
            let offset = try queue.append([UInt8(index)].span)
            #expect(offset == UInt64(index))
        }
        #expect(queue.statistics.groupSizes == [1: 10])
        #expect(script.syncs == 10)
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `all that come during a sync share the next one`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, prompt)
        let answers = gather(20, in: queue)
        #expect(script.syncs == 2)
        #expect(queue.statistics.groupSizes == [1: 1, 20: 1])
        #expect(queue.statistics.appends == 21)
        let bytes = try #require(content(of: path))
        #expect(bytes.count == 21)
        for byte in UInt8(0)...20 {
            let offset = try #require(try answers[byte]?.get())
            #expect(bytes[Int(offset)] == byte)
        }
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `a group is held back until as many have come as there were callers`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, patient)
        let answers = Answers()
        script.holdSyncs()
        let first = TestThread { answers.append(0, to: queue) }
        script.awaitHeldSync()
        let others = [UInt8(1), 2, 3].map { byte in TestThread { answers.append(byte, to: queue) } }
        awaitWaiting(4, in: queue)
        script.releaseSyncs()
        first.join()
        // Four were there at once, so three wait for the fourth to come back, however long.
        #expect(queue.statistics.waiting == 3)
        #expect(script.syncs == 1)
        _ = try queue.append([4].span)
        for thread in others { thread.join() }
        #expect(script.syncs == 2)
        #expect(queue.statistics.groupSizes == [1: 1, 4: 1])
        #expect(queue.statistics.delayedGroups == 0)
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `a group is held back no longer than its delay`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, prompt)
        // The first of four does not come back: the three go on without it when the delay is over.
        _ = gather(3, in: queue)
        #expect(queue.statistics.groupSizes == [1: 1, 3: 1])
        #expect(queue.statistics.delayedGroups == 1)
        // Three were there at once; one that comes alone waits once more, and then no longer.
        for _ in 0..<3 { _ = try queue.append([9].span) }
        #expect(queue.statistics.delayedGroups == 2)
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `a group without a delay of its own is held back as long as syncs take`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, .group(maxDelay: nil))
        // What syncs take is not known before two of them, and one that comes alone does not wait.
        for byte in UInt8(100)..<102 { _ = try queue.append([byte].span) }
        #expect(queue.statistics.delayedGroups == 0)
        // The first of four does not come back: the others wait for it, and then go on.
        _ = gather(3, in: queue)
        #expect(queue.statistics.groupSizes == [1: 3, 3: 1])
        #expect(queue.statistics.delayedGroups == 1)
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `a group whose sync fails tells every member, and the file is poisoned`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, prompt)
        let answers = gather(4, in: queue) {
            script.inject(.skip, on: .sync)
            script.inject(.error(EIO), on: .sync, times: 2)
        }
        // The first one's linked sync was skipped and its own sync fails: it and all behind it.
        let cause = StorageError.refused(.sync, path: path, ErrorNumber(code: EIO))
        #expect(answers[0] == .failure(cause))
        for byte in UInt8(1)...4 {
            #expect(answers[byte] == .failure(.poisoned(path: path, cause: cause)))
        }
        #expect(queue.poison == cause)
        #expect(queue.statistics.failedGroups == 2)
        #expect(
            failure { () throws(StorageError) in _ = try queue.append([1].span) }
                == .poisoned(path: path, cause: cause))
        #expect(
            failure { () throws(StorageError) in try queue.sync() }
                == .poisoned(path: path, cause: cause))
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `a group that finds no room is undone as a whole, and the next one is not`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, prompt)
        let answers = gather(4, in: queue) {
            script.inject(.short(2), on: .write)
            script.inject(.error(ENOSPC), on: .write)
        }
        #expect(answers[0] == .success(0))
        for byte in UInt8(1)...4 {
            #expect(
                answers[byte] == .failure(.refused(.write, path: path, ErrorNumber(code: ENOSPC))))
        }
        #expect(content(of: path) == [0])
        #expect(queue.committedLength == 1)
        let next = gather(4, in: queue)
        #expect(next[0] == .success(1))
        #expect(content(of: path)?.count == 6)
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `what does not fit into a group goes into the next, however large`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, .group(maxDelay: .zero), groupCapacity: 8)
        let large = pattern(1000)
        #expect(try queue.append(large.span) == 0)
        // Twenty single bytes behind a held sync, eight to a group at most.
        let answers = gather(20, in: queue, waitingAtLeast: 9)
        for byte in UInt8(0)...20 {
            let offset = try #require(try answers[byte]?.get())
            #expect(content(of: path)?[Int(offset)] == byte)
        }
        #expect(queue.statistics.groupSizes.keys.allSatisfy { $0 <= 8 })
        #expect(content(of: path)?.starts(with: large) == true)
        try queue.close()
    }

    @Test(arguments: Engines.available)
    func `closing lets the appends under way finish and refuses new ones`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, patient)
        let path = path
        let closer = Guarded<TestThread?>(nil)
        let answers = gather(3, in: queue) {
            let thread = TestThread {
                #expect(failure { () throws(StorageError) in try queue.close() } == nil)
            }
            closer.withLock { $0 = thread }
            // Once the queue is closing, a new append is refused though a sync is still held up.
            while !queue.isClosing { sched_yield() }
            #expect(
                failure { () throws(StorageError) in _ = try queue.append([9].span) }
                    == .closed(path: path))
        }
        closer.withLock { $0 }?.join()
        let offsets = try (UInt8(0)...3).map { try answers[$0]?.get() }
        #expect(Set(offsets) == [0, 1, 2, 3])
        #expect(script.steps.last == .close)
        #expect(failure { () throws(StorageError) in try queue.close() } == .closed(path: path))
        #expect(failure { () throws(StorageError) in try queue.sync() } == .closed(path: path))
    }

    @Test(arguments: Engines.available)
    func `closing does not let a group wait for company`(
        engine: AppendFile.EngineChoice
    ) throws {
        let queue = try queue(engine, patient)
        let answers = Answers()
        script.holdSyncs()
        let first = TestThread { answers.append(0, to: queue) }
        script.awaitHeldSync()
        let second = TestThread { answers.append(1, to: queue) }
        awaitWaiting(2, in: queue)
        script.releaseSyncs()
        first.join()
        // The second waits for the first to come back.
        #expect(queue.statistics.waiting == 1)
        try queue.close()
        second.join()
        #expect(answers[1] == .success(1))
        #expect(content(of: path) == [0, 1])
    }

    @Test(arguments: Engines.available)
    func `without durability nothing is synced, and each append syncs where that is asked for`(
        engine: AppendFile.EngineChoice
    ) throws {
        for (durability, syncs) in [(Durability.none, 0), (.each, 40)] {
            let queue = try queue(engine, durability)
            let threads = (0..<4).map { _ in
                TestThread {
                    for _ in 0..<10 {
                        #expect(
                            failure { () throws(StorageError) in
                                _ = try queue.append([1].span)
                            } == nil)
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(script.syncs == syncs)
            try queue.sync()
            #expect(script.syncs == syncs + 1)
            try queue.close()
        }
        #expect(content(of: path)?.count == 80)
    }
}
