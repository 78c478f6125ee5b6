import Hardware
import Randomness
import SharedNothing
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
}
