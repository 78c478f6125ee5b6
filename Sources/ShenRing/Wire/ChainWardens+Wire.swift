import StateMachines

extension ChainHeartbeat: WireCodable {
    /// Appends who the replica is and what it tells.
    public func encode(into writer: inout WireWriter) {
        writer.write(number)
        writer.write(member)
        writer.write(epoch)
        writer.write(barred)
        writer.write(optional: inSync)
        writer.write(cutOff != nil)
        if let cutOff { writer.write(cutOff) }
    }

    /// Reads a heartbeat.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            number: try reader.number(), member: try reader.value(),
            epoch: try reader.number(), barred: try reader.number(),
            inSync: try reader.optional(), cutOff: try reader.flag() ? try reader.node() : nil)
    }
}

extension ChainBallotMessage: WireCodable {
    /// Appends which phase, and what it says.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .prepare(let base, let ballot, let wanted):
            writer.write(0 as UInt8)
            writer.write(base)
            writer.write(ballot)
            writer.write(wanted)
        case .promise(let epoch, let ballot, let accepted):
            writer.write(1 as UInt8)
            writer.write(epoch)
            writer.write(ballot)
            writer.write(optional: accepted)
        case .accept(let base, let ballot, let configuration):
            writer.write(2 as UInt8)
            writer.write(base)
            writer.write(ballot)
            writer.write(configuration)
        case .accepted(let epoch, let ballot):
            writer.write(3 as UInt8)
            writer.write(epoch)
            writer.write(ballot)
        case .outvoted(let epoch, let ballot):
            writer.write(4 as UInt8)
            writer.write(epoch)
            writer.write(ballot)
        }
    }

    /// Reads what one warden says to another.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0:
            self = .prepare(
                base: try reader.value(), try reader.value(), wanted: try reader.value())
        case 1:
            self = .promise(
                epoch: try reader.number(), try reader.value(), accepted: try reader.optional())
        case 2:
            self = .accept(base: try reader.value(), try reader.value(), try reader.value())
        case 3: self = .accepted(epoch: try reader.number(), try reader.value())
        case 4: self = .outvoted(epoch: try reader.number(), try reader.value())
        case let tag: throw reader.unknown(tag)
        }
    }
}
