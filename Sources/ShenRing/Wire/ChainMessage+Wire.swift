import StateMachines

extension ChainMessage: WireCodable {
    /// Appends version, cluster and what it says: 9 bytes and the body.
    public func encode(into writer: inout WireWriter) {
        writer.write(version)
        writer.write(cluster.rawValue)
        writer.write(body)
    }

    /// Reads a message of the version that this program speaks.
    public init(from reader: inout WireReader) throws(WireError) {
        let version = try reader.number(UInt8.self)
        guard version == Self.currentVersion else { throw .version(UInt64(version)) }
        let cluster = ClusterID(try reader.number())
        self.init(try reader.value(), cluster: cluster, version: version)
    }
}

extension ChainMessage.Body: WireCodable {
    /// Which case a body is, as a byte.
    private enum Tag: UInt8 {
        case request, answer, hello, forward, image, acknowledgement, query, version
        case heartbeat, standing, configuration, ballot, imageReceived
    }

    private var tag: Tag {
        switch self {
        case .request: .request
        case .answer: .answer
        case .hello: .hello
        case .forward: .forward
        case .image: .image
        case .imageReceived: .imageReceived
        case .acknowledgement: .acknowledgement
        case .query: .query
        case .version: .version
        case .heartbeat: .heartbeat
        case .standing: .standing
        case .configuration: .configuration
        case .ballot: .ballot
        }
    }

    /// Appends which case it is, and what belongs to it.
    public func encode(into writer: inout WireWriter) {
        writer.write(tag.rawValue)
        switch self {
        case .request(let request): writer.write(request)
        case .answer(let answer): writer.write(answer)
        case .hello(let hello): writer.write(hello)
        case .forward(let forward): writer.write(forward)
        case .image(let part): writer.write(part)
        case .imageReceived(let epoch, let applied, let count):
            writer.write(epoch)
            writer.write(applied)
            writer.write(UInt64(count))
        case .acknowledgement(let acknowledgement): writer.write(acknowledgement)
        case .query(let epoch, let round):
            writer.write(epoch)
            writer.write(round)
        case .version(let epoch, let round, let committed):
            writer.write(epoch)
            writer.write(round)
            writer.write(committed)
        case .heartbeat(let heartbeat): writer.write(heartbeat)
        case .standing(let number, let epoch, let isLeased):
            writer.write(number)
            writer.write(epoch)
            writer.write(isLeased)
        case .configuration(let configuration): writer.write(configuration)
        case .ballot(let ballot): writer.write(ballot)
        }
    }

    /// Reads what a message says.
    public init(from reader: inout WireReader) throws(WireError) {
        let byte = try reader.number(UInt8.self)
        guard let tag = Tag(rawValue: byte) else { throw reader.unknown(byte) }
        switch tag {
        case .request: self = .request(try reader.value())
        case .answer: self = .answer(try reader.value())
        case .hello: self = .hello(try reader.value())
        case .forward: self = .forward(try reader.value())
        case .image: self = .image(try reader.value())
        case .acknowledgement: self = .acknowledgement(try reader.value())
        case .query: self = .query(epoch: try reader.number(), round: try reader.number())
        case .version:
            self = .version(
                epoch: try reader.number(), round: try reader.number(),
                committed: try reader.number())
        case .heartbeat: self = .heartbeat(try reader.value())
        case .standing:
            self = .standing(
                number: try reader.number(), epoch: try reader.number(),
                leased: try reader.flag())
        case .configuration: self = .configuration(try reader.value())
        case .ballot: self = .ballot(try reader.value())
        case .imageReceived:
            self = .imageReceived(
                epoch: try reader.number(), applied: try reader.number(),
                count: try reader.size())
        }
    }
}

extension ChainHello: WireCodable {
    /// Appends where the node stands, and where epochs begin in its log.
    public func encode(into writer: inout WireWriter) {
        for number in [epoch, base, baseEpoch, last] { writer.write(number) }
        writer.write(list: runs)
    }

    /// Reads where a node stands.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.number(), base: try reader.number(),
            baseEpoch: try reader.number(), last: try reader.number(),
            runs: try reader.list(least: EpochRun.leastWireBytes))
    }
}

extension ChainForward: WireCodable {
    /// Appends what precedes the entries, how far things are, and the entries.
    public func encode(into writer: inout WireWriter) {
        for number in [epoch, previous, previousEpoch, durable, committed] { writer.write(number) }
        writer.write(asks)
        writer.write(list: entries)
    }

    /// Reads entries on their way.
    public init(from reader: inout WireReader) throws(WireError) {
        epoch = try reader.number()
        previous = try reader.number()
        previousEpoch = try reader.number()
        durable = try reader.number()
        committed = try reader.number()
        asks = try reader.flag()
        entries = try reader.list(least: ChainEntry.leastWireBytes)
    }
}

extension ChainImagePart: WireCodable {
    /// Appends both epochs, the places in log and image, and the part behind its length.
    public func encode(into writer: inout WireWriter) {
        for number in [epoch, applied, lastEpoch, UInt64(total), UInt64(offset)] {
            writer.write(number)
        }
        writer.write(bytes)
    }

    /// Reads a part.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.number(), applied: try reader.number(),
            lastEpoch: try reader.number(), total: try reader.size(),
            offset: try reader.size(), bytes: try reader.field())
    }
}

extension ChainAcknowledgement: WireCodable {
    /// Appends how far the node is, and whether it misses something.
    public func encode(into writer: inout WireWriter) {
        for number in [epoch, received, durable, committed] { writer.write(number) }
        writer.write(misses)
    }

    /// Reads how far a node is.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.number(), received: try reader.number(),
            durable: try reader.number(), committed: try reader.number(),
            misses: try reader.flag())
    }
}
