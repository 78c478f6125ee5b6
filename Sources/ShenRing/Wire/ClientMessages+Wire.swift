import StateMachines

extension RequestID: WireCodable {
    /// Appends client and number.
    public func encode(into writer: inout WireWriter) {
        writer.write(client)
        writer.write(number)
    }

    /// Reads client and number.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(client: try reader.node(), number: try reader.number())
    }
}

extension KeyedOperation: WireCodable {
    /// Appends which operation, and its values.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .read: writer.write(0 as UInt8)
        case .write(let value):
            writer.write(1 as UInt8)
            writer.write(value)
        case .compareAndSet(let expected, let value):
            writer.write(2 as UInt8)
            writer.write(optional: expected)
            writer.write(value)
        }
    }

    /// Reads an operation.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .read
        case 1: self = .write(try reader.field())
        case 2:
            self = .compareAndSet(
                expected: try reader.optionalField(), value: try reader.field())
        case let tag: throw reader.unknown(tag)
        }
    }
}

extension ClientRequest: WireCodable {
    /// The fewest bytes of a request.
    static let leastWireBytes = 29

    /// Appends its identity, the oldest number, the key and the operation.
    public func encode(into writer: inout WireWriter) {
        writer.write(id)
        writer.write(oldest)
        writer.write(key)
        writer.write(operation)
    }

    /// Reads a request.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(
            id: try reader.value(), oldest: try reader.number(), key: try reader.number(),
            operation: try reader.value())
    }
}

extension RequestOutcome: WireCodable {
    /// Appends which outcome, and what belongs to it.
    public func encode(into writer: inout WireWriter) {
        switch self {
        case .written(let index):
            writer.write(0 as UInt8)
            writer.write(index)
        case .mismatch(let value):
            writer.write(1 as UInt8)
            writer.write(optional: value)
        case .value(let value):
            writer.write(2 as UInt8)
            writer.write(optional: value)
        case .redirected(let node):
            writer.write(3 as UInt8)
            writer.write(node != nil)
            if let node { writer.write(node) }
        case .overloaded: writer.write(4 as UInt8)
        case .forgotten: writer.write(5 as UInt8)
        }
    }

    /// Reads an outcome.
    public init(from reader: inout WireReader) throws(WireError) {
        switch try reader.number(UInt8.self) {
        case 0: self = .written(at: try reader.number())
        case 1: self = .mismatch(try reader.optionalField())
        case 2: self = .value(try reader.optionalField())
        case 3: self = .redirected(try reader.flag() ? try reader.node() : nil)
        case 4: self = .overloaded
        case 5: self = .forgotten
        case let tag: throw reader.unknown(tag)
        }
    }
}

extension ClientAnswer: WireCodable {
    /// Appends the request's identity and its outcome.
    public func encode(into writer: inout WireWriter) {
        writer.write(id)
        writer.write(outcome)
    }

    /// Reads an answer.
    public init(from reader: inout WireReader) throws(WireError) {
        self.init(try reader.value(), try reader.value())
    }
}
