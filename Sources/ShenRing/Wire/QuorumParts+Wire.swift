import StateMachines

extension QuorumMember: WireCodable {
    static let leastWireBytes = 8

    /// Appends node and incarnation.
    public func encode(into writer: inout WireWriter) {
        writer.write(node)
        writer.write(incarnation)
    }

    /// Reads a member.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(try reader.node(), incarnation: try reader.number())
    }
}

extension QuorumMembership: WireCodable {
    /// Appends the voters, those that were, and the learners.
    public func encode(into writer: inout WireWriter) {
        for members in [voters, outgoing, learners] { writer.write(list: members) }
    }

    /// Reads a membership, whose lists are in order and have nobody twice.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            voters: try reader.quorumMembers(), outgoing: try reader.quorumMembers(),
            learners: try reader.quorumMembers())
    }
}

extension WireReader {
    fileprivate mutating func quorumMembers() throws(WireError) -> [QuorumMember] {
        let start = place
        let members = try list(of: QuorumMember.self, least: QuorumMember.leastWireBytes)
        guard zip(members, members.dropFirst()).allSatisfy(<) else {
            throw .value(UInt64(members.count), at: start)
        }
        return members
    }
}

extension QuorumEntry: WireCodable {
    /// The fewest bytes of an entry.
    static let leastWireBytes = 9

    /// Appends the term and what is asked for.
    public func encode(into writer: inout WireWriter) {
        writer.write(term)
        switch payload {
        case .noop: writer.write(0 as UInt8)
        case .request(let request):
            writer.write(1 as UInt8)
            writer.write(request)
        case .configuration(let membership):
            writer.write(2 as UInt8)
            writer.write(membership)
        case .opaque(let bytes):
            writer.write(3 as UInt8)
            writer.write(bytes)
        }
    }

    /// Reads an entry.
    public init(from reader: inout WireReader) throws(WireError) {
        let term = try reader.number(UInt64.self)
        let payload: Payload
        switch try reader.number(UInt8.self) {
        case 0: payload = .noop
        case 1: payload = .request(try reader.value())
        case 2: payload = .configuration(try reader.value())
        case 3: payload = .opaque(try reader.field())
        case let tag: throw reader.unknown(tag)
        }
        self.init(term: term, payload)
    }
}

extension QuorumSnapshot: WireCodable {
    /// Appends place, term, membership and both states.
    public func encode(into writer: inout WireWriter) {
        writer.write(index)
        writer.write(term)
        writer.write(membership)
        writer.write(state)
        writer.write(application)
    }

    /// Reads a snapshot; what its states say is looked at where they are used.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            index: try reader.number(), term: try reader.number(),
            membership: try reader.value(), state: try reader.field(),
            application: try reader.field())
    }
}

extension QuorumRecord: WireCodable {
    /// Appends which record, and what it says.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .born(let incarnation, let membership):
            writer.write(0 as UInt8)
            writer.write(incarnation)
            writer.write(membership)
        case .promise(let term, let vote):
            writer.write(1 as UInt8)
            writer.write(term)
            writer.write(optional: vote)
        case .append(let first, let entries):
            writer.write(2 as UInt8)
            writer.write(first)
            writer.write(list: entries)
        case .truncate(let index):
            writer.write(3 as UInt8)
            writer.write(index)
        case .snapshot(let snapshot):
            writer.write(4 as UInt8)
            writer.write(snapshot)
        }
    }

    /// Reads a record.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .born(incarnation: try reader.number(), try reader.value())
        case 1: self = .promise(term: try reader.number(), vote: try reader.optional())
        case 2:
            self = .append(
                first: try reader.number(),
                try reader.list(least: QuorumEntry.leastWireBytes))
        case 3: self = .truncate(from: try reader.number())
        case 4: self = .snapshot(try reader.value())
        case let tag: throw reader.unknown(tag)
        }
    }
}
