import Glibc
import Storage

/// A counter that a process of `storage.scaling` increments: a file whose length is the count.
enum ScaledCounter: String, CaseIterable {
    /// In the measured directory, through `pwrite` and `fdatasync`.
    case portable = "pwrite"
    /// In the measured directory, through io_uring.
    case ioUring = "io_uring"
    /// The same calls as `pwrite` on a file in memory, whose sync has nothing to do: what is left
    /// is the work of the processor and the kernel.
    case memory

    /// Where files in memory are: POSIX shared memory, a tmpfs.
    static let memoryDirectory = "/dev/shm"

    /// The way to the kernel.
    var options: AppendFile.Options {
        switch self {
        case .portable, .memory: AppendFile.Options(engine: .portable, creation: .required)
        case .ioUring: AppendFile.Options(engine: .ioUring, creation: .required)
        }
    }

    /// Whether it is on the measured directory's device.
    var isOnDevice: Bool { self != .memory }

    /// Why there can be no such counter here; `nil` when there can.
    var obstacle: String? {
        if isOnDevice { return nil }
        // SAFETY: the path is read during the call.
        return unsafe access(Self.memoryDirectory, W_OK) == 0
            ? nil : "files in memory need a writable \(Self.memoryDirectory)"
    }

    /// Opens a counter at `path`, which must not be there. The name of one in memory is given up at
    /// once, so that nothing is left when its process is killed.
    func open(at path: String) throws -> DurableAppends {
        let file = try DurableAppends(path: path, options: options, payload: 1)
        // SAFETY: the path is read during the call.
        if self == .memory { _ = unsafe unlink(path) }
        return file
    }
}
