import Glibc
import Randomness
import StorageFaults
import Testing

/// How many crashes a test makes: `NILOMETER_TEST_CRASHES` for a long night.
enum CrashBudget {
    /// The number in the environment, or `usual`, which takes a second or so.
    static func crashes(_ usual: Int) -> Int {
        // The C string is valid until the environment changes, which tests do not.
        guard let text = unsafe getenv("NILOMETER_TEST_CRASHES") else { return usual }
        let digits = unsafe String(cString: text)
        guard let crashes = Int(digits), crashes > 0 else {
            preconditionFailure("NILOMETER_TEST_CRASHES is not a number above 0: \(digits)")
        }
        return crashes
    }

    /// The seed of random choices: from the environment, or a new one.
    static func seed() -> Seed {
        // As above.
        guard let text = unsafe getenv("NILOMETER_TEST_SEED") else {
            return Seed(UInt64.random(in: .min ... .max))
        }
        let digits = unsafe String(cString: text)
        guard let seed = UInt64(digits) else {
            preconditionFailure("NILOMETER_TEST_SEED is not a number: \(digits)")
        }
        return Seed(seed)
    }
}

/// Explores a subject in all ways: every sequence of up to three operations cut after every step, every
/// step of those of up to two failing in every way, and long lives by seed.
func explore<Subject: CrashSubject & ~Copyable>(
    _ explorer: CrashExplorer<Subject>, lives: Int, seed: Seed
) -> CrashReport {
    var explorer = explorer
    explorer.exploreSequences(upTo: 3, draws: 1, seed: seed)
    explorer.exploreFaults(upTo: 2, seed: seed.derived(for: "faults"))
    explorer.exploreLives(lives, crashes: 8, length: 10, seed: seed.derived(for: "lives"))
    return explorer.report
}
