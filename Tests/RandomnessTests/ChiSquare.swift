import Testing

@testable import Randomness

/// Pearson's test that counts come from probabilities.
enum ChiSquare {
    /// The square, and what it exceeds once in 10 000 times.
    static func test(
        _ counts: [Int], _ probabilities: [Double]
    ) -> (square: Double, limit: Double) {
        precondition(counts.count == probabilities.count && counts.count > 1)
        let total = Double(counts.reduce(0, +))
        var square = 0.0
        for (count, probability) in zip(counts, probabilities) {
            let expected = probability * total
            precondition(expected >= 5, "a cell expects \(expected)")
            square += (Double(count) - expected) * (Double(count) - expected) / expected
        }
        // Wilson and Hilferty's normal approximation of the cube root, at z = 3.719.
        let freedom = Double(counts.count - 1)
        let root = 1 - 2 / (9 * freedom) + 3.719 * (2 / (9 * freedom)).squareRoot()
        return (square, freedom * root * root * root)
    }

    /// Expects `counts` to be such as `probabilities` make them.
    static func expect(
        _ counts: [Int], _ probabilities: [Double], _ what: String,
        at location: SourceLocation = #_sourceLocation
    ) {
        let (square, limit) = test(counts, probabilities)
        #expect(square < limit, "\(what): χ² is \(square)", sourceLocation: location)
    }
}
