/// Mistakes that rings have been known to make, planted on request in builds with `PLANTED_DEFECTS`
/// to see whether the checks catch them. In other builds nobody can ask for one.
public enum AnkhMistake: String, CaseIterable, Sendable {
    /// Points of two members at one position keep the order in which their members joined, so that two
    /// machines with the same members have different rings.
    case tiesByArrival
    /// The walk for replicas takes the next points, whoever they belong to: one machine holds two
    /// copies (trap of ANKH-DISTINCT-REPLICAS).
    case replicasByPoint
    /// Moved ranges are taken for closed at their start and open at their end: the key at each end is
    /// left behind.
    case rangeEndsShifted
    /// The arc from the last point across the end of the circle to the first is left out of what moves.
    case lastArcLost
    /// A member of weight 3 gets as many points as one of weight 1.
    case weightIgnored
    /// An older view that arrives late replaces a newer one.
    case olderViewAdopted
    /// Of several changes that come together, the view gets the last one's version when only the first
    /// was applied: it is published before it is complete.
    case incompleteViewAdopted
    /// A change is applied to whatever view is there, though it was made from another.
    case changeAppliedToAnyView
    /// The writer tells others of a version before it is durable: after a crash it gives the same
    /// version to another ring.
    case versionToldBeforeDurable
    /// A source gives up its copy when the first of those who are to have it does.
    case sourceReleasedEarly
    /// A copy that was broken off by a crash counts as made.
    case brokenCopyCounted
    /// What a member that leaves had is handed to the next ones, full or not (bounded loads).
    case boundForgottenAtLeave
    /// A place that becomes free goes to the last of the keys that were turned away from it, not to the
    /// first: where a key is then depends on the past, and two assigners disagree (bounded loads).
    case freedPlaceToLast
}
