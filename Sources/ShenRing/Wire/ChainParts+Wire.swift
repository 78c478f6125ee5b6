import StateMachines

extension ChainMember: WireCodable {
    static let leastWireBytes = 12

    /// Appends node and disk.
    public func encode(into writer: inout WireWriter) {
        writer.write(node)
        writer.write(disk)
    }

    /// Reads a member.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(node: try reader.node(), disk: try reader.number())
    }
}

extension ChainConfiguration: WireCodable {
    /// Appends epoch, members and joiner.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(list: members)
        writer.write(optional: joiner)
    }

    /// Reads a configuration.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            epoch: try reader.number(),
            members: try reader.list(least: ChainMember.leastWireBytes),
            joiner: try reader.optional())
    }
}

extension ChainEntry: WireCodable {
    /// The fewest bytes of an entry.
    static let leastWireBytes = 8 + ClientRequest.leastWireBytes

    /// Appends the epoch and the write.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(request)
    }

    /// Reads an entry.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(epoch: try reader.number(), request: try reader.value())
    }
}

extension EpochRun: WireCodable {
    static let leastWireBytes = 16

    /// Appends the epoch and its first place.
    public func encode(into writer: inout WireWriter) {
        writer.write(epoch)
        writer.write(first)
    }

    /// Reads where an epoch begins.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(epoch: try reader.number(), first: try reader.number())
    }
}

extension KeyedState: WireCodable {
    /// Appends the state's image behind its length. O(n log n).
    public func encode(into writer: inout WireWriter) { writer.write(image) }

    /// Reads a state.
    public init(from reader: inout WireReader) throws(WireError) {
        let image = try reader.field()
        do throws(ImageError) {
            try self.init(image: image)
        } catch { throw .image(error) }
    }
}

extension ChainBallot: WireCodable {
    /// Appends round and warden.
    public func encode(into writer: inout WireWriter) {
        writer.write(round)
        writer.write(warden)
    }

    /// Reads a ballot.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(round: try reader.number(), warden: try reader.node())
    }
}

extension AcceptedConfiguration: WireCodable {
    /// Appends the ballot and what was accepted in it.
    public func encode(into writer: inout WireWriter) {
        writer.write(ballot)
        writer.write(configuration)
    }

    /// Reads an accepted configuration.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(ballot: try reader.value(), configuration: try reader.value())
    }
}

extension ChainRecord: WireCodable {
    /// Appends which record, and what it says.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .disk(let number):
            writer.write(0 as UInt8)
            writer.write(number)
        case .entered(let configuration):
            writer.write(1 as UInt8)
            writer.write(configuration)
        case .entries(let previous, let committed, let entries):
            writer.write(2 as UInt8)
            writer.write(previous)
            writer.write(committed)
            writer.write(list: entries)
        case .truncated(let place):
            writer.write(3 as UInt8)
            writer.write(place)
        case .compacted(let state, let epoch):
            writer.write(4 as UInt8)
            writer.write(state)
            writer.write(epoch)
        case .installed(let state, let epoch):
            writer.write(5 as UInt8)
            writer.write(state)
            writer.write(epoch)
        case .promised(let epoch, let ballot):
            writer.write(6 as UInt8)
            writer.write(epoch)
            writer.write(ballot)
        case .accepted(let accepted):
            writer.write(7 as UInt8)
            writer.write(accepted)
        case .decided(let configuration):
            writer.write(8 as UInt8)
            writer.write(configuration)
        }
    }

    /// Reads a record.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .disk(try reader.number())
        case 1: self = .entered(try reader.value())
        case 2:
            self = .entries(
                after: try reader.number(), committed: try reader.number(),
                try reader.list(least: ChainEntry.leastWireBytes))
        case 3: self = .truncated(to: try reader.number())
        case 4: self = .compacted(try reader.value(), epoch: try reader.number())
        case 5: self = .installed(try reader.value(), epoch: try reader.number())
        case 6: self = .promised(epoch: try reader.number(), try reader.value())
        case 7: self = .accepted(try reader.value())
        case 8: self = .decided(try reader.value())
        case let tag: throw reader.unknown(tag)
        }
    }
}
