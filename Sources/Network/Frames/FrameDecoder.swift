/// Finds the frames in a stream of bytes that comes in pieces.
///
/// A frame that lies whole in a piece is given where it lies, without a copy. Only what a piece has
/// of a frame that is not whole is kept. Memory for it grows with the bytes that came, twice as
/// many at most, never with what a header announced.
///
/// A header is judged as soon as its 32 bytes are there, so that a length over the limit, another
/// version and another cluster are refused before any payload is waited for.
public struct FrameDecoder: ~Copyable {
    /// Whether whoever takes the frames wants another one now.
    public enum Wish: Hashable, Sendable {
        /// The next one, if it is there.
        case more
        /// None for the time being: the rest of the piece stays with the caller.
        case noMore
    }

    /// What frames may be.
    public let limits: FrameLimits
    /// Which cluster they have to be for.
    public let cluster: ClusterTag

    /// The beginning of a frame that is not whole yet.
    private var partial = ByteStore()

    /// Memory that is kept for the next frame that comes in pieces.
    private static var keptCapacity: Int { 1 << 16 }

    /// A decoder at the beginning of a stream.
    public init(limits: FrameLimits, cluster: ClusterTag) {
        self.limits = limits
        self.cluster = cluster
    }

    /// Bytes of a frame that has begun and is not whole.
    public var pending: Int { partial.count }

    /// Bytes of memory in use for such a frame.
    var capacity: Int { partial.capacity }

    /// Takes the next piece of the stream and gives the frames that end in it to `body`, in order.
    ///
    /// Returns how many bytes of the piece were taken: all of them unless `body` wanted no more;
    /// the rest is then to be given again, before anything that came later. After an error the
    /// decoder is of no more use. Time is linear in the piece.
    ///
    /// - Throws: what makes the stream unreadable; the frames before it were given.
    public mutating func decode(
        _ piece: Bytes, _ body: (FrameHeader, Bytes) -> Wish
    ) throws(FrameError) -> Int {
        // SAFETY: the pointer is used while the piece is borrowed, and within its bounds.
        try unsafe piece.withUnsafeBytes { bytes throws(FrameError) in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return 0 }
            var taken = 0
            if !partial.isEmpty {
                guard unsafe try complete(base, bytes.count, &taken, body) == .more else {
                    return taken
                }
            }
            while bytes.count - taken >= FrameHeader.size {
                let received = unsafe FrameHeader.Received(base + taken)
                try received.check(limits, cluster: cluster)
                guard bytes.count - taken >= received.header.frameSize else { break }
                let payload = unsafe base + taken + FrameHeader.size
                unsafe try received.checkSum(payload)
                taken += received.header.frameSize
                let span = unsafe payload.bytes(Int(received.header.length)).span
                if body(received.header, span) == .noMore { return taken }
            }
            unsafe partial.append(base + taken, bytes.count - taken)
            return bytes.count
        }
    }

    /// Adds to the frame that has begun what belongs to it, and gives it when it is whole.
    private mutating func complete(
        _ base: UnsafeRawPointer, _ count: Int, _ taken: inout Int,
        _ body: (FrameHeader, Bytes) -> Wish
    ) throws(FrameError) -> Wish {
        if partial.count < FrameHeader.size {
            taken = min(count, FrameHeader.size - partial.count)
            unsafe partial.append(base, taken)
            guard partial.count == FrameHeader.size else { return .more }
            unsafe try FrameHeader.Received(partial.start).check(limits, cluster: cluster)
        }
        // SAFETY: a whole header is there; it was checked when its last byte came.
        let size = unsafe FrameHeader.Received(partial.start).header.frameSize
        let more = min(count - taken, size - partial.count)
        unsafe partial.append(base + taken, more)
        taken += more
        guard partial.count == size else { return .more }
        // The frame's memory outlives the body, which may want no more.
        let received = unsafe FrameHeader.Received(partial.start)
        let payload = unsafe UnsafeRawPointer(partial.start) + FrameHeader.size
        unsafe try received.checkSum(payload)
        let span = unsafe payload.bytes(Int(received.header.length)).span
        let wish = body(received.header, span)
        partial.removeAll(keeping: Self.keptCapacity)
        return wish
    }
}
