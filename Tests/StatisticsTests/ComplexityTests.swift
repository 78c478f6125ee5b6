import Foundation
import Randomness
import Testing

@testable import Statistics

struct ComplexityTests {
    private func points(
        _ complexity: Complexity, fixed: Double, coefficient: Double, sizes: [Double],
        noise: () -> Double = { 0 }
    ) -> [CostPoint] {
        sizes.map { size in
            let cost = fixed + coefficient * complexity.growth(at: size)
            return CostPoint(size: size, cost: cost * exp(noise()))
        }
    }

    private let sizes = (3...12).map { Double(1 << $0) }

    @Test(arguments: Complexity.allCases)
    func `exact costs give back their growth`(complexity: Complexity) throws {
        for fixed in [50.0, 0] where fixed > 0 || complexity != .constant {
            let fit = try #require(
                ComplexityFit(points(complexity, fixed: fixed, coefficient: 3, sizes: sizes)))
            #expect(fit.best.complexity == complexity && fit.isDecided)
            #expect(abs(fit.best.fixed - fixed) < 1e-6)
            if complexity != .constant {
                #expect(agree(fit.best.coefficient, 3, within: 1e-9))
            }
            #expect(
                agree(fit.best.cost(at: 100), fixed + 3 * complexity.growth(at: 100), within: 1e-6))
        }
    }

    @Test func `fits agree with SciPy's curve_fit`() throws {
        for row in try SciPyFixture.load().complexity {
            let points = zip(row.size, row.cost).map { CostPoint(size: $0, cost: $1) }
            let fit = try #require(ComplexityFit(points))
            #expect(fit.best.complexity == row.complexity)
            guard let coefficient = row.coefficient else { continue }
            #expect(agree(fit.best.coefficient, coefficient, within: 1e-5))
            #expect(agree(fit.best.fixed, row.fixed ?? 0, within: 1e-5))
            #expect(agree(fit.best.criterion, row.criterion ?? 0, within: 1e-6))
            let interval = try #require(fit.best.coefficientInterval)
            #expect(agree(interval.low, row.coefficientLow ?? 0, within: 1e-4))
            #expect(agree(interval.high, row.coefficientHigh ?? 0, within: 1e-4))
        }
    }

    @Test func `noisy growths are told apart and their coefficients held`() throws {
        var generator = testSeed.derived(for: "growth").generator()
        for complexity in [Complexity.linear, .linearithmic, .quadratic, .logarithmic] {
            var (right, held) = (0, 0)
            let trials = 100
            for _ in 0..<trials {
                let measured = points(
                    complexity, fixed: 20, coefficient: 3, sizes: sizes + sizes
                ) { 0.03 * generator.nextBoxMuller() }
                let fit = try #require(ComplexityFit(measured))
                if fit.best.complexity == complexity { right += 1 }
                let own = fit.candidates.first { $0.complexity == complexity }
                if own?.coefficientInterval?.contains(3) == true { held += 1 }
            }
            #expect(right >= 90, "\(complexity): \(right) \(seedNote)")
            // Three standard errors of 100 trials at 0.95 are 0.066.
            #expect(held >= 88, "\(complexity): \(held) \(seedNote)")
        }
    }

    @Test func `sizes close together leave the growth undecided rather than wrong`() throws {
        var generator = testSeed.derived(for: "close").generator()
        var (undecided, wrong) = (0, 0)
        for _ in 0..<100 {
            let measured = points(
                .linear, fixed: 0, coefficient: 1, sizes: [100, 110, 120, 130, 140, 150]
            ) { 0.05 * generator.nextBoxMuller() }
            let fit = try #require(ComplexityFit(measured))
            if !fit.isDecided {
                undecided += 1
            } else if fit.best.complexity != .linear {
                wrong += 1
            }
        }
        #expect(undecided >= 60 && wrong <= 30, "\(undecided) \(wrong) \(seedNote)")
    }

    @Test func `falling costs are constant at best`() throws {
        let falling = sizes.map { CostPoint(size: $0, cost: 1_000 / $0) }
        let fit = try #require(ComplexityFit(falling))
        #expect(fit.candidates.map(\.complexity) == [.constant])
    }

    @Test func `too few points or sizes give no fit`() {
        #expect(ComplexityFit([]) == nil)
        #expect(
            ComplexityFit(points(.linear, fixed: 1, coefficient: 1, sizes: [1, 2, 3, 4])) == nil)
        let two = points(.linear, fixed: 1, coefficient: 1, sizes: [1, 2, 1, 2, 1, 2])
        #expect(ComplexityFit(two) == nil)
    }

    @Test func `a cost that is not positive traps`() async {
        await #expect(processExitsWith: .failure) { _ = CostPoint(size: 8, cost: 0) }
        await #expect(processExitsWith: .failure) { _ = CostPoint(size: 0.5, cost: 1) }
    }
}
