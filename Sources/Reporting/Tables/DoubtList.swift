/// The doubts about the figures of a table, numbered in the order in which they come up: rows
/// carry the numbers, the doubts are spelt out beneath.
struct DoubtList {
    private(set) var reasons: [String] = []

    /// The marks of `doubts`, such as `!1 !3`; empty for none.
    mutating func marks(for doubts: [String]) -> String {
        doubts.map { doubt in
            if let index = reasons.firstIndex(of: doubt) { return "!\(index + 1)" }
            reasons.append(doubt)
            return "!\(reasons.count)"
        }.joined(separator: " ")
    }
}
