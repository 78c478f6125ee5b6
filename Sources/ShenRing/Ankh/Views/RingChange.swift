/// What turns one version of a cluster's ring into the next.
public struct RingChange: Hashable, Sendable {
    /// The version that it makes, out of the one right before it.
    public let version: RingVersion
    /// Members that were not there.
    public let joining: [RingMember]
    /// Members that go.
    public let leaving: [NodeName]
    /// Members that stay, with their new weights.
    public let reweighted: [RingMember]

    /// A change that makes `version`.
    public init(
        making version: RingVersion, joining: [RingMember] = [], leaving: [NodeName] = [],
        reweighted: [RingMember] = []
    ) {
        self.version = version
        self.joining = joining
        self.leaving = leaving
        self.reweighted = reweighted
    }
}

extension RingView {
    /// The next view, which `change` makes of this one.
    ///
    /// - Throws: `wrongBase` where the change is not for this version; `unknownMember` for one that is
    ///   to leave or be weighted anew and is not there; `duplicateName` for one that joins and is
    ///   there, or stands in the change twice; what makes no ring of the members that would be there.
    /// - Complexity: O(n log n) in the members.
    public func applying(_ change: RingChange) throws(RingError) -> RingView {
        guard change.version == version.next else {
            throw .wrongBase(of: change.version, found: version)
        }
        return try applyingToAny(change)
    }

    /// As `applying`, whatever version this is.
    func applyingToAny(_ change: RingChange) throws(RingError) -> RingView {
        var touched = Set<NodeName>()
        for name in change.leaving + change.reweighted.map(\.name) {
            guard index(of: name) != nil else { throw .unknownMember(name) }
            guard touched.insert(name).inserted else { throw .duplicateName(name) }
        }
        let kept = members.filter { !touched.contains($0.name) }
        return try RingView(
            version: change.version, members: kept + change.reweighted + change.joining,
            virtualNodes: virtualNodes)
    }

    /// The next view, for whoever brings a change in: as `applying`, and refuses also a member whose
    /// name could be taken for another's.
    ///
    /// - Throws: as `applying`, and `confusableNames`.
    public func proposing(_ change: RingChange) throws(RingError) -> RingView {
        let next = try applying(change)
        if let (earlier, later) = NodeName.firstConfusable(among: next.members.map(\.name)) {
            throw .confusableNames(earlier, later)
        }
        return next
    }

    /// What turns this view into `newer`, which may be any number of versions later; it can be applied
    /// only where `newer` is the next one.
    ///
    /// - Complexity: linear in the members.
    public func change(to newer: RingView) -> RingChange {
        let forward = Membership.renumbering(from: members, to: newer.members)
        let backward = Membership.renumbering(from: newer.members, to: members)
        return RingChange(
            making: newer.version,
            joining: zip(newer.members, backward).filter { $1 == nil }.map(\.0),
            leaving: zip(members, forward).filter { $1 == nil }.map(\.0.name),
            reweighted: zip(newer.members, backward).filter { member, number in
                number.map { members[Int($0)].weight != member.weight } ?? false
            }.map(\.0))
    }
}
