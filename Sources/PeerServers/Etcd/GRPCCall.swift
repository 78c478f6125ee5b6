/// A unary call of gRPC as bytes: its headers and its message, the same each time but for the stream's
/// number.
struct GRPCCall {
    /// One frame of headers and one of data.
    private(set) var bytes: [UInt8]
    /// Where the numbers of the stream stand.
    private let streams: (headers: Int, data: Int)

    /// Bytes of flow control that a call uses up.
    let dataSize: Int

    /// The bytes of a frame's head.
    static let frameHead = 9

    /// A call of the method at `path` of a service that knows itself as `authority`.
    ///
    /// - Parameter isOnly: whether no other message follows on its stream. One that is not goes on until the
    ///   connection ends.
    init(_ path: String, authority: String, message: [UInt8], isOnly: Bool = true) {
        let headers = Self.headers(path, authority)
        let size = message.count
        dataSize = 5 + size
        bytes = Self.head(.headers, flags: HTTP2Flag.endHeaders, length: headers.count) + headers
        streams = (5, bytes.count + 5)
        bytes += Self.head(.data, flags: isOnly ? HTTP2Flag.endStream : 0, length: dataSize)
        // Not compressed, and how long it is.
        bytes += [
            0, UInt8(truncatingIfNeeded: size >> 24), UInt8(truncatingIfNeeded: size >> 16),
            UInt8(truncatingIfNeeded: size >> 8), UInt8(truncatingIfNeeded: size),
        ]
        bytes += message
    }

    /// Appends the call for a stream.
    func append(to batch: inout [UInt8], stream: UInt32) {
        let start = batch.count
        batch += bytes
        for place in [streams.headers, streams.data] {
            for byte in 0..<4 {
                batch[start + place + byte] = UInt8(
                    truncatingIfNeeded: stream >> UInt32(24 - 8 * byte))
            }
        }
    }

    /// The head of a frame on no stream yet.
    static func head(_ kind: HTTP2Frame, flags: UInt8, length: Int) -> [UInt8] {
        precondition(length < 1 << 14, "a frame of \(length) bytes, and 16 383 are always taken")
        return [0, UInt8(length >> 8), UInt8(length & 0xFF), kind.rawValue, flags, 0, 0, 0, 0]
    }

    /// The headers of a call, without a table that changes from call to call (RFC 7541): names and values
    /// of the static table, and literals.
    private static func headers(_ path: String, _ authority: String) -> [UInt8] {
        // :method POST, :scheme http
        var block: [UInt8] = [0x83, 0x86]
        block += [0x04] + literal(path)
        block += [0x01] + literal(authority)
        // content-type is number 31: 15 and 16 more.
        block += [0x0F, 0x10] + literal("application/grpc")
        block += [0x00] + literal("te") + literal("trailers")
        return block
    }

    private static func literal(_ text: String) -> [UInt8] {
        precondition(text.utf8.count < 127, "a header of \(text.utf8.count) bytes")
        return [UInt8(text.utf8.count)] + Array(text.utf8)
    }
}

/// Kinds of frames (RFC 9113, section 6).
enum HTTP2Frame: UInt8 {
    case data = 0
    case headers = 1
    case priority = 2
    case reset = 3
    case settings = 4
    case ping = 6
    case goAway = 7
    case windowUpdate = 8
}

/// Flags of frames.
enum HTTP2Flag {
    static let endStream: UInt8 = 0x1
    static let acknowledges: UInt8 = 0x1
    static let endHeaders: UInt8 = 0x4
    static let padded: UInt8 = 0x8
}
