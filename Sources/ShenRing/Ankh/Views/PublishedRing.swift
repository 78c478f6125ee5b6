/// What became of a view that a node was offered.
public enum RingAdoption: Hashable, Sendable {
    /// It is the latest now, in place of this version.
    case adopted(after: RingVersion)
    /// It was there already.
    case alreadyThere
    /// A newer one is there, of this version; nothing changed.
    case stale(RingVersion)
    /// Another view of the same version is there, so somebody gave out the version twice; the one
    /// that came first stays.
    case conflict
}

/// A cluster's ring as the threads of a process see it: any of them may bring a newer view, and readers
/// look keys up without a lock in whichever is the latest.
///
/// Versions only rise: a view that arrives late changes nothing, in whatever order threads bring
/// views. A ring is seen whole or not at all, since it is made before it is published.
///
/// Any thread may call anything at any time.
public final class PublishedRing: Sendable {
    private let cell: SnapshotCell<VersionedRing>
    private let placement: PointPlacement

    /// Publishes the ring of `view` as the first.
    public convenience init(_ view: RingView) throws(RingError) {
        try self.init(view, placement: .xxh3)
    }

    package init(_ view: RingView, placement: PointPlacement) throws(RingError) {
        cell = SnapshotCell(try VersionedRing(view, placement: placement))
        self.placement = placement
    }

    /// A reader for one thread at a time. See `SnapshotReader`.
    public func makeReader() -> SnapshotReader<VersionedRing> { cell.makeReader() }

    /// The version of the latest ring.
    public var version: RingVersion {
        var reader = cell.makeReader()
        return reader.read { $0.version }
    }

    /// How many replaced rings are not freed yet. See `SnapshotCell.heldCount`.
    public var heldCount: Int { cell.heldCount }

    /// Publishes the ring of `view` if it is newer than the latest; says what was there otherwise.
    ///
    /// - Throws: what makes no ring of the view; nothing is published then.
    /// - Complexity: linear in the points where it is newer, constant where it is not; once more for
    ///   each view that another thread publishes meanwhile.
    public func adopt(_ view: RingView) throws(RingError) -> RingAdoption {
        var before = view.version
        do throws(Refusal) {
            try cell.update { latest throws(Refusal) in
                before = latest.version
                if !placement.has(.olderViewAdopted), let refusal = Refusal(of: view, by: latest) {
                    throw refusal
                }
                do throws(RingError) {
                    return try latest.advanced(to: view)
                } catch {
                    throw .invalid(error)
                }
            }
        } catch {
            switch error {
            case .adoption(let outcome): return outcome
            case .invalid(let error): throw error
            }
        }
        return .adopted(after: before)
    }

    private enum Refusal: Error {
        case adoption(RingAdoption)
        case invalid(RingError)

        /// Why `latest` stays where `view` is offered; nil where it does not.
        init?(of view: RingView, by latest: borrowing VersionedRing) {
            if view.version > latest.version { return nil }
            if view.version < latest.version {
                self = .adoption(.stale(latest.version))
            } else {
                self = .adoption(latest.view == view ? .alreadyThere : .conflict)
            }
        }
    }
}
