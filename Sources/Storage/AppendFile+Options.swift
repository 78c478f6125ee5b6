import Quantities

extension AppendFile {
    /// Which way to the kernel is wanted.
    public enum EngineChoice: String, Hashable, Sendable, CaseIterable {
        /// io_uring where it can be had, otherwise the portable engine; `engine` says which, why.
        case automatic
        /// io_uring; it is an error when it cannot be had.
        case ioUring = "io_uring"
        /// `pwrite` and `fdatasync`.
        case portable
    }

    /// Which threads may use the file.
    public enum ThreadUse: String, Hashable, Sendable, CaseIterable {
        /// Only the one that uses it first after it was opened: io_uring then runs with
        /// `SINGLE_ISSUER` and `DEFER_TASKRUN` where the kernel has them. Another thread is refused
        /// with `StorageError.wrongThread`.
        case one
        /// Any, one after the other.
        case any
    }

    /// Whether the file may be there already.
    public enum Creation: String, Hashable, Sendable, CaseIterable {
        /// Created when it is not there.
        case ifMissing
        /// It must not be there yet.
        case required
        /// It must be there.
        case forbidden
    }

    /// How the file grows.
    public enum Growth: Hashable, Sendable {
        /// The file ends where the last append ends. Each durable append changes the file's
        /// length, so its sync also commits the file system's journal.
        case exact
        /// The file is extended ahead, `step` bytes at a time, by zeroes that are written and
        /// synced; appends then overwrite blocks that exist, and their syncs need no journal
        /// commit. The file's size is no longer its content's: `close` cuts the rest off, but after
        /// a crash zeroes follow the content, and it is the caller's format that says where the
        /// content ends (`truncate(to:)` continues there).
        case zeroFilled(step: ByteCount)
    }

    /// How to open a file.
    public struct Options: Hashable, Sendable {
        /// Which way to the kernel is wanted.
        public var engine: EngineChoice
        /// Whether the file may be there already.
        public var creation: Creation
        /// How the file grows.
        public var growth: Growth
        /// The permission bits of a created file, before the process's umask.
        public var permissions: UInt32

        /// Options with the given engine; by default the file is created when missing and grows
        /// exactly.
        public init(
            engine: EngineChoice, creation: Creation = .ifMissing,
            growth: Growth = .exact, permissions: UInt32 = 0o644
        ) {
            self.engine = engine
            self.creation = creation
            self.growth = growth
            self.permissions = permissions
        }
    }

    /// The way to the kernel that a file took.
    public enum Engine: Hashable, Sendable, CustomStringConvertible {
        /// Writes and syncs are requests on an io_uring that was set up so.
        case ioUring(RingSetup)
        /// Writes and syncs are `pwrite` and `fdatasync`, for the reason given.
        case portable(PortableReason)

        /// Which engine it is, and how it came about.
        public var description: String {
            switch self {
            case .ioUring(let setup): "io_uring, \(setup)"
            case .portable(.asked): "pwrite and fdatasync, as asked for"
            case .portable(.ringUnavailable(let refusal)):
                "pwrite and fdatasync, because io_uring cannot be had: \(refusal)"
            }
        }
    }

    /// Why a file goes through the portable engine.
    public enum PortableReason: Hashable, Sendable {
        /// It was asked for by name.
        case asked
        /// `automatic` was asked for, and io_uring cannot be had.
        case ringUnavailable(RingRefusal)
    }
}
