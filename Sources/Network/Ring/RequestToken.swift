import CUring

/// What a request is known by in its completions: what it is about, and of which use of which
/// place.
struct RequestToken: Hashable {
    /// What was asked for.
    enum Kind: UInt8 {
        case accept = 1
        case connect
        case receive
        case send
        case cancel
        case bell
        case watch
        case receiveDatagrams
        case sendDatagram
    }

    /// The kind in the highest 8 bits, the place in the next 24, its use in the low 32.
    let rawValue: UInt64

    /// Places are fewer than this.
    static var slotLimit: Int { 1 << 24 }

    init(_ kind: Kind, slot: Int = 0, generation: UInt32 = 0) {
        rawValue = UInt64(kind.rawValue) << 56 | UInt64(slot) << 32 | UInt64(generation)
    }

    init(rawValue: UInt64) { self.rawValue = rawValue }

    var kind: Kind {
        guard let kind = Kind(rawValue: UInt8(rawValue >> 56)) else {
            preconditionFailure("a completion for \(rawValue), which nobody asked for")
        }
        return kind
    }
    var slot: Int { Int(rawValue >> 32 & 0xFF_FFFF) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: rawValue) }
}

/// What the kernel says of a request.
struct Completion {
    let token: RequestToken
    /// A count, a descriptor or a negative `errno`.
    let result: Int32
    let flags: UInt32

    /// Whether the request has more to say.
    var hasMore: Bool { flags & UInt32(IORING_CQE_F_MORE) != 0 }

    /// Whether this says only that the memory of a send without copies is the thread's again.
    var isRelease: Bool { flags & UInt32(IORING_CQE_F_NOTIF) != 0 }

    /// The buffer of the ring's that the bytes are in.
    var buffer: Int? { flags & UInt32(IORING_CQE_F_BUFFER) != 0 ? Int(flags >> 16) : nil }
}
