import Storage

/// Where some of a segment's frames are, oldest first: at least one in so many bytes.
///
/// In a file it is a copy of what a scan of the segment finds, so it may be missing, and is not synced.
///
///      0  8  "NILOSHIX"
///      8  4  version of the format, 1
///     12  4  bytes of this header, 64
///     16  8  the segment's salt
///     24  8  bytes of the segment that it covers
///     32  8  entries
///     40  8  XXH3-64 of the entries, XORed with the place `length` under the salt
///     48  8  zeroes
///     56  8  XXH3-64 of all that is before
///     64     16 bytes an entry: offset of a frame's first record, and the frame's position
struct SparseIndex: Hashable, Sendable {
    static let size = 64
    static let version: UInt32 = 1
    static let magic = "NILOSHIX"
    private static let entrySize = 16

    /// A frame.
    struct Entry: Hashable, Sendable {
        /// The offset of its first record.
        let first: UInt64
        /// Where it begins.
        let position: UInt64
    }

    /// At most how many bytes lie between two entries, but for a frame that is longer.
    let interval: UInt64
    private(set) var entries: [Entry] = []

    /// No frames; an entry for a frame at least every `interval` bytes.
    init(interval: UInt64) { self.interval = interval }

    /// Notes a frame, which lies behind all that were noted.
    mutating func note(first: UInt64, at position: UInt64) {
        if let last = entries.last, position - last.position < interval { return }
        entries.append(Entry(first: first, position: position))
    }

    /// The last noted frame that begins with `offset` or before; `nil` where none does. O(log n).
    func frame(before offset: UInt64) -> Entry? {
        var (low, high) = (0, entries.count)
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].first <= offset { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? entries[low - 1] : nil
    }

    /// The whole file, for a segment of `length` bytes.
    func bytes(salt: UInt64, length: UInt64) -> [UInt8] {
        var list: [UInt8] = []
        list.reserveCapacity(entries.count * Self.entrySize)
        for entry in entries {
            list.append(number: entry.first)
            list.append(number: entry.position)
        }
        var bytes = FileFormat.begin(Self.magic, version: Self.version, size: Self.size)
        bytes.append(number: salt)
        bytes.append(number: length)
        bytes.append(number: UInt64(entries.count))
        bytes.append(number: ContentHash.of(list.span, at: length, salt: salt))
        FileFormat.finish(&bytes, size: Self.size)
        return bytes + list
    }

    /// Reads the index of the first `length` bytes of the segment with this salt; `nil` where the file is
    /// anything else.
    init?(
        _ file: Span<UInt8>, salt: UInt64, length: UInt64, interval: UInt64, isTrusted: Bool = false
    ) {
        self.init(interval: interval)
        if !isTrusted {
            guard
                (try? FileFormat.check(
                    file, magic: Self.magic, version: Self.version, size: Self.size)) != nil
            else { return nil }
        }
        guard file.count >= Self.size else { return nil }
        let list = file.extracting(droppingFirst: Self.size)
        let count = list.count / Self.entrySize
        if !isTrusted {
            guard list.count % Self.entrySize == 0,
                file.number(UInt64.self, at: 16) == salt,
                file.number(UInt64.self, at: 24) == length,
                file.number(UInt64.self, at: 32) == UInt64(count),
                file.number(UInt64.self, at: 40)
                    == ContentHash.of(list, at: length, salt: salt)
            else { return nil }
        }
        for index in 0..<count {
            entries.append(
                Entry(
                    first: list.number(UInt64.self, at: index * Self.entrySize),
                    position: list.number(UInt64.self, at: index * Self.entrySize + 8)))
        }
    }
}
