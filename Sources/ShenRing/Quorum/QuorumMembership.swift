/// Who votes and who only listens, at some place of the log.
///
/// Changes of voters go through *joint consensus* (Raft §6, thesis §4.3): while `outgoing` is not
/// empty, everything needs a majority of the voters that are to be and one of those that were. So
/// no two majorities can decide apart, whatever the change; single-server changes, which are
/// simpler and were published with a mistake, are not used. Learners are changed without it, as
/// they are not counted.
public struct QuorumMembership: Hashable, Sendable {
    /// The voters, or while a change is under way those that are to be; in order.
    public let voters: [QuorumMember]
    /// While a change is under way, the voters that were; else empty.
    public let outgoing: [QuorumMember]
    /// Members that get the log and are not counted; one of them may be among `outgoing`, and is
    /// counted until the change is over.
    public let learners: [QuorumMember]

    /// Nobody: what a node knows that waits to be let in.
    public static let none = QuorumMembership(settled: [], learners: [])

    /// A membership with no change under way.
    public init(
        voters: [QuorumMember], learners: [QuorumMember] = []
    ) throws(QuorumError) {
        guard !voters.isEmpty else { throw .noVoters }
        let all = (voters + learners).sorted()
        for (left, right) in zip(all, all.dropFirst()) where left == right {
            throw .duplicateMember(left)
        }
        self.init(settled: voters, learners: learners)
    }

    private init(
        settled voters: [QuorumMember], outgoing: [QuorumMember] = [], learners: [QuorumMember]
    ) {
        self.voters = voters.sorted()
        self.outgoing = outgoing.sorted()
        self.learners = learners.sorted()
    }

    init(voters: [QuorumMember], outgoing: [QuorumMember], learners: [QuorumMember]) {
        self.init(settled: voters, outgoing: outgoing, learners: learners)
    }

    /// Whether a change of voters is under way.
    public var isJoint: Bool { !outgoing.isEmpty }

    /// The membership on the way from this one to `next`.
    public func joint(with next: QuorumMembership) -> QuorumMembership {
        QuorumMembership(settled: next.voters, outgoing: voters, learners: next.learners)
    }

    /// The membership after the change that is under way.
    public var settled: QuorumMembership {
        QuorumMembership(settled: voters, learners: learners)
    }

    /// Everybody, in order, each once.
    public var members: [QuorumMember] {
        var all: [QuorumMember] = []
        for member in (voters + outgoing + learners).sorted() where all.last != member {
            all.append(member)
        }
        return all
    }

    /// Whether this member is counted.
    public func isVoter(_ member: QuorumMember) -> Bool {
        voters.contains(member) || outgoing.contains(member)
    }

    /// The greatest number that a majority, and while a change is under way a majority of either
    /// set, has reached; 0 where nobody votes.
    public func reached(_ number: (QuorumMember) -> UInt64) -> UInt64 {
        guard !voters.isEmpty else { return 0 }
        return min(
            Majority.reached(by: voters, number), Majority.reached(by: outgoing, number))
    }

    /// What a vote has come to: won where both sets are, lost where either is. Open where nobody
    /// votes.
    public func outcome(_ ballot: (QuorumMember) -> Bool?) -> VoteOutcome {
        guard !voters.isEmpty else { return .open }
        let outcomes = (
            Majority.outcome(of: voters, ballot), Majority.outcome(of: outgoing, ballot)
        )
        switch outcomes {
        case (.won, .won): return .won
        case (.lost, _), (_, .lost): return .lost
        default: return .open
        }
    }
}

extension QuorumMembership: CustomStringConvertible {
    /// The voters, those that were behind `<-`, and the learners behind `+`.
    public var description: String {
        var text = "\(voters)"
        if isJoint { text += " <- \(outgoing)" }
        if !learners.isEmpty { text += " + \(learners)" }
        return text
    }
}
