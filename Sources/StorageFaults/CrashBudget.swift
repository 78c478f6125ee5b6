import Glibc
import Randomness

/// How long tests of crashes may take, and with what they draw.
package enum CrashBudget {
    /// `usual`, which takes a second or so, times `NILOMETER_TEST_TORTURE` where that is set: lives,
    /// kills, whatever a test draws many of.
    package static func times(_ usual: Int) -> Int { usual * factor }

    /// Whether tests may take as long as they like.
    package static var isTorture: Bool { factor > 1 }

    /// How many operations the sequences have that are all tried: one more where there is time, since
    /// each multiplies them by the size of the alphabet.
    package static func length(_ usual: Int) -> Int { isTorture ? usual + 1 : usual }

    /// `NILOMETER_TEST_SEED`, or a seed that the test does not know beforehand, which it must print.
    package static func seed() -> Seed {
        Seed(number("NILOMETER_TEST_SEED") ?? .random(in: .min ... .max))
    }

    private static let factor: Int = {
        let factor = number("NILOMETER_TEST_TORTURE") ?? 1
        precondition((1...1_000_000).contains(factor), "NILOMETER_TEST_TORTURE=\(factor)")
        return Int(factor)
    }()

    private static func number(_ variable: String) -> UInt64? {
        // The C string is valid until the environment changes, which tests do not.
        guard let text = unsafe getenv(variable) else { return nil }
        let digits = unsafe String(cString: text)
        guard let number = UInt64(digits) else {
            preconditionFailure("\(variable) is not a number: \(digits)")
        }
        return number
    }
}
