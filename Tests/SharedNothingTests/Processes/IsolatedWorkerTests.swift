import Hardware
import Randomness
import SharedNothing
import TestSupport
import Testing

@Suite(.serialized) struct IsolatedWorkerTests {
    @Test
    func `a pool survives the trap of a worker, whose inbox and neighbours stay as they were`()
        throws
    {
        let letters = DeadLetters<String>(capacity: 4)
        var configuration = try PoolConfiguration(profile: .testing)
        configuration.workers = 2
        configuration.allowsOversubscription = true
        let rules = SupervisionPolicy.Rules(
            retry: RetryPolicy(attempts: 2), backoff: Backoff.Shape(immediate: 100, jitter: .none))
        let pool = try WorkerPool(
            IsolatedWorker<String, String>("probe", options: Probe.options()), configuration,
            policy: SupervisionPolicy(rules, seed: Seed(1)), deadLetters: letters)
        #expect(try pool.request("handled", to: 0, timeout: .seconds(30)) == "1")
        #expect(try pool.request("handled", to: 1, timeout: .seconds(30)) == "1")
        for text in ["a", "index", "b"] { try pool.send(text, to: 0) }
        #expect(try pool.request("handled", to: 0, timeout: .seconds(30)) == "2")
        #expect(try pool.request("handled", to: 1, timeout: .seconds(30)) == "2")
        let letter = letters.next()
        #expect(letter?.message == "index" && letter?.attempts == 2 && letters.next() == nil)
        try pool.stop(within: .seconds(30))
    }

    private func pool<Message: WireMessage, Response: WireMessage>(
        _ worker: String, argument: String = "", handlingLimit: Duration? = nil,
        policy: any FailurePolicy = DiscardFailures(), _ letters: DeadLetters<Message>,
        answering: Response.Type
    ) throws -> WorkerPool<IsolatedWorker<Message, Response>> {
        var configuration = try PoolConfiguration(profile: .testing)
        configuration.workers = 1
        configuration.allowsOversubscription = true
        return try WorkerPool(
            IsolatedWorker<Message, Response>(
                worker, argument: argument, options: Probe.options(), handlingLimit: handlingLimit),
            configuration, policy: policy, deadLetters: letters)
    }

    @Test func `a message that hangs is given up, and the next one is handled`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        let pool = try pool(
            "probe", handlingLimit: .milliseconds(400), letters, answering: String.self)
        try pool.send("hang", to: 0)
        #expect(try pool.request("handled", to: 0, timeout: .seconds(30)) == "1")
        let letter = try #require(letters.next())
        #expect(letter.message == "hang")
        guard case .failed(let failure) = letter.reason else {
            Issue.record("\(letter.reason)")
            return
        }
        #expect(failure.error == "\(ProcessFailure.tookTooLong(0))")
        try pool.stop(within: .seconds(30))
    }

    @Test func `a message that cannot be decoded ends its process, and not the pool's`() throws {
        let letters = DeadLetters<Poison>(capacity: 4)
        let pool = try pool("poison", letters, answering: UInt64.self)
        for value in [12, 13] as [UInt64] { try pool.send(Poison(value), to: 0) }
        #expect(try pool.request(Poison(14), to: 0, timeout: .seconds(30)) == 14)
        #expect(letters.next()?.message == Poison(13))
        #expect(letters.next() == nil)
        try pool.stop(within: .seconds(30))
    }

    @Test func `a process that is killed while it is idle costs no message`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        let pool = try pool("probe", letters, answering: String.self)
        for _ in 0..<2 {
            let process = try pool.request("process", to: 0, timeout: .seconds(30))
            try Probe.kill(try #require(Int32(process)))
        }
        #expect(try pool.request("handled", to: 0, timeout: .seconds(30)) == "1")
        #expect(letters.arrived == 0)
        try pool.stop(within: .seconds(30))
    }

    /// Each state of the pool's worker is a process with numbers of its own.
    @Test func `a snapshot takes in what comes after a restart of the worker`() throws {
        let directory = TemporaryDirectory()
        let letters = DeadLetters<UInt64>(capacity: 4)
        let policy = SupervisionPolicy(SupervisionPolicy.Rules(), seed: Seed(1))
        let pool = try pool(
            "snapshots", argument: directory.path, policy: policy, letters,
            answering: UInt64.self)
        for part in 1...5 as ClosedRange<UInt64> {
            #expect(try pool.request(part, to: 0, timeout: .seconds(30)) == part)
        }
        try pool.restart(0)
        for part in 6...10 as ClosedRange<UInt64> {
            #expect(try pool.request(part, to: 0, timeout: .seconds(30)) == part)
        }
        try pool.stop(within: .seconds(30))
    }
}
