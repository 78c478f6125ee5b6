public import StateMachines

/// Reads fields that a `WireWriter` wrote, in place, and never beyond their end, whatever they say.
///
/// It lends the bytes for the length of a closure, in which alone it is to be had:
///
///     let message = try WireReader.read(frame) { (reader) throws(WireError) in
///         try QuorumMessage(from: &reader)
///     }
@safe public struct WireReader: ~Copyable {
    /// Valid while `read` runs, which is as long as there is a reader.
    private let bytes: UnsafeRawBufferPointer
    /// How many bytes were read.
    public private(set) var place = 0

    private init(unsafe bytes: UnsafeRawBufferPointer) { unsafe self.bytes = unsafe bytes }

    /// Lets `body` read the bytes from their beginning.
    public static func read<Result>(
        _ bytes: Swift.Span<UInt8>,
        _ body: (inout WireReader) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        // SAFETY: the reader is not copied, and `body` has it on loan: it ends here, before the
        // bytes may.
        try unsafe bytes.withUnsafeBytes { (buffer) throws(WireError) in
            var reader = unsafe WireReader(unsafe: buffer)
            return try body(&reader)
        }
    }

    /// Lets `body` read the bytes from their beginning.
    public static func read<Result>(
        _ bytes: [UInt8], _ body: (inout WireReader) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        try read(bytes.span, body)
    }

    /// How many bytes were not read.
    public var remaining: Int { unsafe bytes.count - place }

    /// Whether all were read.
    public var isAtEnd: Bool { remaining == 0 }

    /// Refuses bytes that were not read.
    public func end() throws(WireError) {
        guard isAtEnd else { throw .trailing(remaining) }
    }

    /// Reads a number.
    public mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type = Number.self
    ) throws(WireError) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw .short(at: place) }
        // SAFETY: so many bytes are left, and every pattern of bits is a number.
        let word = unsafe bytes.loadUnaligned(fromByteOffset: place, as: Number.self)
        place += size
        return Number(littleEndian: word)
    }

    /// Reads 0 or 1.
    public mutating func flag() throws(WireError) -> Bool {
        let start = place
        switch try number(UInt8.self) {
        case 0: return false
        case 1: return true
        case let other: throw .value(UInt64(other), at: start)
        }
    }

    /// Reads a count of things that take at least `least` bytes each, of which there are so many
    /// left.
    public mutating func count(least: Int) throws(WireError) -> Int {
        let start = place
        let count = Int(try number(UInt32.self))
        guard count <= remaining / least else { throw .count(UInt64(count), at: start) }
        return count
    }

    /// Reads bytes that stand behind their count.
    public mutating func field() throws(WireError) -> [UInt8] {
        let count = try count(least: 1)
        // SAFETY: so many bytes are left.
        let field = unsafe Array(UnsafeRawBufferPointer(rebasing: bytes[place..<place + count]))
        place += count
        return field
    }

    /// Reads nothing, or bytes.
    public mutating func optionalField() throws(WireError) -> [UInt8]? {
        try flag() ? try field() : nil
    }

    /// Reads a value.
    public mutating func value<Value: WireCodable>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value {
        try Value(from: &self)
    }

    /// Reads nothing, or a value.
    public mutating func optional<Value: WireCodable>(
        _ type: Value.Type = Value.self
    ) throws(WireError) -> Value? {
        try flag() ? try Value(from: &self) : nil
    }

    /// Reads values that stand behind their count, and take at least `least` bytes each.
    public mutating func list<Value: WireCodable>(
        of type: Value.Type = Value.self, least: Int
    ) throws(WireError) -> [Value] {
        var values: [Value] = []
        // Memory is taken as values come: they are larger than their bytes.
        for _ in 0..<(try count(least: least)) { values.append(try Value(from: &self)) }
        return values
    }

    /// Reads a node's number.
    public mutating func node() throws(WireError) -> NodeID { NodeID(try number()) }

    /// Reads a number that counts bytes or things: none that an `Int` or a sum of two does not
    /// hold.
    public mutating func size() throws(WireError) -> Int {
        let start = place
        let size = try number(UInt64.self)
        guard size <= UInt64(Int.max / 2) else { throw .value(size, at: start) }
        return Int(size)
    }

    /// Reads a span of time of less than 73 years either way, so that it can be added to a moment.
    public mutating func span() throws(WireError) -> Span {
        let start = place
        let nanoseconds = try number(Int64.self)
        guard nanoseconds.magnitude < 1 << 61 else {
            throw .value(UInt64(bitPattern: nanoseconds), at: start)
        }
        return Span(nanoseconds: nanoseconds)
    }

    /// Refuses a byte that says which case follows, and says none.
    func unknown(_ tag: UInt8) -> WireError { .value(UInt64(tag), at: place - 1) }
}
