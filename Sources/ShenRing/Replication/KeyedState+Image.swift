import StateMachines

/// A state as bytes, for snapshots: with its sessions, since without them a request that is sent
/// again after the snapshot would take effect twice.
///
/// Version 1: `applied`, the keys in order (key, place, value), the clients in order (client,
/// oldest, outcomes).
extension KeyedState {
    private static let imageVersion: UInt64 = 1

    /// The state as bytes. Equal states give equal bytes. O(n log n).
    public var image: [UInt8] { image(withSessions: true) }

    func image(withSessions: Bool) -> [UInt8] {
        var writer = ImageWriter()
        writer.write(Self.imageVersion)
        writer.write(applied)
        let entries = entries
        writer.write(UInt64(entries.count))
        for (key, held) in entries {
            writer.write(key)
            writer.write(held.index)
            writer.write(held.value)
        }
        let sessions = withSessions ? sessions : []
        writer.write(UInt64(sessions.count))
        for (client, session) in sessions {
            writer.write(UInt64(client.rawValue))
            writer.write(session.oldest)
            writer.write(UInt64(session.outcomes.count))
            for outcome in session.outcomes { writer.write(outcome) }
        }
        return writer.bytes
    }

    /// The state whose image this is.
    ///
    /// - Throws: `ImageError` where the bytes are not one; nothing is taken on trust.
    public init(image: [UInt8]) throws(ImageError) {
        var reader = ImageReader(image)
        let version = try reader.number()
        guard version == Self.imageVersion else { throw .version(version) }
        let applied = try reader.number()
        var values: [UInt64: Versioned] = [:]
        for _ in 0..<(try reader.count(least: 24)) {
            let key = try reader.number()
            let start = reader.place
            let index = try reader.number()
            guard index <= applied, values[key] == nil else { throw .value(index, at: start) }
            values[key] = Versioned(value: try reader.field(), index: index)
        }
        var sessions: [NodeID: Session] = [:]
        for _ in 0..<(try reader.count(least: 24)) {
            let start = reader.place
            let client = try reader.number()
            guard let number = UInt32(exactly: client), sessions[NodeID(number)] == nil else {
                throw .value(client, at: start)
            }
            sessions[NodeID(number)] = try reader.session()
        }
        try reader.end()
        self.init(values: values, sessions: sessions, applied: applied)
    }
}

extension ImageWriter {
    fileprivate mutating func write(_ outcome: RequestOutcome?) {
        switch outcome {
        case nil: write(0 as UInt64)
        case .written(let index):
            write(1 as UInt64)
            write(index)
        case .mismatch(let value):
            write(2 as UInt64)
            write(optional: value)
        case .value(let value):
            write(3 as UInt64)
            write(optional: value)
        case .redirected, .overloaded, .forgotten:
            preconditionFailure("a session remembers what took effect only")
        }
    }
}

extension ImageReader {
    fileprivate mutating func session() throws(ImageError) -> KeyedState.Session {
        let start = place
        let oldest = try number()
        guard oldest >= 1 else { throw .value(oldest, at: start) }
        let count = try count(least: 8)
        guard count <= KeyedState.window else { throw .value(UInt64(count), at: start + 8) }
        var outcomes: [RequestOutcome?] = []
        outcomes.reserveCapacity(count)
        for _ in 0..<count { outcomes.append(try outcome()) }
        return KeyedState.Session(oldest: oldest, outcomes: outcomes)
    }

    private mutating func outcome() throws(ImageError) -> RequestOutcome? {
        let start = place
        switch try number() {
        case 0: return nil
        case 1: return .written(at: try number())
        case 2: return .mismatch(try optionalField())
        case 3: return .value(try optionalField())
        case let other: throw .value(other, at: start)
        }
    }
}
