import Glibc

/// Student's t intervals over one figure per sampling unit.
///
/// Positive figures (times, rates) are taken on the logarithmic scale, where noise is nearer to
/// normal and no limit falls below zero; others on their own.
enum StudentInterval {
    /// Of the mean (the geometric mean for positive figures) of two units or more.
    static func ofMean(_ figures: [Double], confidence: Double) -> ConfidenceInterval {
        // Equal figures keep their bits, which the logarithm and back would not.
        guard figures.allSatisfy({ $0 > 0 }), figures.contains(where: { $0 != figures[0] }) else {
            return linear(figures, confidence)
        }
        return linear(figures.map { log($0) }, confidence).mapped { exp($0) }
    }

    /// Of the mean of two units or more, on the figures' own scale.
    static func linear(_ figures: [Double], _ confidence: Double) -> ConfidenceInterval {
        WelchDifference(paired: figures).interval(confidence)
    }

    /// Of the ratio of two sets' geometric means, both of two positive figures or more.
    static func ofRatio(
        _ numerator: [Double], _ denominator: [Double], confidence: Double
    ) -> ConfidenceInterval {
        WelchDifference(numerator.map { log($0) }, denominator.map { log($0) })
            .interval(confidence).mapped { exp($0) }
    }
}
