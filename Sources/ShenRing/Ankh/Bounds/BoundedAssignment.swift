/// A key that has another owner than before.
public struct KeyMove: Hashable, Sendable {
    /// The key.
    public let key: UInt64
    /// Who had it; nil for one that has come.
    public let from: NodeName?
    /// Who has it; nil for one that has gone.
    public let to: NodeName?
}

/// Keys on a ring whose members have a bounded load each: consistent hashing with bounded loads.
///
/// A key goes to the first member that it meets clockwise from its position and that has room for it.
/// Source: as of `LoadBound`. Choices that the paper leaves open, and deviations:
/// - Which of two keys has to go on where there is room for one: the higher. So who has which key depends
///   on the keys and the ring alone, not on the order in which they came, and all who know both agree.
///   (All members prefer keys alike, so there is exactly one stable matching: Gale and Shapley, 1962.)
///   New keys with rising numbers displace none but by what the growing capacity brings back.
/// - Members have many points, as in the ring: a key that is turned away goes on from where it was, so
///   that a full member's keys spread over the others and do not fill the next one.
/// - Weights, by `Apportionment`.
///
/// Expected moves for a key that comes or goes are O(1/ε²), whatever the number of members; a member that
/// joins or leaves moves O(1/ε²) times what it has or had.
///
/// For things that are counted and known one by one (partitions, shards, connections), up to millions;
/// keys that are only looked up have no load to bound. One thread at a time.
public struct BoundedAssignment: ~Copyable, Sendable {
    /// The ring that keys are on.
    public private(set) var ring: AnkhRing
    /// How far loads may exceed their part.
    public let bound: LoadBound

    private var apportionment: Apportionment
    /// How many places there are in all: those of all members.
    private var places = 0
    private var capacities: [Int]
    /// Where each key is.
    private var seats: [UInt64: Seat] = [:]
    /// The keys that each member has.
    private var kept: [SortedKeys]
    /// The keys that each member was met by and had no room for.
    private var refused: [SortedKeys]
    /// Who had the keys that have moved since the last report, each once.
    private var moved: [UInt64: NodeName?] = [:]

    /// Where a key is on its way around the circle.
    private struct Seat {
        /// The number of the point that it has come to.
        var point: Int
        /// Who had no room for it, in the order in which it met them.
        var passed: [UInt32]
    }

    /// The keys on `ring`; a key that comes twice is there once.
    ///
    /// - Complexity: O(m log m) and the walks for m keys.
    public init(
        ring: consuming AnkhRing, bound: LoadBound, keys: some Sequence<UInt64> = []
    ) {
        self.bound = bound
        let members = ring.members
        self.ring = ring
        apportionment = Apportionment(weights: members.map(\.weight))
        capacities = Array(repeating: 0, count: members.count)
        kept = Array(repeating: SortedKeys(), count: members.count)
        refused = kept
        seatAll(Set(keys).sorted())
        moved = [:]
    }

    /// How many keys there are.
    public var count: Int { seats.count }

    /// The number of the member that has `key`; nil where it is not there. O(1).
    public func owner(of key: UInt64) -> UInt32? {
        seats[key].map { ring.owner(ofPoint: $0.point) }
    }

    /// The keys of a member, ascending.
    public func keys(of member: UInt32) -> [UInt64] { kept[Int(member)].keys }

    /// How many keys a member may have now.
    public func capacity(of member: UInt32) -> Int { capacities[Int(member)] }
}

extension BoundedAssignment {
    /// Brings a key; says where it is and which others had to make room or found a place nearer to
    /// them, by key. Nothing where it was there already.
    public mutating func assign(_ key: UInt64) -> [KeyMove] {
        guard seats[key] == nil else { return [] }
        resize(forKeys: count + 1)
        moved[key] = .some(nil)
        begin(key)
        settle(key)
        return report()
    }

    /// Takes a key away; says which others moved for it, by key. Nothing where it was not there.
    public mutating func release(_ key: UInt64) -> [KeyMove] {
        guard let seat = seats[key] else { return [] }
        note(key)
        let owner = ring.owner(ofPoint: seat.point)
        kept[Int(owner)].remove(key)
        for member in seat.passed { refused[Int(member)].remove(key) }
        seats[key] = nil
        fill(owner)
        resize(forKeys: count)
        return report()
    }

    /// Puts the keys on another ring: members that join, leave, or have other weights.
    ///
    /// Everything is computed again, which costs about what the ring itself did; but only the keys that
    /// have to move are moved, since their places do not depend on the past.
    public mutating func move(to newer: consuming AnkhRing) -> [KeyMove] {
        let names = ring.members.map(\.name)
        let keys = seats.keys.sorted()
        for key in keys { note(key) }
        let members = newer.members
        ring = newer
        apportionment = Apportionment(weights: members.map(\.weight))
        capacities = Array(repeating: 0, count: members.count)
        kept = Array(repeating: SortedKeys(), count: members.count)
        refused = kept
        (places, seats) = (0, [:])
        let gone = Set(names).subtracting(members.map(\.name))
        seatAll(keys, withoutBoundAfter: ring.placement.has(.boundForgottenAtLeave) ? gone : [])
        return report()
    }

