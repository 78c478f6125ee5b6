/// The Benjamini-Hochberg correction for many tests at once: among the tests called significant at
/// level q, the expected share of false ones is at most q.
///
/// Holds for independent tests and for positively dependent ones. Source: Benjamini and Hochberg,
/// "Controlling the false discovery rate", JRSS B 57(1), 1995.
public enum BenjaminiHochberg {
    /// The adjusted p-values in the order given: a test is significant at level q when its
    /// adjusted value is at most q; O(n log n). No tests give no values.
    ///
    /// - Precondition: every p-value lies between 0 and 1.
    public static func adjusted(_ significances: [Double]) -> [Double] {
        for (index, p) in significances.enumerated() {
            precondition(p >= 0 && p <= 1, "p-value \(index) is \(p)")
        }
        // Ties by position, so that the order is determined.
        let order = significances.indices.sorted {
            (significances[$0], $0) < (significances[$1], $1)
        }
        var result = significances
        var smallest = 1.0
        for rank in stride(from: order.count, to: 0, by: -1) {
            let index = order[rank - 1]
            let scaled = significances[index] * Double(order.count) / Double(rank)
            smallest = min(smallest, scaled)
            result[index] = smallest
        }
        return result
    }
}
