import StateMachines

/// When this node takes others to have died or left, as long as it remembers.
///
/// Nodes tell each other how long ago that was, not when: their clocks have nothing in common. So a
/// tombstone that goes from node to node is not made new by it, and is gone everywhere soon after its
/// lifetime.
struct Tombstones: Sendable {
    /// Looked up by node, never walked.
    private var deaths: [NodeID: Moment] = [:]
    private var deadlines = DeadlineQueue()
    let lifetime: Span

    init(lifetime: Span) { self.lifetime = lifetime }

    /// When the next one may be forgotten; nil where there is none.
    var next: Moment? { deadlines.first }

    /// When the node died, by this node's clock; nil where it is not known to have.
    subscript(node: NodeID) -> Moment? { deaths[node] }

    /// Notes when a node died.
    mutating func insert(_ node: NodeID, died: Moment) {
        deaths[node] = died
        deadlines.insert(node, at: died + lifetime)
    }

    /// The node is back.
    mutating func remove(_ node: NodeID) {
        // Mostly there is none, and news comes by the thousand: no hash for nothing.
        if !deaths.isEmpty { deaths[node] = nil }
    }

    /// Takes a node whose tombstone has served its time, if there is one.
    mutating func takeExpired(at now: Moment) -> NodeID? {
        while let node = deadlines.takeDue(at: now) {
            guard let died = deaths[node], died + lifetime <= now else { continue }
            deaths[node] = nil
            return node
        }
        return nil
    }
}
