import StateMachines

extension Cartouche.Member: WireCodable {
    static let leastWireBytes = 12

    /// Appends node and disk.
    public func encode(into writer: inout WireWriter) {
        writer.write(node)
        writer.write(disk)
    }

    /// Reads a member.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(try reader.node(), disk: try reader.number())
    }
}

extension Cartouche.Configuration: WireCodable {
    /// Appends version and members.
    public func encode(into writer: inout WireWriter) {
        writer.write(version)
        writer.write(list: members)
    }

    /// Reads a configuration; the machine looks whether it is sound.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            version: try reader.number(),
            members: try reader.list(least: Cartouche.Member.leastWireBytes))
    }
}

extension Cartouche.Epoch: WireCodable {
    /// Appends the number.
    public func encode(into writer: inout WireWriter) { writer.write(number) }

    /// Reads an epoch.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(try reader.number())
    }
}

extension Cartouche.Position: WireCodable {
    /// Appends epoch and sequence.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(sequence)
    }

    /// Reads a position.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(try reader.value(), try reader.number())
    }
}

extension Cartouche.Stamp: WireCodable {
    /// Appends the life and the reading.
    public func encode(into writer: inout WireWriter) {
        writer.write(life)
        writer.write(reading.nanoseconds)
    }

    /// Reads a stamp.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            life: try reader.number(),
            reading: Moment(nanoseconds: try reader.span().nanoseconds))
    }
}

extension Cartouche.Want: WireCodable {
    /// Appends who wants the token, and what was seen of it.
    public func encode(into writer: inout WireWriter) {
        writer.write(member)
        writer.write(seen)
        writer.write(floor)
        writer.write(stamp)
        writer.write(version)
    }

    /// Reads a want.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            member: try reader.value(), seen: try reader.value(), floor: try reader.value(),
            stamp: try reader.value(), version: try reader.number())
    }
}

extension Cartouche.Place: WireCodable {
    static let leastWireBytes = 19

    /// Appends what the token knows of a member.
    public func encode(into writer: inout WireWriter) {
        writer.write(visit)
        writer.write(wants)
        writer.write(floor)
        writer.write(optional: stamp)
        writer.write(optional: leased)
    }

    /// Reads what a token knows of a member.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            visit: try reader.number(), wants: try reader.flag(), floor: try reader.value(),
            stamp: try reader.optional(), leased: try reader.optional())
    }
}

extension Cartouche.Token: WireCodable {
    /// Appends where the token is, its grants, its ring and what it knows of the members.
    public func encode(into writer: inout WireWriter) {
        writer.write(position)
        writer.write(grants)
        writer.write(configuration)
        writer.write(list: places)
    }

    /// Reads a token; the machine looks whether it is sound.
    public init(from reader: inout WireReader) throws(WireError) {
        let position: Cartouche.Position = try reader.value()
        let grants = try reader.number(UInt64.self)
        self.init(epoch: position.epoch, configuration: try reader.value())
        self.position = position
        self.grants = grants
        places = try reader.list(least: Cartouche.Place.leastWireBytes)
    }
}

extension Cartouche.Accepted: WireCodable {
    /// Appends the epoch and what was accepted in it.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(configuration)
    }

    /// Reads what was accepted.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(epoch: try reader.value(), configuration: try reader.value())
    }
}

extension Cartouche.Proposal: WireCodable {
    /// Appends the epoch, who proposes, what, and what it follows.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(proposer)
        writer.write(configuration)
        writer.write(base)
    }

    /// Reads a proposal.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.value(), proposer: try reader.value(),
            configuration: try reader.value(), base: try reader.value())
    }
}

extension Cartouche.Record: WireCodable {
    /// Appends which record, and what it says.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .founded(let configuration):
            writer.write(0 as UInt8)
            writer.write(configuration)
        case .disk(let number):
            writer.write(1 as UInt8)
            writer.write(number)
        case .promised(let epoch, let member):
            writer.write(2 as UInt8)
            writer.write(epoch)
            writer.write(optional: member)
        case .accepted(let proposal):
            writer.write(3 as UInt8)
            writer.write(proposal)
        case .installed(let configuration):
            writer.write(4 as UInt8)
            writer.write(configuration)
        }
    }

    /// Reads a record.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .founded(try reader.value())
        case 1: self = .disk(try reader.number())
        case 2: self = .promised(try reader.value(), try reader.optional())
        case 3: self = .accepted(try reader.value())
        case 4: self = .installed(try reader.value())
        case let tag: throw reader.unknown(tag)
        }
    }
}
