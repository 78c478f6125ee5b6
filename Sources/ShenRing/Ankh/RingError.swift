/// Why a ring could not be made from what was given.
public enum RingError: Error, Hashable, Sendable {
    /// A ring needs at least one member: without one no key has an owner.
    case noMembers
    /// The member at this place in the list has a name without bytes.
    case emptyName(at: Int)
    /// Two members have this name.
    case duplicateName(NodeName)
    /// A removal names a member that the ring does not have.
    case unknownMember(NodeName)
    /// A weight below 1.
    case invalidWeight(Int, of: NodeName)
    /// A number of virtual nodes below 1.
    case invalidVirtualNodes(Int)
    /// The weights times the virtual nodes give more points than a ring holds.
    case tooManyPoints(limit: Int)
    /// Two names that are different bytes and the same text to Unicode.
    case confusableNames(NodeName, NodeName)
    /// A change that makes this version, for a view that has not the version right before it.
    case wrongBase(of: RingVersion, found: RingVersion)
    /// A share by which loads may exceed the mean that is not between 0.001 and 1 000.
    case invalidExcess(Double)
}

extension RingError: CustomStringConvertible {
    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .noMembers:
            "ring: no members; expected at least 1"
        case .emptyName(let place):
            "ring: member \(place) has an empty name; expected at least 1 byte"
        case .duplicateName(let name):
            "ring: two members are named '\(name)'; expected distinct names"
        case .unknownMember(let name):
            "ring: no member is named '\(name)'; expected the name of a member"
        case .invalidWeight(let weight, let name):
            "ring: member '\(name)' has weight \(weight); expected at least 1"
        case .invalidVirtualNodes(let count):
            "ring: \(count) virtual nodes; expected at least 1"
        case .tooManyPoints(let limit):
            "ring: weights times virtual nodes exceed \(limit) points; expected fewer"
        case .confusableNames(let earlier, let later):
            "ring: the names '\(earlier)' (\(earlier.bytes.count) bytes) and '\(later)' "
                + "(\(later.bytes.count) bytes) are one text; expected names that differ as text"
        case .wrongBase(let version, let found):
            "ring: a change that makes \(version) came to \(found); expected one that makes "
                + "\(found.next)"
        case .invalidExcess(let excess):
            "ring: loads may exceed the mean by a share of \(excess); expected 0.001 to 1000"
        }
    }
}
