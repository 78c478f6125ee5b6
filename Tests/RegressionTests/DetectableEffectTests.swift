import Foundation
import Randomness
import Testing

@testable import Regression

@Suite struct DetectableEffectTests {
    private let rule = ComparisonRule(seed: testSeed)

    /// A/A forks of one ratio each, normal on the logarithmic scale.
    private func forks(_ count: Int, deviation: Double, _ name: String) -> [[Double]] {
        var generator = testSeed.derived(for: name).generator()
        return (0..<count).map { _ in [exp(deviation * generator.nextBoxMuller())] }
    }

    @Test(arguments: [0.002, 0.01, 0.03])
    func `normal noise gives the effect that its formula gives`(deviation: Double) throws {
        let found = try DetectableEffect(
            from: forks(600, deviation: deviation, "normal"), forks: 8, rule: rule, draws: 1000)
        // Φ⁻¹(0.95^(1/8)) = 2.4899: all eight forks must lie above 1.
        let expected = exp(2.4899 * deviation) - 1
        #expect(abs(found.effect / expected - 1) < 0.15, "\(found.effect); \(seedNote)")
        #expect(found.observedForks == 600)
    }

    @Test func `more forks see smaller effects`() throws {
        let noise = forks(200, deviation: 0.01, "forks")
        let effects = try [8, 16, 32].map {
            try DetectableEffect(from: noise, forks: $0, rule: rule, draws: 400).effect
        }
        #expect(effects[0] > 1.3 * effects[1] && effects[1] > 1.2 * effects[2], "\(effects)")
    }

    @Test func `a comparison finds the effect as often as was said`() throws {
        let noise = forks(600, deviation: 0.01, "as often")
        let effect = try DetectableEffect(from: noise, rule: rule, draws: 1000).effect
        var generator = testSeed.derived(for: "check").generator()
        let anything = ComparisonRule(threshold: 0)
        let found = (0..<300).count { _ in
            let drawn = (0..<ComparisonRule.usualForks).map { _ in
                noise[Int(generator.next(below: 600))].map { $0 * (1 + effect) }
            }
            return Comparison(.paired(ratios: drawn), better: .lower, rule: anything).status
                == .regressed
        }
        #expect((273...297).contains(found), "\(found) of 300; \(seedNote)")
    }

    @Test func `a host without noise sees everything`() throws {
        let found = try DetectableEffect(
            from: Array(repeating: [1.0], count: 40), rule: rule, draws: 100)
        #expect(found.effect == 0)
        #expect(found.refusal(of: 0.001) == nil)
    }

    @Test func `a threshold below it is refused with the figure`() throws {
        let found = try DetectableEffect(
            from: forks(100, deviation: 0.01, "refusal"), rule: rule, draws: 400)
        #expect(found.refusal(of: found.effect) == nil)
        let refusal = try #require(found.refusal(of: 0.01))
        #expect(refusal.hasPrefix("a threshold of 1 % is below what this host can tell"))
        #expect(refusal.contains("100 processes"))
    }

    @Test func `too little noise known, too few forks and an unstable host have no figure`() {
        let few = forks(39, deviation: 0.01, "few")
        #expect(throws: DetectableEffect.Unavailable.tooFewForks(have: 39, need: 40)) {
            try DetectableEffect(from: few, rule: rule)
        }
        let enough = few + forks(1, deviation: 0.01, "one more")
        #expect(throws: DetectableEffect.Unavailable.comparisonTooSmall(forks: 7, need: 8)) {
            try DetectableEffect(from: enough, forks: 7, rule: rule)
        }
        let wild = forks(40, deviation: 0.2, "wild")
        let error = #expect(throws: DetectableEffect.Unavailable.self) {
            try DetectableEffect(from: wild, rule: rule)
        }
        #expect(error?.description.contains("processes spread by") == true)
        #expect(throws: DetectableEffect.Unavailable.notPositive) {
            try DetectableEffect(from: enough.dropLast() + [[0]], rule: rule)
        }
    }
}
