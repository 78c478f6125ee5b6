public import StateMachines

/// Why a quorum, a node of it or a membership could not be made from what was given.
public enum QuorumError: Error, Hashable, Sendable {
    /// A cluster without a voter decides nothing.
    case noVoters
    /// A node stands twice in a list, or is both a voter and a learner.
    case duplicateMember(QuorumMember)
    /// A node that founds a cluster is not among its founders.
    case notAFounder(NodeID)
    /// The heartbeat is not above zero and below half of the election timeout: leaders would be
    /// deposed for one late message.
    case heartbeat(Span, electionTimeout: Span)
    /// The bound of drift is not from 0 to below 1.
    case drift(Double)
    /// A limit below its least value.
    case limit(String, Int, least: Int)
    /// A disk that is not empty and whose first record does not say whose it is.
    case unmarkedDisk
    /// A record that does not go on where the ones before it ended.
    case brokenRecord(at: Int, expected: UInt64, found: UInt64)
    /// A snapshot's state is no image.
    case brokenSnapshot(ImageError)
}

extension QuorumError: CustomStringConvertible {
    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .noVoters:
            "quorum: no voters; expected at least 1"
        case .duplicateMember(let member):
            "quorum: \(member) is given twice; expected distinct members"
        case .notAFounder(let node):
            "quorum: \(node) is to found a cluster that it is no member of"
        case .heartbeat(let heartbeat, let timeout):
            "quorum: heartbeat \(heartbeat); expected above 0 and at most half of the election "
                + "timeout \(timeout)"
        case .drift(let drift):
            "quorum: drift bound \(drift); expected a share from 0 to below 1"
        case .limit(let name, let value, let least):
            "quorum: \(name) is \(value); expected at least \(least)"
        case .unmarkedDisk:
            "quorum: the disk's first record does not say whose it is"
        case .brokenRecord(let place, let expected, let found):
            "quorum: record \(place) begins at index \(found); expected at most \(expected)"
        case .brokenSnapshot(let error):
            "quorum: a snapshot's state is broken: \(error)"
        }
    }
}
