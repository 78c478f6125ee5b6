import Quantities
import StrictYAML

/// How a claim is read where its document leaves it open: what exactly must hold.
public struct Reading: Sendable {
    /// Where the figure must lie for the claim to hold.
    public enum Relation: String, Sendable, CaseIterable {
        /// At or below the claimed figure.
        case atMost = "at-most"
        /// At or above the claimed figure.
        case atLeast = "at-least"
        /// Between the ends of the claimed range, or at the claimed figure.
        case within
    }

    /// Where the figure must lie.
    public let relation: Relation
    /// How far beyond the claimed figure it may lie, as a share of it.
    public let tolerance: Double
    /// What takes the place of the claimed figure, when that is a word or depends on parameters.
    public let expectation: Located<Formula>?
    /// The unit of the figures, when it is not the claim's own.
    public let unit: Located<Unit>?
    /// Why it is read so, in words.
    public let because: String?

    /// The figures between which the claim holds, for an expected range.
    func accepted(_ expected: ClosedRange<Double>) -> ClosedRange<Double> {
        let low = expected.lowerBound - tolerance * expected.lowerBound.magnitude
        let high = expected.upperBound + tolerance * expected.upperBound.magnitude
        switch relation {
        case .atMost: return -Double.infinity...high
        case .atLeast: return low...Double.infinity
        case .within: return low...high
        }
    }

    /// The end of an expected range that a measured figure is set in proportion to.
    func nominal(_ expected: ClosedRange<Double>) -> Double {
        switch relation {
        case .atMost: expected.upperBound
        case .atLeast: expected.lowerBound
        case .within: (expected.lowerBound + expected.upperBound) / 2
        }
    }
}
