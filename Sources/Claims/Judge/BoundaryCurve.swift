import Glibc
import Quantities

/// Figures along a parameter, judged: from where on a claim holds.
struct BoundaryCurve {
    /// A value of the parameter and what was found there.
    struct Point {
        let at: Double
        let judgement: Judgement

        /// The finding that decides there.
        var finding: Finding { judgement.deciding.deciding }

        /// Whether the figure itself is accepted, wherever its interval reaches.
        var isAccepted: Bool {
            finding.observation.value.map(finding.accepted.contains) ?? false
        }
    }

    /// In the order of the parameter.
    let points: [Point]
    let along: String
    /// The end of a sentence.
    let conditions: String

    /// One sentence: from which value on the claim holds, and the figures on the way; `nil` without
    /// points.
    func sentence(in unit: Unit) -> String? {
        guard let last = points.last else { return nil }
        let list = points.map { point in
            let value = point.finding.observation.value.map { FigureText.text($0, unit) }
            return "\(FigureText.plain(point.at)): \(value ?? "unknown")"
        }
        let place: String
        if let holding = points.reversed().prefix(while: \.judgement.holds).last {
            place = "It would hold from \(along)=\(FigureText.plain(holding.at)) on\(conditions)"
        } else if let crossing {
            place =
                "It would hold from about \(along)=\(FigureText.plain(crossing)) on\(conditions), "
                + "by the figures themselves, though not by their intervals"
        } else {
            place =
                "It would hold at no \(along) measured\(conditions), up to "
                + FigureText.plain(last.at)
        }
        return "\(place) (\(list.joined(separator: ", ")))."
    }

    /// Where the figures, joined by straight lines over logarithms, begin to be accepted for good,
    /// to two digits; `nil` when the last is not.
    ///
    /// Spread over virtual nodes and rates over callers are powers of the parameter: straight lines.
    private var crossing: Double? {
        let accepted = points.reversed().prefix(while: \.isAccepted)
        guard let first = accepted.last else { return nil }
        guard accepted.count < points.count else { return first.at }
        let before = points[points.count - accepted.count - 1]
        let bounds = first.finding.accepted
        let isAbove = before.finding.observation.value.map { $0 > bounds.upperBound } ?? false
        let bound = isAbove ? bounds.upperBound : bounds.lowerBound
        guard let from = before.finding.observation.value, let to = first.finding.observation.value,
            from > 0, to > 0, bound > 0, from != to, before.at > 0
        else { return first.at }
        let share = log(bound / from) / log(to / from)
        guard share > 0, share < 1 else { return first.at }
        let at = before.at * pow(first.at / before.at, share)
        return Double(Presentation.significant(at, digits: 2)) ?? at
    }
}
