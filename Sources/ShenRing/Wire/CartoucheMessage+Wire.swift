import StateMachines

extension Cartouche.Message: WireCodable {
    /// Appends version, ring and what is said: 10 bytes and the content.
    public func encode(into writer: inout WireWriter) {
        writer.write(version)
        writer.write(ring)
        writer.write(content)
    }

    /// Reads a message of the version that this program speaks.
    public init(from reader: inout WireReader) throws(WireError) {
        let version = try reader.number(UInt16.self)
        guard version == Self.version else { throw .version(UInt64(version)) }
        self.init(ring: try reader.number(), version: version, try reader.value())
    }
}

extension Cartouche.Content: WireCodable {
    /// Which case a content is, as a byte.
    private enum Tag: UInt8 {
        case want, opinion, pass, taken, refused, renew, renewed, outvoted
        case prepare, vote, propose, accepted, installed, admit
    }

    private var tag: Tag {
        switch self {
        case .want: .want
        case .opinion: .opinion
        case .pass: .pass
        case .taken: .taken
        case .refused: .refused
        case .renew: .renew
        case .renewed: .renewed
        case .outvoted: .outvoted
        case .prepare: .prepare
        case .vote: .vote
        case .propose: .propose
        case .accepted: .accepted
        case .installed: .installed
        case .admit: .admit
        }
    }

    /// Appends which case it is, and what belongs to it.
    public func encode(into writer: inout WireWriter) {
        writer.write(tag.rawValue)
        switch self {
        case .want(let want, let round, let hops):
            writer.write(want)
            writer.write(round)
            writer.write(UInt64(hops))
        case .opinion(let opinion): writer.write(opinion)
        case .pass(let token, let remaining):
            writer.write(token)
            writer.write(remaining)
        case .taken(let position): writer.write(position)
        case .refused(let position, let refusal):
            writer.write(position)
            writer.write(refusal)
        case .renew(let epoch, let round):
            writer.write(epoch)
            writer.write(round)
        case .renewed(let epoch, let round, let member):
            writer.write(epoch)
            writer.write(round)
            writer.write(member)
        case .outvoted(let promised, let newest):
            writer.write(promised)
            writer.write(newest)
        case .prepare(let ballot): writer.write(ballot)
        case .vote(let vote): writer.write(vote)
        case .propose(let proposal): writer.write(proposal)
        case .accepted(let epoch, let member):
            writer.write(epoch)
            writer.write(member)
        case .installed(let epoch, let configuration):
            writer.write(epoch)
            writer.write(configuration)
        case .admit(let member): writer.write(member)
        }
    }

    /// Reads what is said.
    public init(from reader: inout WireReader) throws(WireError) {
        let byte = try reader.number(UInt8.self)
        guard let tag = Tag(rawValue: byte) else { throw reader.unknown(byte) }
        switch tag {
        case .want:
            self = .want(
                try reader.value(), round: try reader.number(), hops: try reader.size())
        case .opinion: self = .opinion(try reader.value())
        case .pass: self = .pass(try reader.value(), remaining: try reader.span())
        case .taken: self = .taken(try reader.value())
        case .refused: self = .refused(try reader.value(), try reader.value())
        case .renew: self = .renew(try reader.value(), round: try reader.number())
        case .renewed:
            self = .renewed(try reader.value(), round: try reader.number(), try reader.value())
        case .outvoted:
            self = .outvoted(promised: try reader.value(), newest: try reader.value())
        case .prepare: self = .prepare(try reader.value())
        case .vote: self = .vote(try reader.value())
        case .propose: self = .propose(try reader.value())
        case .accepted: self = .accepted(try reader.value(), try reader.value())
        case .installed: self = .installed(try reader.value(), try reader.value())
        case .admit: self = .admit(try reader.value())
        }
    }
}

extension Cartouche.Opinion: WireCodable {
    /// Appends what a node knows of the token.
    public func encode(into writer: inout WireWriter) {
        writer.write(round)
        writer.write(member)
        writer.write(remaining)
        writer.write(holds)
        writer.write(promised)
        writer.write(newest)
    }

    /// Reads an opinion.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            round: try reader.number(), member: try reader.value(),
            remaining: try reader.span(), holds: try reader.flag(),
            promised: try reader.value(), newest: try reader.value())
    }
}

extension Cartouche.Refusal: WireCodable {
    /// Appends the epochs, and whether the node is certain.
    public func encode(into writer: inout WireWriter) {
        writer.write(floor)
        writer.write(newest)
        writer.write(isCertain)
    }

    /// Reads a refusal.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            floor: try reader.value(), newest: try reader.value(),
            isCertain: try reader.flag())
    }
}

extension Cartouche.Ballot: WireCodable {
    /// Appends the epoch, its candidate and what it follows.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(candidate)
        writer.write(succeeds)
        writer.write(version)
    }

    /// Reads a ballot.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.value(), candidate: try reader.value(),
            succeeds: try reader.value(), version: try reader.number())
    }
}

extension Cartouche.Vote: WireCodable {
    /// Appends the epoch, the voter and what it knows of the ring.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(member)
        writer.write(optional: chosen)
        writer.write(optional: accepted)
    }

    /// Reads a vote.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.value(), member: try reader.value(),
            chosen: try reader.optional(), accepted: try reader.optional())
    }
}
