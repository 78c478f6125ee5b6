import Foundation
import Statistics

/// What NumPy and SciPy computed; made by Scripts/fixtures/statistics.py.
struct SciPyFixture: Decodable {
    struct QuantileRow: Decodable {
        let samples: [Double]
        let probability: Double
        let value: Double
    }
    struct SpreadRow: Decodable {
        let samples: [Double]
        let mean: Double
        let deviation: Double
        let mad: Double
    }
    struct Distributions: Decodable {
        struct Beta: Decodable {
            let x: Double
            let a: Double
            let b: Double
            let value: Double
        }
        struct Student: Decodable {
            let freedom: Double
            let probability: Double
            let value: Double
        }
        struct Normal: Decodable {
            let probability: Double
            let value: Double
        }
        struct Binomial: Decodable {
            let trials: Int
            let probability: Double
            let successes: Int
            let value: Double
        }
        struct LogGamma: Decodable {
            let x: Double
            let value: Double
        }
        let beta: [Beta]
        let t: [Student]
        let normal: [Normal]
        let binomial: [Binomial]
        let logGamma: [LogGamma]
    }
    struct OrderStatisticsRow: Decodable {
        let samples: [Double]
        let probability: Double
        let low: Double
        let high: Double
    }
    struct BootstrapRow: Decodable {
        let samples: [Double]
        let statistic: String
        let method: IntervalMethod
        let low: Double
        let high: Double
    }

    struct MannWhitneyRow: Decodable {
        let first: [Double]
        let second: [Double]
        let alternative: MannWhitney.Alternative
        let u: Double
        let significance: Double
        let isExact: Bool
    }
    struct PermutationRow: Decodable {
        let first: [Double]
        let second: [Double]
        let significance: Double
    }
    struct Corrections: Decodable {
        let significances: [Double]
        let adjusted: [Double]
    }
    struct EquivalenceRow: Decodable {
        let first: [Double]
        let second: [Double]
        let low: Double
        let high: Double
        let meansAbove: Double
        let meansBelow: Double
        let ratioMargin: Double
        let ratioAbove: Double
        let ratioBelow: Double
        let pairedAbove: Double
        let pairedBelow: Double
    }
    struct ScalabilityRow: Decodable {
        let scatter: ScalabilityFit.Scatter
        let concurrency: [Double]
        let throughput: [Double]
        let free: [Double]
        let rateLow: Double
        let rateHigh: Double
        let contentionHigh: Double
        let coherencyHigh: Double
    }
    struct ComplexityRow: Decodable {
        let size: [Double]
        let cost: [Double]
        let complexity: Complexity
        let fixed: Double?
        let coefficient: Double?
        let coefficientLow: Double?
        let coefficientHigh: Double?
        let criterion: Double?
    }
    struct ChangePointRow: Decodable {
        let series: [Double]
        let index: Int
        let divergence: Double
    }

    let quantiles: [QuantileRow]
    let spread: [SpreadRow]
    let distributions: Distributions
    let orderStatistics: [OrderStatisticsRow]
    let bootstrap: [BootstrapRow]
    let mannWhitney: [MannWhitneyRow]
    let permutation: [PermutationRow]
    let corrections: Corrections
    let equivalence: EquivalenceRow
    let scalability: [ScalabilityRow]
    let complexity: [ComplexityRow]
    let changePoints: [ChangePointRow]

    static func load() throws -> SciPyFixture {
        guard let url = Bundle.module.url(forResource: "Fixtures/scipy", withExtension: "json")
        else { throw CocoaError(.fileNoSuchFile) }
        return try JSONDecoder().decode(SciPyFixture.self, from: Data(contentsOf: url))
    }
}
