import StateMachines

extension QuorumMessage: WireCodable {
    /// Appends version, cluster, incarnations, term and what it says: 26 bytes and the body.
    public func encode(into writer: inout WireWriter) {
        writer.write(version)
        writer.write(cluster.rawValue)
        writer.write(from)
        writer.write(to)
        writer.write(term)
        writer.write(body)
    }

    /// Reads a message of the version that this program speaks.
    public init(from reader: inout WireReader) throws(WireError) {
        let version = try reader.number(UInt16.self)
        guard version == Self.version else { throw .version(UInt64(version)) }
        self.init(
            version: version, cluster: ClusterID(try reader.number()),
            from: try reader.number(), to: try reader.number(), term: try reader.number(),
            try reader.value())
    }
}

extension QuorumMessage.Body: WireCodable {
    /// Which case a body is, as a byte.
    private enum Tag: UInt8 {
        case preVote, vote, ballot, append, heartbeat, appended, unmatched, outdated
        case snapshot, snapshotReceived, campaignNow, readIndex, readIndexReply, request, answer
        case join
    }

    private var tag: Tag {
        switch self {
        case .preVote: .preVote
        case .vote: .vote
        case .ballot: .ballot
        case .append: .append
        case .heartbeat: .heartbeat
        case .appended: .appended
        case .unmatched: .unmatched
        case .outdated: .outdated
        case .snapshot: .snapshot
        case .snapshotReceived: .snapshotReceived
        case .campaignNow: .campaignNow
        case .readIndex: .readIndex
        case .readIndexReply: .readIndexReply
        case .request: .request
        case .answer: .answer
        case .join: .join
        }
    }

    /// Appends which case it is, and what belongs to it.
    public func encode(into writer: inout WireWriter) {
        writer.write(tag.rawValue)
        switch self {
        case .preVote(let candidacy), .vote(let candidacy): writer.write(candidacy)
        case .ballot(let ballot): writer.write(ballot)
        case .append(let append): writer.write(append)
        case .heartbeat(let number, let round), .appended(let number, let round):
            writer.write(number)
            writer.write(round)
        case .unmatched(let refusal): writer.write(refusal)
        case .outdated, .campaignNow, .join: break
        case .snapshot(let part): writer.write(part)
        case .snapshotReceived(let index, let count, let round):
            writer.write(index)
            writer.write(UInt64(count))
            writer.write(round)
        case .readIndex(let ticket): writer.write(ticket)
        case .readIndexReply(let ticket, let index):
            writer.write(ticket)
            writer.write(index != nil)
            if let index { writer.write(index) }
        case .request(let request): writer.write(request)
        case .answer(let answer): writer.write(answer)
        }
    }

    /// Reads what a message says.
    public init(from reader: inout WireReader) throws(WireError) {
        let byte = try reader.number(UInt8.self)
        guard let tag = Tag(rawValue: byte) else { throw reader.unknown(byte) }
        switch tag {
        case .preVote: self = .preVote(try reader.value())
        case .vote: self = .vote(try reader.value())
        case .ballot: self = .ballot(try reader.value())
        case .append: self = .append(try reader.value())
        case .heartbeat:
            self = .heartbeat(commit: try reader.number(), round: try reader.number())
        case .appended:
            self = .appended(matched: try reader.number(), round: try reader.number())
        case .unmatched: self = .unmatched(try reader.value())
        case .outdated: self = .outdated
        case .snapshot: self = .snapshot(try reader.value())
        case .snapshotReceived:
            self = .snapshotReceived(
                index: try reader.number(), count: try reader.size(),
                round: try reader.number())
        case .campaignNow: self = .campaignNow
        case .readIndex: self = .readIndex(ticket: try reader.number())
        case .readIndexReply:
            self = .readIndexReply(
                ticket: try reader.number(), index: try reader.flag() ? try reader.number() : nil)
        case .request: self = .request(try reader.value())
        case .answer: self = .answer(try reader.value())
        case .join: self = .join
        }
    }
}

extension QuorumMessage.Candidacy: WireCodable {
    /// Appends the last entry's place and term, and whether leadership is transferred.
    public func encode(into writer: inout WireWriter) {
        writer.write(lastIndex)
        writer.write(lastTerm)
        writer.write(isTransfer)
    }

    /// Reads a candidacy.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            lastIndex: try reader.number(), lastTerm: try reader.number(),
            isTransfer: try reader.flag())
    }
}

extension QuorumMessage.Ballot: WireCodable {
    /// Appends both flags.
    public func encode(into writer: inout WireWriter) {
        writer.write(isGranted)
        writer.write(isPreVote)
    }

    /// Reads a ballot.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(isGranted: try reader.flag(), isPreVote: try reader.flag())
    }
}

extension QuorumMessage.Append: WireCodable {
    /// Appends what precedes the entries, how far things are, and the entries.
    public func encode(into writer: inout WireWriter) {
        for number in [previousIndex, previousTerm, commit, round] { writer.write(number) }
        writer.write(list: entries)
    }

    /// Reads entries and what precedes them.
    public init(from reader: inout WireReader) throws(WireError) {
        previousIndex = try reader.number()
        previousTerm = try reader.number()
        commit = try reader.number()
        round = try reader.number()
        entries = try reader.list(least: QuorumEntry.leastWireBytes)
    }
}

extension QuorumMessage.Unmatched: WireCodable {
    /// Appends the four numbers.
    public func encode(into writer: inout WireWriter) {
        for number in [previousIndex, hintIndex, hintTerm, round] { writer.write(number) }
    }

    /// Reads a refusal.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            previousIndex: try reader.number(), hintIndex: try reader.number(),
            hintTerm: try reader.number(), round: try reader.number())
    }
}

extension QuorumMessage.SnapshotPart: WireCodable {
    /// Appends where the part belongs, and its bytes.
    public func encode(into writer: inout WireWriter) {
        for number in [index, term, UInt64(total), UInt64(offset), round] { writer.write(number) }
        writer.write(bytes)
    }

    /// Reads a part of a snapshot.
    public init(from reader: inout WireReader) throws(WireError) {
        index = try reader.number()
        term = try reader.number()
        total = try reader.size()
        offset = try reader.size()
        round = try reader.number()
        bytes = try reader.field()
    }
}