    /// Gives every key of an empty assignment its place, the lowest first: none is displaced.
    private mutating func seatAll(_ keys: [UInt64], withoutBoundAfter gone: Set<NodeName> = []) {
        resize(forKeys: keys.count)
        for key in keys {
            begin(key)
            if !gone.isEmpty, let owner = moved[key], let owner, gone.contains(owner) {
                kept[Int(ring.owner(ofPoint: seat(of: key).point))].insert(key)
            } else {
                settle(key)
            }
        }
    }

    /// Gives places to members or takes them until there are as many as `keys` need.
    private mutating func resize(forKeys keys: Int) {
        let wanted = bound.capacity(forKeys: keys)
        while places < wanted {
            let member = apportionment.owner(ofPlace: places)
            capacities[Int(member)] += 1
            places += 1
            fill(member)
        }
        while places > wanted {
            places -= 1
            let member = apportionment.owner(ofPlace: places)
            capacities[Int(member)] -= 1
            guard kept[Int(member)].count > capacities[Int(member)] else { continue }
            settle(evictLast(of: member))
        }
    }
}

/// Where keys go. A key that has no place is in `seats` at the point that it has come to.
extension BoundedAssignment {
    private func seat(of key: UInt64) -> Seat {
        guard let seat = seats[key] else { preconditionFailure("key \(key) is nowhere") }
        return seat
    }

    /// Puts a key at the first point from its position on.
    private mutating func begin(_ key: UInt64) {
        let point = ring.point(ofHash: KeyHash.position(of: key))
        seats[key] = Seat(point: point, passed: [])
    }

    /// Has a key go on until it has a place, and whoever it displaces after it.
    private mutating func settle(_ key: UInt64) {
        var key = key
        while true {
            let member = ring.owner(ofPoint: seat(of: key).point)
            let last = kept[Int(member)].last
            if kept[Int(member)].count < capacities[Int(member)] {
                kept[Int(member)].insert(key)
                return
            }
            if let last, key < last {
                let displaced = evictLast(of: member)
                kept[Int(member)].insert(key)
                key = displaced
            } else {
                turnAway(key, from: member)
            }
        }
    }

    /// Takes the last key from a member and has it go on to the next; returns it.
    private mutating func evictLast(of member: UInt32) -> UInt64 {
        guard let key = kept[Int(member)].last else {
            preconditionFailure("member \(member) has no key to give up")
        }
        note(key)
        kept[Int(member)].remove(key)
        turnAway(key, from: member)
        return key
    }

    /// Has a key that a member has no room for go on to the next that it has not met.
    private mutating func turnAway(_ key: UInt64, from member: UInt32) {
        refused[Int(member)].insert(key)
        var seat = seat(of: key)
        seat.passed.append(member)
        precondition(seat.passed.count < capacities.count, "no room for key \(key)")
        repeat {
            seat.point = ring.point(after: seat.point)
        } while seat.passed.contains(ring.owner(ofPoint: seat.point))
        seats[key] = seat
    }

    /// Offers the free places of a member to the keys that it turned away, the lowest first, and then
    /// those that become free by that.
    private mutating func fill(_ member: UInt32) {
        let toLast = ring.placement.has(.freedPlaceToLast)
        var members = [member]
        while let member = members.last {
            guard kept[Int(member)].count < capacities[Int(member)],
                let key = toLast ? refused[Int(member)].last : refused[Int(member)].first
            else {
                members.removeLast()
                continue
            }
            members.append(bring(key, backTo: member))
        }
    }

    /// Moves a key to a member that it met before; returns who had it.
    private mutating func bring(_ key: UInt64, backTo member: UInt32) -> UInt32 {
        note(key)
        var seat = seat(of: key)
        let owner = ring.owner(ofPoint: seat.point)
        kept[Int(owner)].remove(key)
        while let last = seat.passed.popLast() {
            refused[Int(last)].remove(key)
            if last == member { break }
        }
        seat.point = ring.point(ofHash: KeyHash.position(of: key))
        while ring.owner(ofPoint: seat.point) != member {
            seat.point = ring.point(after: seat.point)
        }
        seats[key] = seat
        kept[Int(member)].insert(key)
        return owner
    }

    /// Remembers who has a key, before it moves for the first time.
    private mutating func note(_ key: UInt64) {
        guard moved[key] == nil else { return }
        moved[key] = .some(owner(of: key).map { ring.members[Int($0)].name })
    }

    /// What has moved since the last report.
    private mutating func report() -> [KeyMove] {
        let moves = moved.sorted { $0.key < $1.key }.compactMap { key, from -> KeyMove? in
            let to = owner(of: key).map { ring.members[Int($0)].name }
            return from == to ? nil : KeyMove(key: key, from: from, to: to)
        }
        moved.removeAll(keepingCapacity: true)
        return moves
    }
}
