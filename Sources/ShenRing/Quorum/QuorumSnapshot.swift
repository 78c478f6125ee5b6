import StateMachines

/// All that the log said up to a place, in place of it (Raft §7).
public struct QuorumSnapshot: Hashable, Sendable {
    /// The last place of the log that it stands for.
    public let index: UInt64
    /// The term of the entry there.
    public let term: UInt64
    /// The membership at that place.
    public let membership: QuorumMembership
    /// The keyed state, with its sessions, as an image.
    public let state: [UInt8]
    /// What the application gave to stand for its opaque entries.
    public let application: [UInt8]

    /// A snapshot of these parts.
    public init(
        index: UInt64, term: UInt64, membership: QuorumMembership, state: [UInt8],
        application: [UInt8] = []
    ) {
        self.index = index
        self.term = term
        self.membership = membership
        self.state = state
        self.application = application
    }
}

/// A snapshot as bytes, which go over the wire in parts.
extension QuorumSnapshot {
    private static let imageVersion: UInt64 = 1

    /// Version 1: index, term, the three sets of members, the state, what the application gave.
    var image: [UInt8] {
        var writer = ImageWriter()
        writer.write(Self.imageVersion)
        writer.write(index)
        writer.write(term)
        for set in [membership.voters, membership.outgoing, membership.learners] {
            writer.write(UInt64(set.count))
            for member in set {
                writer.write(UInt64(member.node.rawValue) << 32 | UInt64(member.incarnation))
            }
        }
        writer.write(state)
        writer.write(application)
        return writer.bytes
    }

    init(image: [UInt8]) throws(ImageError) {
        var reader = ImageReader(image)
        let version = try reader.number()
        guard version == Self.imageVersion else { throw .version(version) }
        index = try reader.number()
        term = try reader.number()
        let voters = try reader.members()
        let outgoing = try reader.members()
        let learners = try reader.members()
        membership = QuorumMembership(voters: voters, outgoing: outgoing, learners: learners)
        state = try reader.field()
        application = try reader.field()
        try reader.end()
    }
}

extension ImageReader {
    fileprivate mutating func members() throws(ImageError) -> [QuorumMember] {
        let count = try count(least: 8)
        var members: [QuorumMember] = []
        for _ in 0..<count {
            let word = try number()
            members.append(
                QuorumMember(
                    NodeID(UInt32(truncatingIfNeeded: word >> 32)),
                    incarnation: UInt32(truncatingIfNeeded: word)))
        }
        return members
    }
}
