import Glibc
import Quantities

/// Figures along a parameter, judged: where on it a claim holds.
struct BoundaryCurve {
    /// A value of the parameter.
    struct Position: Comparable {
        /// As the reason has it.
        let text: String
        /// Its size, in nanoseconds where it is a duration; nil for a word, which has none.
        let size: Double?
        let isDuration: Bool

        /// Reads a figure's parameter: a number, a duration, or else a word.
        init(_ parameter: String) {
            if let number = Double(parameter) {
                (text, size, isDuration) = (FigureText.plain(number), number, false)
            } else if let duration = try? Nanoseconds(parsing: parameter) {
                (text, size, isDuration) = (parameter, duration.rawValue, true)
            } else {
                (text, size, isDuration) = (parameter, nil, false)
            }
        }

        /// By size; words by themselves, behind all that have one.
        static func < (one: Position, other: Position) -> Bool {
            (one.size ?? .infinity, one.text) < (other.size ?? .infinity, other.text)
        }
    }

    /// A value of the parameter and what was found there.
    struct Point {
        let at: Position
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

    /// One sentence: where the claim holds, and the figures on the way; `nil` without points.
    func sentence(in unit: Unit) -> String? {
        guard !points.isEmpty else { return nil }
        let list = points.map { point in
            let value = point.finding.observation.value.map { FigureText.text($0, unit) }
            return "\(point.at.text): \(value ?? "unknown")"
        }
        return "\(place) (\(list.joined(separator: ", ")))."
    }

    /// Whether the parameter has an order, in which a claim can hold from a value on or up to one.
    private var isOrdered: Bool { points.allSatisfy { $0.at.size != nil } }

    private var place: String {
        let holding = points.filter(\.judgement.holds)
        if !isOrdered {
            let words = holding.map { "\(along)=\($0.at.text)" }
            return words.isEmpty
                ? "It would hold with no \(along) measured\(conditions)"
                : "It would hold with \(words.joined(separator: " or "))\(conditions)"
        }
        if let first = points.reversed().prefix(while: \.judgement.holds).last {
            return "It would hold from \(along)=\(first.at.text) on\(conditions)"
        }
        if let last = points.prefix(while: \.judgement.holds).last {
            return "It would hold up to \(along)=\(last.at.text)\(conditions)"
        }
        if !holding.isEmpty {
            let texts = holding.map(\.at.text).joined(separator: ", ")
            return "It would hold at \(along)=\(texts) alone\(conditions)"
        }
        if let crossing = crossing(points.reversed()) {
            return "It would hold from about \(along)=\(crossing) on\(conditions), "
                + "by the figures themselves, though not by their intervals"
        }
        if let crossing = crossing(points) {
            return "It would hold up to about \(along)=\(crossing)\(conditions), "
                + "by the figures themselves, though not by their intervals"
        }
        let end = points.last.map { ", up to \($0.at.text)" } ?? ""
        return "It would hold at no \(along) measured\(conditions)\(end)"
    }

    /// Where the figures, joined by straight lines over logarithms, begin to be refused, to two digits;
    /// `nil` when the first is not accepted. From the end of the parameter or from its beginning.
    ///
    /// Spread over virtual nodes and rates over callers are powers of the parameter: straight lines.
    private func crossing(_ points: [Point]) -> String? {
        let accepted = points.prefix(while: \.isAccepted)
        guard let last = accepted.last, let end = last.at.size else { return nil }
        guard accepted.count < points.count else { return last.at.text }
        let refused = points[accepted.count]
        let bounds = last.finding.accepted
        let isAbove = refused.finding.observation.value.map { $0 > bounds.upperBound } ?? false
        let bound = isAbove ? bounds.upperBound : bounds.lowerBound
        guard let from = refused.finding.observation.value, let to = last.finding.observation.value,
            let start = refused.at.size, from > 0, to > 0, bound > 0, from != to, start > 0
        else { return last.at.text }
        let share = log(bound / from) / log(to / from)
        guard share > 0, share < 1 else { return last.at.text }
        let at = start * pow(end / start, share)
        let rounded = Double(Presentation.significant(at, digits: 2)) ?? at
        return last.at.isDuration
            ? FigureText.text(rounded, .nanoseconds) : FigureText.plain(rounded)
    }
}
