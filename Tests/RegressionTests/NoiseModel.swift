import Foundation
import Randomness

@testable import Regression

/// The seed of this run's simulations; NILOMETER_TEST_SEED replaces it.
let testSeed: Seed = {
    let given = ProcessInfo.processInfo.environment["NILOMETER_TEST_SEED"].flatMap(UInt64.init)
    return Seed(given ?? 20_261_121)
}()

/// Said beside every simulated expectation, so that a failure can be run again.
var seedNote: String { "NILOMETER_TEST_SEED=\(testSeed)" }

/// How many comparisons a simulation makes; NILOMETER_TRIALS replaces it, for the tables of the
/// documentation.
func trials(_ usual: Int) -> Int {
    ProcessInfo.processInfo.environment["NILOMETER_TRIALS"].flatMap(Int.init) ?? usual
}

/// What a machine may do to a measurement: two sides whose difference is `effect`, and nothing else.
enum NoiseModel: String, CaseIterable {
    /// Forks differ by 2 %, windows by 2 %.
    case ordinary
    /// Forks differ by 2 %, windows have a long right tail.
    case skewed
    /// The machine slows down by 20 % while a fork runs.
    case drift
    /// A fork's placement makes a side 6 % slower or not, one in three.
    case bimodal
    /// A window's error is nine tenths that of the window before.
    case autocorrelated
    /// One window in twenty takes two to ten times as long, one fork in ten is off by 10 %.
    case heavyTail

    /// Where a side of a fork lies, and the error of its window before.
    private struct ForkState {
        var level: Double
        var error = 0.0
    }

    func paired(
        forks: Int = ComparisonRule.usualForks, windows: Int = 25, effect: Double = 0,
        by generator: inout Xoshiro256StarStar
    ) -> ComparedSamples {
        let sides = (0..<forks).map { _ in
            // Placement and layout shared by the fork, then what each side draws for itself.
            let common = exp(0.03 * generator.nextBoxMuller())
            return (
                side(common, windows, by: &generator),
                side(common * (1 + effect), windows, by: &generator)
            )
        }
        return .paired(base: sides.map(\.0), new: sides.map(\.1))
    }

    /// Processes of two builds in turns: what the machine does to a pair meets both, at most.
    func turns(
        forks: Int = ComparisonRule.usualForks, windows: Int = 25, effect: Double = 0,
        by generator: inout Xoshiro256StarStar
    ) -> (base: [[Double]], new: [[Double]]) {
        let pairs = (0..<forks).map { _ in
            let common = exp(0.05 * generator.nextBoxMuller())
            return (
                side(common, windows, by: &generator),
                side(common * (1 + effect), windows, by: &generator)
            )
        }
        return (pairs.map(\.0), pairs.map(\.1))
    }

    func independent(
        forks: Int = ComparisonRule.usualForks, windows: Int = 25, effect: Double = 0,
        by generator: inout Xoshiro256StarStar
    ) -> ComparedSamples {
        .independent(
            base: (0..<forks).map { _ in side(1, windows, by: &generator) },
            new: (0..<forks).map { _ in side(1 + effect, windows, by: &generator) })
    }

    /// One side of a fork: its own level, then its windows.
    private func side(
        _ common: Double, _ windows: Int, by generator: inout Xoshiro256StarStar
    ) -> [Double] {
        var state = ForkState(level: common * forkEffect(by: &generator))
        return (0..<windows).map { index in
            state.level
                * windowEffect(Double(index) / Double(windows), &state.error, by: &generator)
        }
    }

    /// Both sides of a paired fork draw one, so the ratio varies by √2 as much.
    private func forkEffect(by generator: inout Xoshiro256StarStar) -> Double {
        let usual = exp(0.014 * generator.nextBoxMuller())
        switch self {
        case .ordinary, .skewed, .drift, .autocorrelated: return usual
        case .bimodal: return generator.nextUnit() < 1.0 / 3 ? 1.06 * usual : usual
        case .heavyTail: return generator.nextUnit() < 0.1 ? 1.1 * usual : usual
        }
    }

    private func windowEffect(
        _ time: Double, _ error: inout Double, by generator: inout Xoshiro256StarStar
    ) -> Double {
        let normal = generator.nextBoxMuller()
        switch self {
        case .ordinary, .bimodal: return exp(0.02 * normal)
        case .skewed: return 1 + 0.05 * exp(0.8 * normal)
        case .drift: return (1 + 0.2 * time) * exp(0.02 * normal)
        case .autocorrelated:
            error = 0.9 * error + 0.02 * normal
            return exp(error)
        case .heavyTail:
            let usual = exp(0.02 * normal)
            return generator.nextUnit() < 0.05 ? usual * (2 + 8 * generator.nextUnit()) : usual
        }
    }
}

extension Xoshiro256StarStar {
    /// Normal numbers by the Box-Muller method.
    mutating func nextBoxMuller() -> Double {
        let radius = (-2 * log(1 - nextUnit())).squareRoot()
        return radius * cos(2 * .pi * nextUnit())
    }
}

/// The windows of a thread that shares its processing unit with one that never rests: slices of
/// 3 ms turn about, so that a window of 2 ms either fits into what is left of a slice or waits.
func burntFork(
    windows: Int, effect: Double, by generator: inout Xoshiro256StarStar
) -> [Double] {
    let (window, slice) = (2.0, 3.0)
    var left = slice * generator.nextUnit()
    func time(_ work: Double) -> Double {
        var (remaining, wall) = (work, 0.0)
        while remaining > left {
            remaining -= left
            wall += left + slice * (0.8 + 0.4 * generator.nextUnit())
            left = slice
        }
        left -= remaining
        return wall + remaining
    }
    return (0..<windows).map { _ in
        let bIsFirst = generator.nextUnit() < 0.5
        if bIsFirst {
            let b = time(window) * (1 + effect)
            return b / time(window)
        }
        let a = time(window)
        return time(window) * (1 + effect) / a
    }
}
