/// What goes over a network or onto a disk as bytes, field by field.
///
/// Encodings describe themselves as far as needed to find their end, so that one follows another
/// without anything between. Numbers are little-endian; a list or a run of bytes follows its count
/// (4 bytes); an enumeration begins with a byte that says which case; what is optional begins with
/// 0 or 1. Which version it is says the message, or the frame or the file around it: there are no
/// tags of fields.
///
/// The conformances stand in this module, beside the types, because they make values of parts that
/// nobody else may put together: a token, a vote, a memory of ballots.
public protocol WireCodable: Sendable {
    /// Appends the value's bytes. O(their number).
    func encode(into writer: inout WireWriter)

    /// Reads a value where the reader stands, and moves it behind the value.
    ///
    /// Takes nothing on trust: neither does it read past the end nor reserve memory for a count
    /// that the bytes which are left cannot hold.
    ///
    /// - Throws: `WireError` where the bytes there are not those of a value.
    init(from reader: inout WireReader) throws(WireError)
}

extension WireCodable {
    /// The value as bytes. O(their number).
    public var wireBytes: [UInt8] {
        var writer = WireWriter()
        encode(into: &writer)
        return writer.bytes
    }

    /// The value that all of these bytes are.
    ///
    /// - Throws: `WireError` where they are not those of one value, with nothing behind it.
    public init(wire bytes: Swift.Span<UInt8>) throws(WireError) {
        self = try WireReader.read(bytes) {
            (reader: inout WireReader) throws(WireError) in
            let value = try Self(from: &reader)
            try reader.end()
            return value
        }
    }
}

/// What machines that store nothing store: no bytes are one.
extension Never: WireCodable {
    /// Is never called.
    public func encode(into writer: inout WireWriter) {}

    /// Refuses whatever there is.
    public init(from reader: inout WireReader) throws(WireError) {
        throw .value(0, at: reader.place)
    }
}
