/// A ring together with the view that it was made from: what readers look at.
public struct VersionedRing: ~Copyable, Sendable {
    /// What the ring is made of.
    public let view: RingView
    /// The ring.
    public let ring: AnkhRing

    /// Which of the cluster's rings it is.
    public var version: RingVersion { view.version }

    /// The ring of `view`.
    ///
    /// - Complexity: linear in the points.
    public init(_ view: RingView) throws(RingError) {
        try self.init(view, placement: .xxh3)
    }

    package init(_ view: RingView, placement: PointPlacement) throws(RingError) {
        self.view = view
        ring = try AnkhRing(
            members: view.members, virtualNodes: view.virtualNodes, placement: placement)
    }

    private init(view: RingView, ring: consuming AnkhRing) {
        self.view = view
        self.ring = ring
    }

    /// The ring of `newer`, made from this one: only the points of members that came, went or were
    /// weighted anew are touched, the others' are neither hashed nor sorted again.
    ///
    /// - Complexity: linear in the points of both.
    public func advanced(to newer: RingView) throws(RingError) -> VersionedRing {
        let change = view.change(to: newer)
        let leaving = change.leaving + change.reweighted.map(\.name)
        let joining = change.joining + change.reweighted
        // Another number of virtual nodes is another ring; and without a member that stays there is
        // none to begin from.
        guard newer.virtualNodes == view.virtualNodes, leaving.count < view.members.count else {
            return try VersionedRing(newer, placement: ring.placement)
        }
        switch (leaving.isEmpty, joining.isEmpty) {
        case (true, _):
            return VersionedRing(view: newer, ring: try ring.adding(contentsOf: joining))
        case (false, true):
            return VersionedRing(view: newer, ring: try ring.removing(contentsOf: leaving))
        case (false, false):
            let rest = try ring.removing(contentsOf: leaving)
            return VersionedRing(view: newer, ring: try rest.adding(contentsOf: joining))
        }
    }
}
