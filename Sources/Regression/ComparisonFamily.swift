import Statistics

/// Comparisons that are made at once, so that what each says alone has to be corrected: of a hundred
/// metrics that did not change, one is expected to show a change at 0.99.
///
/// Benjamini and Hochberg's procedure (JRSS B 57, 1995) over the Student p-values of all comparisons
/// that could have reported a change (unstable and untested ones could not). A change whose corrected
/// p-value exceeds one less the confidence becomes `inconclusive`; nothing becomes a change.
public struct ComparisonFamily: Sendable {
    /// The comparisons in the order given, corrected.
    public let comparisons: [Comparison]

    /// Corrects `comparisons` for one another; O(n log n).
    public init(_ comparisons: [Comparison]) {
        var corrected = comparisons
        let tested = comparisons.indices.filter {
            comparisons[$0].status != .unstable && comparisons[$0].significance != nil
        }
        let adjusted = BenjaminiHochberg.adjusted(
            tested.compactMap { comparisons[$0].significance })
        for (index, value) in zip(tested, adjusted) {
            corrected[index].adjustedSignificance = value
            guard corrected[index].status.isChange, value > corrected[index].rule.level else {
                continue
            }
            corrected[index].status = .inconclusive
            corrected[index].reasons.append(
                "one of \(tested.count) comparisons: corrected for them, it is not significant")
        }
        self.comparisons = corrected
    }

    /// How many came to each status, in the order of `ComparisonStatus.allCases`, zeros included.
    public var counts: [(status: ComparisonStatus, count: Int)] {
        ComparisonStatus.allCases.map { status in
            (status, comparisons.count { $0.status == status })
        }
    }
}
