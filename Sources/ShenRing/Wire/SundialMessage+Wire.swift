import StateMachines

/// The format that `byteCount` counts, but for the sender's number, which whoever carries it knows.
extension SundialMessage: WireCodable {
    /// Which kind a body is, as a byte; of those that ask or carry something, both kinds.
    private enum Kind: UInt8 {
        case ping, ack, pingRequest, nack, gossip, fingerprintedGossip, correction, join, welcome
        case digest, part, table
    }

    private var kind: Kind {
        switch body {
        case .ping: .ping
        case .ack: .ack
        case .pingRequest: .pingRequest
        case .nack: .nack
        case .gossip(let fingerprint): fingerprint == nil ? .gossip : .fingerprintedGossip
        case .correction: .correction
        case .join: .join
        case .welcome: .welcome
        case .digest: .digest
        case .part: .part
        case .table: .table
        }
    }

    /// Appends version, kind, cluster, the sender's state, the body, and the news. Traps above 65
    /// 535 of them.
    public func encode(into writer: inout WireWriter) {
        writer.write(version)
        writer.write(kind.rawValue)
        writer.write(UInt16(updates.count))
        writer.write(cluster)
        writer.write(sender)
        switch body {
        case .ping(let sequence), .ack(let sequence), .nack(let sequence): writer.write(sequence)
        case .pingRequest(let sequence, let target):
            writer.write(sequence)
            writer.write(target)
        case .gossip(let fingerprint): if let fingerprint { writer.write(fingerprint) }
        case .correction, .join, .welcome: break
        case .digest(let digest): writer.write(digest)
        case .part(let low, let high, let asks):
            writer.write(low)
            writer.write(high)
            writer.write(asks)
        case .table(let states, let heartbeats, let asks):
            precondition(
                states.count == heartbeats.count,
                "a table of \(states.count) states with \(heartbeats.count) heartbeats")
            writer.write(asks)
            writer.write(count: states.count)
            for state in states { writer.write(state) }
            for heartbeat in heartbeats { writer.write(heartbeat) }
        }
        for update in updates { writer.write(update) }
    }

    /// Reads a message of the version that this program speaks.
    public init(from reader: inout WireReader) throws(WireError) {
        let version = try reader.number(UInt8.self)
        guard version == Self.currentVersion else { throw .version(UInt64(version)) }
        let byte = try reader.number(UInt8.self)
        guard let kind = Kind(rawValue: byte) else { throw reader.unknown(byte) }
        let count = Int(try reader.number(UInt16.self))
        let cluster = try reader.number(UInt32.self)
        let sender: MemberState = try reader.value()
        let body = try Self.body(kind, from: &reader)
        guard count <= reader.remaining / MemberUpdate.wireBytes else {
            throw .count(UInt64(count), at: reader.place)
        }
        var updates: [MemberUpdate] = []
        for _ in 0..<count { updates.append(try reader.value()) }
        self.init(cluster: cluster, sender: sender, body: body, updates: updates)
    }

    private static func body(
        _ kind: Kind, from reader: inout WireReader
    ) throws(WireError) -> Body {
        switch kind {
        case .ping: return .ping(sequence: try reader.number())
        case .ack: return .ack(sequence: try reader.number())
        case .pingRequest:
            return .pingRequest(sequence: try reader.number(), target: try reader.node())
        case .nack: return .nack(sequence: try reader.number())
        case .gossip: return .gossip(fingerprint: nil)
        case .fingerprintedGossip: return .gossip(fingerprint: try reader.number())
        case .correction: return .correction
        case .join: return .join
        case .welcome: return .welcome
        case .digest: return .digest(try reader.value())
        case .part:
            return .part(
                low: try reader.number(), high: try reader.number(), asks: try reader.flag())
        case .table:
            let asks = try reader.flag()
            let places = try reader.count(least: 8)
            var states: [MemberState] = []
            for _ in 0..<places { states.append(try reader.value()) }
            var heartbeats: [UInt32] = []
            for _ in 0..<places { heartbeats.append(try reader.number()) }
            return .table(states: states, heartbeats: heartbeats, asks: asks)
        }
    }
}

extension MemberState: WireCodable {
    /// Appends the word.
    public func encode(into writer: inout WireWriter) { writer.write(rawValue) }

    /// Reads the word; a status without an incarnation is none.
    public init(from reader: inout WireReader) throws(WireError) {
        let start = reader.place
        let word = try reader.number(UInt32.self)
        guard word == 0 || word >> 2 > 0 else { throw .value(UInt64(word), at: start) }
        self.init(rawValue: word)
    }
}

extension MemberUpdate: WireCodable {
    static let wireBytes = 12

    /// Appends of whom, what, and the detail.
    public func encode(into writer: inout WireWriter) {
        writer.write(member)
        writer.write(state)
        writer.write(detail)
    }

    /// Reads what is said of a member.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            try reader.node(), try reader.value(), detail: try reader.number())
    }
}

extension TableDigest: WireCodable {
    /// Appends the part, a byte with the count and whether it is all, and the fingerprints.
    public func encode(into writer: inout WireWriter) {
        precondition(fingerprints.count < 128, "\(fingerprints.count) fingerprints in a digest")
        writer.write(low)
        writer.write(high)
        writer.write(UInt8(fingerprints.count) | (isWhole ? 0x80 : 0))
        for fingerprint in fingerprints { writer.write(fingerprint) }
    }

    /// Reads a digest; whether its parts fit each other is looked at where it is used.
    public init(from reader: inout WireReader) throws(WireError) {
        let (low, high) = (try reader.number(UInt32.self), try reader.number(UInt32.self))
        let byte = try reader.number(UInt8.self)
        var fingerprints: [UInt64] = []
        for _ in 0..<(byte & 0x7F) { fingerprints.append(try reader.number()) }
        self.init(low: low, high: high, isWhole: byte & 0x80 != 0, fingerprints: fingerprints)
    }
}

extension SundialRecord: WireCodable {
    /// Appends which record, and the incarnation.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .incarnation(let number):
            writer.write(0 as UInt8)
            writer.write(number)
        }
    }

    /// Reads a record.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .incarnation(try reader.number())
        case let tag: throw reader.unknown(tag)
        }
    }
}
