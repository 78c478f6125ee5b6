import CNilometerShims
import Glibc

/// A file that is read through memory: its bytes are in the address space, and reading one that is
/// not in memory yet waits for the device.
///
/// On a filesystem with direct access (DAX) the bytes are the device's own and no page cache lies
/// between; `isDirectAccess` says whether that is so. Elsewhere reads go by the page cache.
///
/// The file must neither be shortened nor be on a device that fails while it is mapped: the kernel
/// has no other way to tell of either than `SIGBUS`, which ends the process. `FileRing` is for files
/// of which that cannot be said. What is appended after the opening is not seen.
///
/// Any thread may read, several at once.
@safe public struct MappedFile: ~Copyable, @unchecked Sendable {
    // Sendable: the bytes are never written through this mapping, and the value never changes.

    /// How a file is going to be read.
    public enum Pattern: Hashable, Sendable {
        /// At any place: the kernel reads no further than it must.
        case random
        /// From front to back: the kernel reads ahead.
        case sequential
    }

    /// Where the file is.
    public let path: String
    /// How many bytes it had when it was opened.
    public let count: Int
    /// Whether it is mapped without the page cache (DAX); `nil` where the filesystem does not say.
    public let isDirectAccess: Bool?

    private let base: UnsafeRawPointer?

    /// Maps the file at `path` for reading.
    ///
    /// - Throws: `.refused` with the step, or `.notARegularFile`.
    public init(path: String, pattern: Pattern) throws(StorageError) {
        guard !path.utf8.contains(0) else {
            throw .refused(.open, path: path, ErrorNumber(code: EINVAL))
        }
        let mapped: Mapped
        do throws(StepFailure) {
            unsafe mapped = try Mapped(path, pattern)
        } catch {
            throw StorageError(error, at: path)
        }
        self.path = path
        count = unsafe mapped.count
        isDirectAccess = unsafe mapped.isDirectAccess
        unsafe base = mapped.base
    }

    /// What mapping a file gives.
    @unsafe private struct Mapped {
        let base: UnsafeRawPointer?
        let count: Int
        let isDirectAccess: Bool?

        init(_ path: String, _ pattern: Pattern) throws(StepFailure) {
            let system = SystemOperations(because: .asked)
            let file = try system.open(path, flags: O_RDONLY, permissions: 0)
            // The mapping keeps the file.
            defer { _ = Glibc.close(file) }
            guard let count = Int(exactly: try system.size(of: file)) else {
                throw .refused(.map, ErrorNumber(code: EFBIG))
            }
            unsafe self.count = count
            var facts = nilometer_file_facts()
            // The structure is valid for the call.
            let answer = unsafe nilometer_file_facts(file, &facts)
            unsafe isDirectAccess =
                answer == 0 && facts.says_direct_access ? facts.is_direct_access : nil
            // An empty mapping is refused, and none is needed.
            guard count > 0 else {
                unsafe base = nil
                return
            }
            guard let mapped = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, file, 0),
                unsafe mapped != MAP_FAILED
            else { throw .refused(.map, ErrorNumber(code: errno)) }
            unsafe base = UnsafeRawPointer(mapped)
            // Advice that is refused changes nothing but speed.
            unsafe _ = madvise(
                mapped, count, pattern == .random ? MADV_RANDOM : MADV_SEQUENTIAL)
        }
    }

    // Mapped in init, with this length, and unmapped once: the value is unique.
    deinit {
        if let base = unsafe base {
            unsafe _ = munmap(UnsafeMutableRawPointer(mutating: base), count)
        }
    }

    /// Reads up to `count` bytes at `offset`, behind what `buffer` holds, and returns how many: fewer
    /// only at the end. `buffer` must have room for them. O(count).
    public func read(_ count: Int, into buffer: inout IOBuffer, at offset: UInt64) -> Int {
        precondition(count >= 0 && count <= buffer.room, "\(count) bytes into \(buffer.room)")
        let part = clamp(offset, count)
        withBytes(part) { buffer.append($0) }
        return part.count
    }

    /// Lets `body` read the bytes in `range`, which lies within the file, where they are.
    public func withBytes<Value>(_ range: Range<Int>, _ body: (Span<UInt8>) -> Value) -> Value {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
        guard let base = unsafe base else { return body(Span()) }
        // The mapping lives as long as this value, which is borrowed for the call.
        let start = unsafe (base + range.lowerBound).assumingMemoryBound(to: UInt8.self)
        return body(unsafe Span(_unsafeStart: start, count: range.count))
    }

    /// The part of `count` bytes at `offset` that is in the file.
    private func clamp(_ offset: UInt64, _ count: Int) -> Range<Int> {
        guard let start = Int(exactly: offset), start < self.count else {
            return self.count..<self.count
        }
        return start..<min(self.count, start + min(count, self.count - start))
    }
}
