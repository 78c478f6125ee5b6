import Glibc
import Randomness

/// The seed of this run's property tests: fresh each time, or `NILOMETER_TEST_SEED` to repeat a failure.
/// Every expectation of a seeded test carries it in its message.
public let testSeed: Seed = {
    guard let text = environment("NILOMETER_TEST_SEED") else {
        return Seed(UInt64.random(in: .min ... .max))
    }
    guard let value = UInt64(text) else {
        preconditionFailure("NILOMETER_TEST_SEED is not a number: \(text)")
    }
    return Seed(value)
}()

/// What to set to repeat the run.
public let replay = "NILOMETER_TEST_SEED=\(testSeed)"

/// How many rounds a test makes: as many as `NILOMETER_TEST_ROUNDS` says, for a long night.
///
/// - Parameters:
///   - usual: how many take a second or two: where the environment says nothing.
///   - share: of so many rounds that the environment asks for the test makes one, where a round is dear;
///     not fewer than usual. Where it is 1, exactly as many as the environment says.
public func testRounds(_ usual: Int, share: Int = 1) -> Int {
    guard let text = environment("NILOMETER_TEST_ROUNDS") else { return usual }
    guard let rounds = Int(text), rounds > 0 else {
        preconditionFailure("NILOMETER_TEST_ROUNDS is not a number above 0: \(text)")
    }
    return share == 1 ? rounds : max(usual, rounds / share)
}

/// How often a test hunts each planted mistake: once, or as often as `NILOMETER_TEST_SERIES` says, for the
/// medians of docs/RINGS.md.
public let testSeries: Int = {
    guard let text = environment("NILOMETER_TEST_SERIES") else { return 1 }
    guard let series = Int(text), series > 0 else {
        preconditionFailure("NILOMETER_TEST_SERIES is not a number above 0: \(text)")
    }
    return series
}()

/// A row of a table: a mistake, and by how many tries half of the hunts had found it. Nil where nobody asked
/// for more than one hunt.
public func medianRow(of tries: [Int], _ mistake: String) -> String? {
    guard tries.count > 1 else { return nil }
    return "| `\(mistake)` | \(tries.sorted()[(tries.count - 1) / 2]) |"
}

private func environment(_ name: String) -> String? {
    // SAFETY: the environment is only read, and nothing in the tests writes it; the text is copied.
    unsafe getenv(name).map { unsafe String(cString: $0) }
}
