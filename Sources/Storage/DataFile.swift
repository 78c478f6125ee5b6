import Quantities

/// A file that a `FileRing` has open: a handle, which is of use to that ring alone.
public struct DataFile: Hashable, Sendable {
    /// The table that it is in, so that a file of one ring does not pass for another ring's.
    let table: UInt32
    /// Its entry there.
    let index: Int
    /// The entry's use, so that a handle of a file that was closed does not pass for another's.
    let use: UInt32

    /// Whether a file may be written.
    public enum Mode: String, Hashable, Sendable, CaseIterable {
        /// Reads alone.
        case reading
        /// Reads, writes and syncs. The opener is the only one: it takes the lock (`flock`).
        case writing
    }

    /// Which way reads and writes are to take.
    public enum AccessChoice: String, Hashable, Sendable, CaseIterable {
        /// By the page cache.
        case buffered
        /// Past the page cache (`O_DIRECT`); it is an error where the file takes none.
        case direct
        /// Past the page cache where the file takes that, otherwise by it; `Access` says which, why.
        case automatic
    }

    /// How to open a file.
    public struct Options: Hashable, Sendable {
        /// Whether it may be written.
        public var mode: Mode
        /// Which way reads and writes are to take.
        public var access: AccessChoice
        /// Whether the file may be there already. One that is read only must be there.
        public var creation: AppendFile.Creation
        /// The permission bits of a created file, before the process's umask.
        public var permissions: UInt32

        /// Options for `mode` and `access`; by default a missing file is created for writing.
        public init(
            mode: Mode, access: AccessChoice, creation: AppendFile.Creation = .ifMissing,
            permissions: UInt32 = 0o644
        ) {
            self.mode = mode
            self.access = access
            self.creation = creation
            self.permissions = permissions
        }
    }

    /// The way that a file's reads and writes take.
    public enum Access: Hashable, Sendable, CustomStringConvertible {
        /// Past the page cache. Offsets and counts are multiples of `alignment`.
        case direct(alignment: ByteCount)
        /// By the page cache, for the reason given.
        case buffered(BufferedReason)

        /// Which way it is, and how it came about.
        public var description: String {
            switch self {
            case .direct(let alignment): "direct, in multiples of \(alignment)"
            case .buffered(.asked): "buffered, as asked for"
            case .buffered(.directRefused(let refusal)): "buffered, because \(refusal)"
            }
        }
    }

    /// Why a file goes by the page cache.
    public enum BufferedReason: Hashable, Sendable {
        /// It was asked for by name.
        case asked
        /// `automatic` was asked for, and the file takes no direct I/O.
        case directRefused(DirectRefusal)
    }
}

/// Why a file takes no direct I/O.
public enum DirectRefusal: Hashable, Sendable, CustomStringConvertible {
    /// The kernel refused the flag.
    case flag(ErrorNumber)
    /// The filesystem takes the flag, and says that it goes by the page cache all the same.
    case pageCache
    /// The filesystem takes the flag, and has nothing but memory to go to.
    case memory
    /// The filesystem asks for memory that is aligned to more than an `IOBuffer` is.
    case alignment(ByteCount)
    /// The filesystem takes the flag, and refused to read the first block.
    case read(ErrorNumber)

    /// One clause that says why.
    public var description: String {
        switch self {
        case .flag(let number): "the filesystem refuses O_DIRECT: \(number)"
        case .pageCache: "the filesystem sends O_DIRECT through the page cache"
        case .memory: "the filesystem keeps its files in memory"
        case .alignment(let bytes):
            "O_DIRECT asks for memory aligned to \(bytes), more than a buffer's "
                + "\(IOBuffer.alignment) bytes"
        case .read(let number): "the filesystem takes O_DIRECT and refuses a read: \(number)"
        }
    }
}
