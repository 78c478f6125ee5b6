import Randomness
import RingSimulation
import ShenRing
import TestSupport
import Testing

@Suite struct TokenZooTests {
    #if PLANTED_DEFECTS
        @Test(arguments: CartoucheMistake.allCases)
        func `a planted mistake is caught within a few hundred seeds`(mistake: CartoucheMistake) {
            let caught = (0..<400).first { round in
                let seed = testSeed.derived(for: "zoo").derived(for: round)
                return !TokenScenario.run(seed: seed, planted: mistake).violations.isEmpty
            }
            #expect(caught != nil, "\(mistake) is not noticed, \(replay)")
        }
    #endif

    @Test func `a seed gives the same run each time, and another seed another one`() {
        let seed = testSeed.derived(for: "twice")
        let (first, second) = (
            TokenScenario.run(seed: seed, planted: nil), TokenScenario.run(seed: seed, planted: nil)
        )
        #expect(first.trace == second.trace)
        #expect(first.operations == second.operations)
        let other = TokenScenario.run(seed: seed.derived(for: 1), planted: nil)
        #expect(other.trace != first.trace)
    }
}
