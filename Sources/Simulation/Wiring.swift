import StateMachines

/// What a link does with messages, without arrays: it is copied for each.
struct Link {
    var delay: DelayDistribution
    let loss, duplication, reordering: Double
    let lateness: DelayDistribution
    /// 0: no limit.
    let bandwidth: Int
    let backlog: Int
    let crossing: Double

    init(_ conditions: NetworkConditions) {
        delay = conditions.delay
        loss = conditions.loss
        duplication = conditions.duplication
        reordering = conditions.reordering
        lateness = conditions.lateness
        bandwidth = conditions.bandwidth ?? 0
        backlog = conditions.backlog
        crossing = conditions.crossing
    }
}

/// Which node reaches which, and over what. A link is one way.
///
/// Dictionaries and sets here are looked up only, never gone through in an order that matters.
struct Wiring {
    private var general: Link
    private var geography: Geography?
    /// Links that are not as the network.
    private var special: [UInt64: Link] = [:]
    private var blocked: Set<UInt64> = []
    /// Which groups of the partition each node is in, as bits; empty without a partition.
    private var groups: [UInt64] = []
    /// When links with a bandwidth will have sent what they were given.
    private var busy: [UInt64: Int64] = [:]
    private var mostBusy = 1_024

    init(_ conditions: NetworkConditions) {
        general = Link(conditions)
        geography = conditions.geography
    }

    private static func key(_ sender: Int, _ receiver: Int) -> UInt64 {
        UInt64(sender) << 32 | UInt64(receiver)
    }

    /// Whether nothing is cut.
    var isWhole: Bool { groups.isEmpty && blocked.isEmpty }

    /// Whether messages get through.
    func connects(_ sender: Int, _ receiver: Int) -> Bool {
        if isWhole || sender == receiver { return true }
        if !groups.isEmpty, groups[sender] & groups[receiver] == 0 { return false }
        return blocked.isEmpty || !blocked.contains(Self.key(sender, receiver))
    }

    /// What messages meet on their way.
    func link(_ sender: Int, _ receiver: Int) -> Link {
        if !special.isEmpty, let link = special[Self.key(sender, receiver)] { return link }
        guard let geography else { return general }
        var link = general
        link.delay = geography.delays[geography.regions[sender]][geography.regions[receiver]]
        return link
    }

    /// When a message of this size that is given to a link now has left it; nil where its backlog is
    /// full.
    mutating func leave(
        _ sender: Int, _ receiver: Int, _ link: Link, bytes: Int, at now: Int64
    ) -> Int64? {
        guard link.bandwidth > 0 else { return now }
        let key = Self.key(sender, receiver)
        let start = max(now, busy[key] ?? now)
        let waiting = Double(start - now) * Double(link.bandwidth) / 1e9
        // Less than a byte over is the rounding of times to nanoseconds.
        guard waiting < Double(link.backlog) + 1 else { return nil }
        let end = start + Int64((Double(bytes) * 1e9 / Double(link.bandwidth)).rounded(.up))
        busy[key] = end
        if busy.count > mostBusy { forgetIdle(at: now) }
        return end
    }

    /// Forgets links that have nothing to send any more.
    private mutating func forgetIdle(at now: Int64) {
        busy = busy.filter { $0.value > now }
        mostBusy = max(1_024, busy.count * 2)
    }

    mutating func set(_ conditions: NetworkConditions) {
        general = Link(conditions)
        geography = conditions.geography
    }

    /// Has one link differ from the network, or no longer. Returns whether that changes anything.
    mutating func set(_ conditions: NetworkConditions?, _ sender: Int, _ receiver: Int) -> Bool {
        let key = Self.key(sender, receiver)
        guard let conditions else { return special.removeValue(forKey: key) != nil }
        special[key] = Link(conditions)
        return true
    }

    mutating func partition(_ parts: [[NodeID]], nodes: Int) {
        groups = Array(repeating: 0, count: nodes)
        for (number, part) in parts.enumerated() {
            for node in part { groups[node.place] |= 1 << UInt64(number) }
        }
    }

    /// Returns whether it was not blocked before.
    mutating func block(_ sender: Int, _ receiver: Int) -> Bool {
        blocked.insert(Self.key(sender, receiver)).inserted
    }

    /// Ends partition and blocks. Returns whether there were any.
    mutating func heal() -> Bool {
        defer {
            groups = []
            blocked = []
        }
        return !isWhole
    }
}
