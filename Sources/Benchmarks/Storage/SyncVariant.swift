import CNilometerShims
import Glibc
import Storage

/// A way to make a block durable, or a part of one: what differs between two of them is what the
/// rest costs.
enum SyncVariant: String, CaseIterable {
    /// A write behind the file's end and its `fdatasync`: data, length and blocks change.
    case append
    /// The same with `O_DSYNC`, in one call.
    case appendDataSync = "append-dsync"
    /// A file that grows by one byte that is not written (`ftruncate`), and `fdatasync`: the length
    /// alone changes.
    case extend
    /// A write to blocks that were allocated and never written (`fallocate`), and `fdatasync`: the
    /// blocks' state changes.
    case allocated
    /// A write to blocks that were written before, and `fdatasync`: nothing but data changes.
    case overwrite
    /// The same with `O_DSYNC`, in one call.
    case overwriteDataSync = "overwrite-dsync"
    /// The same with `fsync`, which makes the time of the change durable as well.
    case overwriteFullSync = "overwrite-fsync"
    /// The same past the page cache (`O_DIRECT`).
    case overwriteDirect = "overwrite-direct"
    /// A write past the page cache to blocks that were written before, without a sync: the device
    /// has the data, and may have it in a volatile cache.
    case write = "direct-write"
    /// `fdatasync` of a file in which nothing has changed: on a filesystem that passes it on, a flush
    /// of the device's cache, which holds nothing new.
    case flush
    /// An overwrite and its `fdatasync` on a filesystem in memory: the system calls and the copy.
    case memory

    /// Where its file is.
    var isInMemory: Bool { self == .memory }

    fileprivate var flags: Int32 {
        switch self {
        case .appendDataSync, .overwriteDataSync: O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_DSYNC
        default: O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
        }
    }

    fileprivate var isDirect: Bool { self == .overwriteDirect || self == .write }

    /// What is in the file before anything is measured.
    fileprivate var isWrittenBefore: Bool {
        switch self {
        case .append, .appendDataSync, .extend, .allocated: false
        default: true
        }
    }
}

/// Operations of one variant on a file of its own.
final class VariantFile {
    private let variant: SyncVariant
    private let path: String
    private let descriptor: Int32
    private var buffer: IOBuffer
    private let payload: Int
    /// How long the file is where it is written or allocated before: a turn of writes, so that none
    /// of them comes behind what was.
    private let size: off_t
    private var offset: off_t = 0

    /// How long such a file is at least.
    private static let leastSize = 16 << 20

    /// Makes the file of `variant` below `directory`, for writes of `payload` bytes, at most
    /// `operations` of which are made at a time.
    init(_ variant: SyncVariant, directory: String, payload: Int, operations: Int) throws {
        self.variant = variant
        self.payload = payload
        size = off_t(max(VariantFile.leastSize, operations * payload))
        path = "\(directory)/.nilometer-\(getpid())-\(variant.rawValue)"
        var buffer = IOBuffer(capacity: payload)
        buffer.append(AppendContender.record(of: payload).span)
        self.buffer = buffer
        // The path is copied by the kernel during the call.
        descriptor = unsafe open(path, variant.flags, 0o644)
        guard descriptor >= 0 else {
            throw StorageError.refused(.create, path: path, ErrorNumber(code: errno))
        }
        // In memory nothing distinguishes a file without a name, and nobody has to remove it.
        if variant.isInMemory { unsafe unlink(path) }
        try prepare()
    }

    // Opened in init, owned by this object alone.
    deinit {
        close(descriptor)
        // The path is valid for the call.
        unsafe unlink(path)
    }

    private func prepare() throws {
        if variant.isWrittenBefore {
            while offset < size { try write() }
            offset = 0
        }
        if variant == .allocated { try allocate() }
        try check(.sync, fsync(descriptor))
        if variant.isDirect {
            let answer = nilometer_file_set_direct(descriptor)
            guard answer == 0 else {
                throw StorageError.directRefused(
                    path: path, .flag(ErrorNumber(code: -answer)))
            }
        }
    }

    /// Sees to it that `operations` more are possible, no more than the file was made for; not timed.
    func makeRoom(for operations: Int) throws {
        let end = offset + off_t(operations * payload)
        switch variant {
        case .allocated:
            guard end > size else { return }
            try check(.truncate, ftruncate(descriptor, 0))
            try allocate()
            try check(.sync, fsync(descriptor))
            offset = 0
        case .append, .appendDataSync:
            // Not for ever: the file is to be no larger than the others.
            guard end > size else { return }
            try check(.truncate, ftruncate(descriptor, 0))
            try check(.sync, fsync(descriptor))
            offset = 0
        case .extend, .flush: break
        default: if end > size { offset = 0 }
        }
    }

    /// Does it once.
    func perform() throws {
        switch variant {
        case .flush: try check(.sync, fdatasync(descriptor))
        case .extend:
            offset += 1
            try check(.truncate, ftruncate(descriptor, offset))
            try check(.sync, fdatasync(descriptor))
        case .write, .appendDataSync, .overwriteDataSync: try write()
        case .overwriteFullSync:
            try write()
            try check(.sync, fsync(descriptor))
        case .append, .allocated, .overwrite, .overwriteDirect, .memory:
            try write()
            try check(.sync, fdatasync(descriptor))
        }
    }

    private func write() throws {
        var done = 0
        while done < payload {
            let count = buffer.withBytes { bytes in
                // The bytes are valid for the call.
                unsafe bytes.withUnsafeBufferPointer { bytes in
                    unsafe bytes.baseAddress.map {
                        unsafe pwrite(
                            descriptor, $0 + done, payload - done, offset + off_t(done))
                    } ?? 0
                }
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                throw StorageError.refused(.write, path: path, ErrorNumber(code: errno))
            }
            done += count
        }
        offset += off_t(payload)
    }

    private func allocate() throws {
        let answer = nilometer_file_allocate(descriptor, Int64(size))
        guard answer == 0 else {
            throw StorageError.refused(.extend, path: path, ErrorNumber(code: -answer))
        }
    }

    private func check(_ step: StorageError.Operation, _ answer: Int32) throws {
        guard answer == 0 else {
            throw StorageError.refused(step, path: path, ErrorNumber(code: errno))
        }
    }
}
