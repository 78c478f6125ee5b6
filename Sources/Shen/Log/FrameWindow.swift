import Storage

/// Bytes of a segment in memory, for readers that mostly go forward.
struct FrameWindow<Operations: FileOperations & ~Copyable>: ~Copyable {
    private(set) var operations: Operations
    /// The bytes of the file from `start` on.
    private(set) var buffer: IOBuffer
    private var start: UInt64 = 0
    /// Which file they are of.
    private var file: Int32 = -1

    /// A window that holds `capacity` bytes, or a frame that is larger.
    init(capacity: Int, operations: consuming Operations) {
        buffer = IOBuffer(capacity: max(capacity, FrameHeader.size))
        self.operations = operations
    }

    /// Forgets what was read: the file may have grown or be another.
    mutating func reset() { file = -1 }

    /// Where in the buffer `count` bytes from `position` of the segment lie, which are read if need be,
    /// and as many behind them as `limit` allows and there is room for; `nil` where the file ends before.
    mutating func place(
        of count: Int, at position: UInt64, in segment: OpenSegment<Operations>, limit: UInt64
    ) throws(StorageError) -> Int? {
        guard position <= limit, UInt64(count) <= limit - position else { return nil }
        if file == segment.file, position >= start,
            position + UInt64(count) <= start + UInt64(buffer.count)
        {
            return Int(position - start)
        }
        file = segment.file
        start = position
        buffer.removeAll()
        if buffer.capacity < count { buffer = IOBuffer(capacity: count) }
        let wanted = Int(min(UInt64(buffer.capacity), limit - position))
        let got = try operations.read(
            wanted, into: &buffer, from: segment.file, at: position, path: segment.path)
        return got >= count ? 0 : nil
    }

    /// What was found at a position.
    enum Finding {
        /// A whole frame, and where in the buffer it is.
        case frame(FrameHeader, place: Int)
        /// Something that is none.
        case broken(String)
    }

    /// The frame at `position`, whole.
    mutating func frame(
        at position: UInt64, in segment: OpenSegment<Operations>, limit: UInt64,
        isChecked: Bool = true
    ) throws(StorageError) -> Finding {
        guard let place = try place(of: FrameHeader.size, at: position, in: segment, limit: limit)
        else { return .broken("the segment ends within the header of a frame") }
        guard let header = buffer.withBytes({ FrameHeader($0, at: place) }) else {
            return .broken("no frame has such a header")
        }
        guard
            let place = try self.place(
                of: header.byteCount, at: position, in: segment, limit: limit)
        else { return .broken("the segment ends within a frame of \(header.byteCount) bytes") }
        let salt = segment.frameSalt
        let holds = buffer.withBytes { bytes in
            let frame = bytes.extracting(place..<place + header.byteCount)
            return !isChecked || FrameHeader.holds(frame, at: position, salt: salt)
        }
        return holds
            ? .frame(header, place: place)
            : .broken("the checksum of a frame of \(header.byteCount) bytes does not hold")
    }
}
