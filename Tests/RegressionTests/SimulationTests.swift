import Foundation
import Randomness
import Testing

@testable import Regression

/// How often the procedure errs, on machines made up for the purpose.
@Suite struct SimulationTests {
    /// An interval of so few resamples is a little rough at 0.99, not biased.
    private let rule = ComparisonRule(resamples: 300)

    private func counts(
        _ number: Int, _ name: String,
        _ samples: (inout Xoshiro256StarStar) -> ComparedSamples
    ) -> [ComparisonStatus: Int] {
        var counts: [ComparisonStatus: Int] = [:]
        for trial in 0..<number {
            var generator = testSeed.derived(for: name).derived(for: trial).generator()
            let comparison = Comparison(samples(&generator), better: .lower, rule: rule)
            counts[comparison.status, default: 0] += 1
        }
        return counts
    }

    private func text(_ counts: [ComparisonStatus: Int]) -> String {
        ComparisonStatus.allCases.compactMap { status in
            counts[status].map { "\(status.rawValue) \($0)" }
        }.joined(separator: ", ")
    }

    /// Prints a row of the documentation's tables, where somebody asked for them.
    private func tell(_ row: String) {
        if ProcessInfo.processInfo.environment["NILOMETER_TRIALS"] != nil { print(row) }
    }

    /// The most that a rate of 1 % gives with a chance of 0.999: the seed is fixed, the models are
    /// many.
    private func allowed(_ number: Int) -> Double {
        0.01 * Double(number) + 3.1 * (0.0099 * Double(number)).squareRoot() + 1
    }

    @Test(arguments: NoiseModel.allCases)
    func `what did not change is reported as changed in at most one of a hundred`(
        model: NoiseModel
    ) {
        let number = trials(40)
        let paired = counts(number, "paired A/A \(model)") { model.paired(by: &$0) }
        let apart = counts(number, "independent A/A \(model)") { model.independent(by: &$0) }
        for found in [paired, apart] {
            let changes = (found[.regressed] ?? 0, found[.improved] ?? 0)
            #expect(Double(changes.0) <= allowed(number), "\(text(found)); \(seedNote)")
            #expect(Double(changes.1) <= allowed(number), "\(text(found)); \(seedNote)")
        }
        tell("A/A \(model.rawValue) paired: \(text(paired)); independent: \(text(apart))")
    }

    @Test(arguments: [NoiseModel.ordinary, .skewed, .drift])
    func `five per cent are found where forks differ by two`(model: NoiseModel) {
        let number = trials(60)
        let found = counts(number, "power \(model)") { model.paired(effect: 0.05, by: &$0) }
        #expect((found[.regressed] ?? 0) * 100 >= number * 95, "\(text(found)); \(seedNote)")
        tell("A/A + 5 % \(model.rawValue) paired: \(text(found))")
    }

    @Test(arguments: [0, 0.05, 0.2])
    func `a burnt processor gets no verdict that is wrong`(effect: Double) {
        let number = trials(25)
        let found = counts(number, "burnt \(effect)") { generator in
            .paired(
                ratios: (0..<ComparisonRule.usualForks).map { _ in
                    burntFork(windows: 25, effect: effect, by: &generator)
                })
        }
        // What is there may be seen in every single pair.
        let seen = effect > 0 ? found[.regressed] ?? 0 : 0
        #expect((found[.unstable] ?? 0) + seen == number, "\(text(found)); \(seedNote)")
        tell("burnt processor, \(effect): \(text(found))")
    }

    @Test func `what did not change on a quiet machine is shown to be unchanged`() {
        let number = trials(25)
        let found = counts(number, "quiet") { generator in
            .paired(
                ratios: (0..<ComparisonRule.usualForks).map { _ in
                    let fork = 0.003 * generator.nextBoxMuller()
                    return (0..<25).map { _ in 1 + fork + 0.01 * generator.nextBoxMuller() }
                })
        }
        #expect((found[.unchanged] ?? 0) * 100 >= number * 99, "\(text(found)); \(seedNote)")
    }
}
