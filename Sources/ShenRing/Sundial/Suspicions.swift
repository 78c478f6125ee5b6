import Glibc
public import StateMachines

/// How long a suspect has to object: Lifeguard's dynamic timeouts.
///
/// A suspicion begins with the most time and loses some with each further node that suspects the same
/// incarnation on its own account: after C of them
/// max(least, most − (most − least)·log(C+1)/log(K+1)), where least = `patience`·max(1, log₁₀ n)
/// periods, most = `stretch`·least, and K = `confirmations`. A node that cannot hear others, which is
/// more likely ill itself, so waits longest. Source: Dadgar, Phillips, Currey, "Lifeguard: local health
/// awareness for more accurate failure detection", DSN-W 2018, section IV-B, with its parameters.
public struct SuspicionSettings: Hashable, Sendable {
    /// α: periods for each power of ten of nodes; positive.
    public var patience: Double
    /// β: how many times the least the most is; at least 1, which leaves fixed timeouts.
    public var stretch: Double
    /// K: how many confirmations lead to the least; 0 leaves fixed timeouts.
    public var confirmations: Int

    /// Lifeguard's defaults.
    public init(patience: Double = 5, stretch: Double = 6, confirmations: Int = 3) {
        self.patience = patience
        self.stretch = stretch
        self.confirmations = confirmations
    }

    /// How long a suspicion lasts which as many other nodes have confirmed.
    ///
    /// - Parameters:
    ///   - confirmed: how many nodes suspect on their own account, the first not counted.
    ///   - nodes: how many members there are, the suspect and this node included.
    ///   - period: the protocol's period.
    public func timeout(confirmed: Int, nodes: Int, period: Span) -> Span {
        let least = period.scaled(by: patience * max(1, log10(Double(max(1, nodes)))))
        // Where there are not as many nodes to confirm, waiting for them would only be slow.
        let needed = nodes - 2 < confirmations ? 0 : confirmations
        guard needed > 0 else { return least }
        let most = least.scaled(by: stretch)
        let share = log(Double(min(confirmed, needed)) + 1) / log(Double(needed) + 1)
        return max(least, most - (most - least).scaled(by: share))
    }
}

/// The suspicions that a node holds, and when they turn into deaths.
struct Suspicions: Sendable {
    /// One suspect.
    struct Suspicion: Sendable {
        let incarnation: UInt32
        var began: Moment
        var deadline: Moment
        /// The first and those that confirmed, each once.
        var accusers: [NodeID]
    }

    /// Looked up by node, never walked: a dictionary's order is not the same in two processes.
    private var byNode: [NodeID: Suspicion] = [:]
    private var deadlines = DeadlineQueue()

    /// When the next suspicion may end; nil where there is none.
    var next: Moment? { deadlines.first }

    subscript(node: NodeID) -> Suspicion? { byNode[node] }

    /// Begins to suspect a node's incarnation.
    mutating func begin(
        _ node: NodeID, incarnation: UInt32, accuser: NodeID, at now: Moment, timeout: Span
    ) {
        byNode[node] = Suspicion(
            incarnation: incarnation, began: now, deadline: now + timeout, accusers: [accuser])
        deadlines.insert(node, at: now + timeout)
    }

    /// Takes an accusation; says whether it is by a node that had not accused yet.
    ///
    /// - Parameters:
    ///   - most: how many confirmations count.
    ///   - timeout: how long a suspicion with so many confirmations lasts.
    mutating func confirm(
        _ node: NodeID, by accuser: NodeID, most: Int, timeout: (Int) -> Span
    ) -> Bool {
        guard var suspicion = byNode[node], suspicion.accusers.count <= most,
            !suspicion.accusers.contains(accuser)
        else { return false }
        suspicion.accusers.append(accuser)
        let deadline = suspicion.began + timeout(suspicion.accusers.count - 1)
        suspicion.deadline = min(suspicion.deadline, deadline)
        byNode[node] = suspicion
        deadlines.insert(node, at: suspicion.deadline)
        return true
    }

    /// Suspects a node no longer.
    mutating func end(_ node: NodeID) {
        // Most of the time nobody is suspected, and news comes by the thousand: no hash for nothing.
        if !byNode.isEmpty { byNode[node] = nil }
    }

    /// Takes a suspect whose time is over, if there is one.
    mutating func takeExpired(at now: Moment) -> (node: NodeID, incarnation: UInt32)? {
        while let node = deadlines.takeDue(at: now) {
            guard let suspicion = byNode[node], suspicion.deadline <= now else { continue }
            byNode[node] = nil
            return (node, suspicion.incarnation)
        }
        return nil
    }

    /// Gives every suspect as much more time as this node itself was away.
    mutating func extend(by span: Span) {
        deadlines.shift(by: span)
        byNode = byNode.mapValues { suspicion in
            var later = suspicion
            later.began = suspicion.began + span
            later.deadline = suspicion.deadline + span
            return later
        }
    }

    /// Begins the time of a suspicion anew: a mistake, for the zoo.
    mutating func restart(_ node: NodeID, at now: Moment) {
        guard var suspicion = byNode[node] else { return }
        suspicion.deadline = now + (suspicion.deadline - suspicion.began)
        suspicion.began = now
        byNode[node] = suspicion
        deadlines.insert(node, at: suspicion.deadline)
    }

    /// Forgets all.
    mutating func removeAll() { self = Suspicions() }
}
