public import StateMachines

/// Appends fields to bytes, as `WireReader` reads them.
public struct WireWriter: Sendable {
    /// What was written.
    public private(set) var bytes: [UInt8]

    /// A writer that has written nothing.
    public init() { bytes = [] }

    /// A writer that goes on behind bytes, in their memory where nobody else has them.
    public init(continuing bytes: consuming [UInt8]) { self.bytes = bytes }

    /// What was written, handed over without a copy.
    public consuming func finish() -> [UInt8] { bytes }

    /// How many bytes were written.
    public var count: Int { bytes.count }

    /// Forgets what was written from a place on; keeps its memory.
    public mutating func truncate(to count: Int) {
        precondition(count <= bytes.count, "truncation of \(bytes.count) bytes to \(count)")
        if count == 0 {
            bytes.removeAll(keepingCapacity: true)
        } else {
            bytes.removeLast(bytes.count - count)
        }
    }

    /// Appends a number, little end first.
    public mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
        var word = number.littleEndian
        // SAFETY: the bytes of the copy are valid for the call.
        unsafe withUnsafeBytes(of: &word) { unsafe bytes.append(contentsOf: $0) }
    }

    /// Appends 1 for true, 0 for false.
    public mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    /// Appends a count: of what follows. Traps above 2³² − 1.
    public mutating func write(count: Int) { write(UInt32(count)) }

    /// Appends bytes behind their count.
    public mutating func write(_ field: [UInt8]) {
        write(count: field.count)
        bytes += field
    }

    /// Appends 0 for nothing, or 1 and the bytes.
    public mutating func write(optional field: [UInt8]?) {
        write(field != nil)
        if let field { write(field) }
    }

    /// Appends a value.
    public mutating func write<Value: WireCodable>(_ value: Value) { value.encode(into: &self) }

    /// Appends 0 for nothing, or 1 and the value.
    public mutating func write<Value: WireCodable>(optional value: Value?) {
        write(value != nil)
        if let value { write(value) }
    }

    /// Appends values behind their count.
    public mutating func write<Value: WireCodable>(list values: [Value]) {
        write(count: values.count)
        for value in values { value.encode(into: &self) }
    }

    /// Appends a node's number.
    public mutating func write(_ node: NodeID) { write(node.rawValue) }

    /// Appends a span of time.
    public mutating func write(_ span: Span) { write(span.nanoseconds) }
}
