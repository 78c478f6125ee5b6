extension Cartouche.Content {
    /// How many bytes the message would take on the wire, without framing: 8 for a number, 4 for a node,
    /// 12 for a member, 16 for a stamp or a position, and a tag of 8.
    public var size: Int {
        let tag = 8
        return switch self {
        case .want: tag + 12 + 16 + 8 + 16 + 8 + 8 + 4
        case .opinion: tag + 8 + 12 + 8 + 1 + 8 + 8
        case .pass(let token, _): tag + 16 + 8 + token.size
        case .taken: tag + 16
        case .refused: tag + 16 + 17
        case .renew: tag + 16
        case .renewed: tag + 16 + 12
        case .outvoted: tag + 16
        case .prepare: tag + 8 + 12 + 8 + 8
        case .vote(let vote):
            tag + 8 + 12 + (vote.chosen?.size ?? 0)
                + (vote.accepted.map { 8 + $0.configuration.size } ?? 0)
        case .propose(let proposal):
            tag + 8 + 12 + proposal.configuration.size + proposal.base.size
        case .accepted: tag + 8 + 12
        case .installed(_, let ring): tag + 8 + ring.size
        case .admit: tag + 12
        }
    }
}

extension Cartouche.Configuration {
    var size: Int { 8 + 4 + 12 * members.count }
}

extension Cartouche.Token {
    /// A visit, a floor, a flag and two stamps for each member.
    var size: Int { configuration.size + 8 + (8 + 8 + 1 + 32) * places.count }
}
