import Measurement
import StrictYAML

/// What one observation says of a claim.
struct Finding {
    /// What follows.
    enum Outcome {
        /// The claim holds.
        case holds
        /// The claim does not hold.
        case fails
        /// Neither follows, and why: a sentence.
        case open(String)
    }

    let observation: Observation
    /// The figure that the claim gives for the observation's parameters.
    let expected: ClosedRange<Double>
    /// Where the figure must lie.
    let accepted: ClosedRange<Double>
    let outcome: Outcome

    /// How far the figure lies beyond what is accepted, as a share of it; negative when within.
    var strain: Double {
        guard let value = observation.value else { return .infinity }
        let excess = max(value - accepted.upperBound, accepted.lowerBound - value)
        let scale = max(expected.lowerBound.magnitude, expected.upperBound.magnitude)
        return scale > 0 ? excess / scale : excess
    }

    var holds: Bool {
        if case .holds = outcome { return true }
        return false
    }

    var fails: Bool {
        if case .fails = outcome { return true }
        return false
    }
}

/// Judges observations by a claim's reading.
///
/// A figure that is beyond doubt is judged by its 95 % interval: the claim holds when all of the
/// interval is accepted, fails when none of it is, and is left open when the interval straddles the
/// claimed figure.
///
/// A doubtful figure (one process only, a warm-up that never became steady, noise above the
/// allowance) does not have an interval that can be trusted. It still decides when even its
/// extremes agree, the smallest and the largest of all samples: no doubt about where in between the
/// figure lies can then change the verdict. Otherwise it is left open, with the doubt.
///
/// Where all there is to doubt is that processors were taken away, the figure is wrong to one side: that
/// makes times longer and rates smaller (J. Chen and J. Revels, "Robust benchmarking in noisy
/// environments", 2016). On that side its interval is far enough, and a claim that holds nevertheless
/// holds.
struct FindingRule {
    let reading: Reading
    let comparator: Claim.Comparator
    let figures: ClaimFigures
    let value: ClaimedValue

    init(_ claim: Claim, _ reading: Reading, _ figures: ClaimFigures) {
        self.reading = reading
        comparator = claim.comparator
        value = claim.value
        self.figures = figures
    }

    /// The figure that the claim gives under `observation`'s parameters.
    func expected(
        for observation: Observation
    ) throws(Formula.Problem) -> ClosedRange<Double> {
        guard let expectation = reading.expectation?.value else {
            guard let range = value.range else {
                preconditionFailure("claim without figure and expectation was not refused")
            }
            return range
        }
        return try expectation.evaluate(in: observation.unit) {
            name throws(Formula.Problem) in
            guard name.isParameterName else { return try figures.figure(name) }
            guard let number = observation.parameters[name].flatMap(Double.init) else {
                throw Formula.Problem(
                    found: "no number for '\(name)' among the figure's parameters",
                    expected: "one")
            }
            return Formula.Value(number...number)
        }
    }

    func finding(_ observation: Observation, _ expected: ClosedRange<Double>) -> Finding {
        let accepted = reading.accepted(expected)
        return Finding(
            observation: observation, expected: expected, accepted: accepted,
            outcome: outcome(observation, accepted))
    }

    private func outcome(
        _ observation: Observation, _ accepted: ClosedRange<Double>
    ) -> Finding.Outcome {
        guard observation.value != nil else {
            return .open("The figure is missing: \(observation.doubt ?? "it has no value").")
        }
        guard let doubt = observation.doubt else {
            guard let interval = observation.interval else {
                preconditionFailure("a figure without doubt has an interval")
            }
            return decided(interval.lowerBound, interval.upperBound, accepted)
                ?? .open("The interval straddles that.")
        }
        let ends = observation.doubtfulEnds
        return decided(ends.low ?? -.infinity, ends.high ?? .infinity, accepted)
            ?? .open("The figure is doubtful, and its extremes leave room: \(doubt).")
    }

    /// What follows when the figure lies somewhere between `low` and `high`.
    private func decided(
        _ low: Double, _ high: Double, _ accepted: ClosedRange<Double>
    ) -> Finding.Outcome? {
        // Where the document says less than or more than, equality is not enough.
        let isStrict = reading.tolerance == 0
        let excludesTop = isStrict && comparator == .below && reading.relation == .atMost
        let excludesBottom = isStrict && comparator == .above && reading.relation == .atLeast
        let (bottom, top) = (accepted.lowerBound, accepted.upperBound)
        if low > top || high < bottom || (excludesTop && low >= top)
            || (excludesBottom && high <= bottom)
        {
            return .fails
        }
        let isBelow = excludesTop ? high < top : high <= top
        let isAbove = excludesBottom ? low > bottom : low >= bottom
        return isBelow && isAbove ? .holds : nil
    }
}
