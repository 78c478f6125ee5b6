import Foundation
import Randomness

/// The seed of this run's simulations; NILOMETER_TEST_SEED replaces it.
let testSeed: Seed = {
    let given = ProcessInfo.processInfo.environment["NILOMETER_TEST_SEED"].flatMap(UInt64.init)
    return Seed(given ?? 20_260_101)
}()

/// Said beside every simulated expectation, so that a failure can be run again.
var seedNote: String { "NILOMETER_TEST_SEED=\(testSeed)" }

/// Whether two numbers agree within a share of the larger.
func agree(_ a: Double, _ b: Double, within tolerance: Double) -> Bool {
    a == b || abs(a - b) <= tolerance * max(abs(a), abs(b))
}

/// Forks of log-normal samples around 10: the fork's own normal effect has deviation `forkSpread`,
/// the samples within have median 1 and log deviation 0.5. The true median is 11 when
/// `forkSpread` is 0, and near it otherwise.
func simulatedForks(
    _ count: Int, samples: Int, forkSpread: Double, scale: Double = 1,
    by generator: inout Xoshiro256StarStar
) -> [[Double]] {
    (0..<count).map { _ in
        let effect = forkSpread * generator.nextBoxMuller()
        return (0..<samples).map { _ in
            scale * (10 + effect + exp(0.5 * generator.nextBoxMuller()))
        }
    }
}

extension Xoshiro256StarStar {
    /// Normal numbers by the Box-Muller method, so that simulations do not share the generator
    /// that is under test.
    mutating func nextBoxMuller() -> Double {
        let radius = (-2 * log(1 - nextUnit())).squareRoot()
        return radius * cos(2 * .pi * nextUnit())
    }
}
