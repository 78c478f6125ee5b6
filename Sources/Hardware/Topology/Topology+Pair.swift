extension Topology {
    /// How near two hardware threads are, nearest first.
    public enum Relation: String, Codable, Sendable, CaseIterable, Comparable {
        /// One and the same.
        case samePU = "same-pu"
        /// Hardware threads of one core.
        case smtSiblings = "smt-siblings"
        /// Cores that share an L3 cache.
        case sharedL3 = "shared-l3"
        /// Cores of one package and NUMA node without a common L3 that is known.
        case samePackage = "same-package"
        /// Cores of one NUMA node in different packages, or where packages are not known.
        case sameNode = "same-node"
        /// Cores of different NUMA nodes.
        case crossNode = "cross-node"

        /// Orders by distance.
        public static func < (left: Relation, right: Relation) -> Bool {
            left.rank < right.rank
        }

        private var rank: Int { Relation.allCases.firstIndex(of: self) ?? 0 }
    }

    /// Two hardware threads for two threads that talk to each other.
    public struct Pair: Codable, Equatable, Sendable, CustomStringConvertible {
        /// The kernel's number of the first.
        public var first: Int
        /// The kernel's number of the second.
        public var second: Int
        /// How near they are.
        public var relation: Relation

        /// Both, and how near they are: `2 and 3 (shared-l3)`.
        public var description: String { "\(first) and \(second) (\(relation.rawValue))" }
    }

    /// How near two hardware threads of this machine are; `nil` when the topology lacks one of
    /// them. Nodes and packages that are not known do not part cores.
    public func relation(_ first: Int, _ second: Int) -> Relation? {
        let map = ProximityMap(self)
        guard let one = map.place(of: first), let other = map.place(of: second) else { return nil }
        return map.relation(one, other)
    }

    /// Chooses two hardware threads for threads that talk to each other.
    ///
    /// Wanted, in this order: the relation asked for, or else distinct cores over siblings of a core
    /// and those over one hardware thread twice, the nearest cores over farther ones; the most
    /// powerful kind of cores; cores other than the one with hardware thread 0, which serves
    /// most interrupts; the lowest numbers.
    ///
    /// - Parameters:
    ///   - relation: the relation that is needed; `nil` for the best there is.
    ///   - candidates: hardware threads to choose from; those this process may use when `nil`.
    /// - Returns: `nil` when no two hardware threads have the relation, or there are none at all.
    /// - Complexity: O(n²) in the number of candidates.
    public func pair(_ relation: Relation? = nil, among candidates: CPUSet? = nil) -> Pair? {
        guard let allowed = allowedPUs.value else { return nil }
        let map = ProximityMap(self)
        let places = (candidates.map { $0.intersection(allowed) } ?? allowed).indexes
            .compactMap(map.place)
        var best: (cost: [Int], pair: Pair)?
        for (position, one) in places.enumerated() {
            for other in places[position...] {
                let found = map.relation(one, other)
                if let relation, found != relation { continue }
                let cost = map.cost(one, other, found)
                if best.map({ cost.lexicographicallyPrecedes($0.cost) }) ?? true {
                    best = (cost, Pair(first: one.pu, second: other.pu, relation: found))
                }
            }
        }
        return best?.pair
    }
}

/// Where each hardware thread sits, laid out for looking up.
private struct ProximityMap {
    struct Place {
        var pu: Int
        var core: Int
        var l3: Int?
        var package: Int?
        var node: Int?
        /// Higher is more powerful.
        var power: Int
    }

    private var places: [Int: Place] = [:]
    private var firstCore: Int?

    init(_ topology: Topology) {
        let l3 = (topology.caches.value ?? [])
            .filter { $0.level == 3 && $0.kind != .instruction }.flatMap(\.sharers)
        let kinds = topology.kinds.value ?? []
        for core in topology.cores.value ?? [] {
            for pu in core.pus.indexes {
                if pu == 0 { firstCore = core.index }
                places[pu] = Place(
                    pu: pu, core: core.index, l3: l3.firstIndex { $0.contains(pu) },
                    package: core.package, node: core.node,
                    power: kinds.first { $0.pus.contains(pu) }?.efficiency ?? 0)
            }
        }
    }

    func place(of pu: Int) -> Place? { places[pu] }

    func relation(_ one: Place, _ other: Place) -> Topology.Relation {
        if one.pu == other.pu { return .samePU }
        if one.core == other.core { return .smtSiblings }
        if one.l3 != nil, one.l3 == other.l3 { return .sharedL3 }
        if one.node != other.node { return .crossNode }
        return one.package != nil && one.package == other.package ? .samePackage : .sameNode
    }

    /// What speaks against a pair, the weightiest first.
    func cost(_ one: Place, _ other: Place, _ relation: Topology.Relation) -> [Int] {
        let distance: Int =
            switch relation {
            case .sharedL3: 0
            case .samePackage: 1
            case .sameNode: 2
            case .crossNode: 3
            case .smtSiblings: 4
            case .samePU: 5
            }
        let busy = [one.core, other.core].count { $0 == firstCore }
        return [distance, -min(one.power, other.power), busy, one.pu, other.pu]
    }
}
