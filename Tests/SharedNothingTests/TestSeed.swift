import Glibc
import Randomness

/// The seed of this run's property tests: fresh each time, or `NILOMETER_TEST_SEED` to repeat a
/// failure. Every expectation of a seeded test carries it in its message.
let testSeed: Seed = {
    // The environment is only read, and nothing in the tests writes it.
    if let text = unsafe getenv("NILOMETER_TEST_SEED"),
        let value = UInt64(unsafe String(cString: text))
    {
        return Seed(value)
    }
    return Seed(UInt64.random(in: .min ... .max))
}()

/// What to set to repeat the run.
let replay = "NILOMETER_TEST_SEED=\(testSeed)"
