/// How far a node trusts itself: Lifeguard's local health multiplier.
///
/// A node that loses answers may be slow itself; it then probes more slowly and waits longer before it
/// accuses others. Source: Lifeguard, section IV-A: one less for a probe that is answered; one more for
/// one that is not, for each helper that does not even say that it got no answer, and for each suspicion
/// of itself that the node has to refute.
struct LocalHealth: Sendable {
    /// From 0, healthy, to `limit`.
    private(set) var score = 0
    /// The worst score; 0 turns it off.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// By how much periods and timeouts of probes are longer.
    var multiplier: Int64 { Int64(score) + 1 }

    /// Notes what speaks against this node (positive) or for it (negative).
    mutating func add(_ change: Int) { score = min(limit, max(0, score + change)) }
}
