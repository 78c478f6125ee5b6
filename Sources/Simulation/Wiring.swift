import StateMachines

/// What a link does with messages.
struct Link {
    let delay: DelayDistribution
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
    /// The network first, then links that are not like it.
    private(set) var links: [Link]
    private var geography: Geography?
    /// Where in `links` those stand that are not as the network.
    private var special: [UInt64: Int] = [:]
    /// Where in `links` those stand that no link has any more.
    private var unused: [Int] = []
    private var blocked: Set<UInt64> = []
    /// Which groups of the partition each node is in, as bits; empty without a partition.
    private var groups: [UInt64] = []
    /// When links with a bandwidth will have sent what they were given.
    private var busy: [UInt64: Int64] = [:]
    private var mostBusy = 1_024

    init(_ conditions: NetworkConditions) {
        links = [Link(conditions)]
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

    /// Where in `links` it stands what messages meet on their way.
    func link(_ sender: Int, _ receiver: Int) -> Int {
        special.isEmpty ? 0 : special[Self.key(sender, receiver)] ?? 0
    }

    /// How long messages are on their way, which on the network depends on where nodes stand.
    func delay(_ link: Int, _ sender: Int, _ receiver: Int) -> DelayDistribution {
        guard link == 0, let geography else { return links[link].delay }
        return geography.delays[geography.regions[sender]][geography.regions[receiver]]
    }

    /// When a message of this size that is given to a link now has left it; nil where its backlog is
    /// full, or an hour would not do.
    mutating func leave(
        _ sender: Int, _ receiver: Int, _ link: Int, bytes: Int, at now: Int64
    ) -> Int64? {
        let bandwidth = Double(links[link].bandwidth)
        guard bandwidth > 0 else { return now }
        let key = Self.key(sender, receiver)
        let start = max(now, busy[key] ?? now)
        let waiting = Double(start - now) * bandwidth / 1e9
        // Less than a byte over is the rounding of times to nanoseconds.
        guard waiting < Double(links[link].backlog) + 1 else { return nil }
        let span = (Double(bytes) * 1e9 / bandwidth).rounded(.up)
        guard Double(start - now) + span <= Double(DelayDistribution.longest.nanoseconds) else {
            return nil
        }
        let end = start + Int64(span)
        busy[key] = end
        if busy.count > mostBusy { forgetIdle(at: now) }
        return end
    }

    /// How many links are remembered to have been busy.
    var busyCount: Int { busy.count }

    /// Forgets links that have nothing to send any more.
    private mutating func forgetIdle(at now: Int64) {
        busy = busy.filter { $0.value > now }
        mostBusy = max(1_024, busy.count * 2)
    }

    mutating func set(_ conditions: NetworkConditions) {
        links[0] = Link(conditions)
        geography = conditions.geography
    }

    /// Has one link differ from the network, or no longer. Returns whether that changes anything.
    mutating func set(_ conditions: NetworkConditions?, _ sender: Int, _ receiver: Int) -> Bool {
        let key = Self.key(sender, receiver)
        guard let conditions else {
            guard let place = special.removeValue(forKey: key) else { return false }
            unused.append(place)
            return true
        }
        let place = special[key] ?? unused.popLast() ?? links.count
        special[key] = place
        if place == links.count { links.append(links[0]) }
        links[place] = Link(conditions)
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
