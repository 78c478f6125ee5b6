import Quantities

extension FileRing {
    /// Which way to the kernel is wanted.
    public enum EngineChoice: String, Hashable, Sendable, CaseIterable {
        /// io_uring where it can be had, otherwise the portable engine; `engine` says which, why.
        case automatic
        /// io_uring; it is an error when it cannot be had.
        case ioUring = "io_uring"
        /// `pread`, `pwrite` and `fdatasync`, one after the other.
        case portable
    }

    /// How to set up a ring.
    public struct Options: Hashable, Sendable {
        /// Which way to the kernel is wanted.
        public var engine: EngineChoice
        /// How many requests may be under way at once, 1 to 4096.
        public var depth: Int
        /// How many requests are gathered before they are handed to the kernel, at least 1. A few at
        /// a time keep a device busy that would idle while many are gathered, and save system calls
        /// where nothing waits for a device. Whoever waits hands over what there is.
        public var batch: Int
        /// What is polled for. It is an error when that cannot be had.
        public var polling: RingPolling
        /// How many files may be open at once, 1 to 1024.
        public var files: Int
        /// How many registered buffers to make, 0 to 1024, and of how many bytes each.
        public var buffers: Int
        /// How many bytes a registered buffer holds, a multiple of `IOBuffer.alignment`.
        public var bufferCapacity: ByteCount

        /// Options with the given engine and depth; by default 4 requests a batch, 16 files, nothing
        /// polled, and as many registered buffers of 64 KiB as the depth.
        public init(
            engine: EngineChoice, depth: Int, batch: Int = 4, polling: RingPolling = [],
            files: Int = 16, buffers: Int? = nil, bufferCapacity: ByteCount = .kibibytes(64)
        ) {
            self.engine = engine
            self.depth = depth
            self.batch = batch
            self.polling = polling
            self.files = files
            self.buffers = buffers ?? min(depth, 1024)
            self.bufferCapacity = bufferCapacity
        }

        /// Traps on values out of range: they are the caller's own.
        func check() {
            precondition((1...4096).contains(depth), "a ring for \(depth) requests at once")
            precondition(batch >= 1, "a batch of \(batch) requests")
            precondition((1...1024).contains(files), "a ring for \(files) files")
            precondition((0...1024).contains(buffers), "\(buffers) registered buffers")
            precondition(
                buffers == 0
                    || bufferCapacity.rawValue > 0 && bufferCapacity.rawValue <= 1 << 30
                        && bufferCapacity.rawValue % UInt64(IOBuffer.alignment) == 0,
                "registered buffers of \(bufferCapacity)")
            precondition(
                engine != .portable || polling.isEmpty, "the portable engine polls nothing")
        }
    }

    /// The way to the kernel that a ring took.
    public enum Engine: Hashable, Sendable, CustomStringConvertible {
        /// Requests go by an io_uring that was set up so.
        case ioUring(RingSetup)
        /// They are `pread`, `pwrite` and `fdatasync`, done when they are asked for.
        case portable(AppendFile.PortableReason)

        /// Which engine it is, and how it came about.
        public var description: String {
            switch self {
            case .ioUring(let setup): "io_uring, \(setup)"
            case .portable(.asked): "pread, pwrite and fdatasync, as asked for"
            case .portable(.ringUnavailable(let refusal)):
                "pread, pwrite and fdatasync, because io_uring cannot be had: \(refusal)"
            }
        }
    }

    /// What the kernel keeps in its tables, so that it need not be looked up for every request.
    public struct Registrations: Hashable, Sendable, CustomStringConvertible {
        /// A table: what is in it, or why it cannot be had.
        public enum Table: Hashable, Sendable, CustomStringConvertible {
            /// The kernel holds so many entries.
            case registered(Int)
            /// None were asked for, or there is no ring.
            case none
            /// The kernel refused; requests go without.
            case refused(ErrorNumber)

            /// The number of entries or the reason.
            public var description: String {
                switch self {
                case .registered(let count): "\(count) registered"
                case .none: "none"
                case .refused(let number): "not registered: \(number)"
                }
            }
        }

        /// Files, named by their entries.
        public var files: Table
        /// Buffers, whose pages stay pinned.
        public var buffers: Table

        /// Both tables.
        public var description: String { "files \(files), buffers \(buffers)" }
    }

    /// What became of a request.
    public struct Completion: ~Copyable, Sendable {
        /// What the request was given to be known by.
        public internal(set) var tag: UInt64
        /// How many bytes were transferred, or why the request failed. A read brings fewer than were
        /// asked for at the file's end only; a write is whole.
        public let result: Result<Int, StorageError>
        /// The buffer that the request carried; a ring that failed keeps those that it had.
        public var buffer: IOBuffer?
    }
}
