/// What the world can do to a file: each case says what was tried, where, and what came of it.
public enum StorageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A step that the kernel can refuse.
    public enum Operation: String, Hashable, Sendable, CaseIterable {
        case open
        case create
        case inspect
        case lock
        case read
        case map
        case write
        case extend
        case sync
        case truncate
        case dropCache = "drop the cached pages of"
        case close
        case list
        case rename
        case remove
        case makeDirectory = "make the directory"
        case syncDirectory = "sync the directory of"
        case submit = "submit to io_uring for"
    }

    /// The kernel refused `operation` on the file at `path`.
    case refused(Operation, path: String, ErrorNumber)
    /// Another opener, in this process or in another, holds the file.
    case locked(path: String)
    /// The path leads to something that is not a regular file.
    case notARegularFile(path: String)
    /// The kernel neither did `operation` nor refused it for good, `attempts` times in a row.
    case stalled(Operation, path: String, attempts: Int)
    /// io_uring was asked for by name and cannot be had.
    case ringUnavailable(path: String, RingRefusal)
    /// Direct I/O was asked for by name and the file takes none.
    case directRefused(path: String, DirectRefusal)
    /// Direct I/O goes in multiples of `alignment` bytes, and this request does not.
    case misaligned(path: String, offset: UInt64, count: Int, alignment: Int)
    /// The file's ring belongs to the thread that used it first, and this is another one.
    case wrongThread(path: String)
    /// An earlier failure left it unknown what is on the device: the file takes no more writes
    /// until it is opened again and its content checked.
    indirect case poisoned(path: String, cause: StorageError)
    /// The file was closed before this call.
    case closed(path: String)
    /// A store cannot do what it was asked, because of what is in the file at `path` or because of
    /// the request.
    case store(path: String, StoreProblem)

    /// One line that says what was tried, where, and what came of it.
    public var description: String {
        switch self {
        case .refused(let operation, let path, let number):
            "cannot \(operation.rawValue) '\(path)': \(number)"
        case .locked(let path):
            "cannot lock '\(path)': another opener holds it; a file has one writer at a time"
        case .notARegularFile(let path):
            "cannot use '\(path)': it is not a regular file"
        case .stalled(let operation, let path, let attempts):
            "cannot \(operation.rawValue) '\(path)': no progress in \(attempts) attempts"
        case .ringUnavailable(let path, let refusal):
            "cannot use io_uring for '\(path)': \(refusal); the portable engine needs none"
        case .directRefused(let path, let refusal):
            "cannot use direct I/O for '\(path)': \(refusal); buffered I/O needs none"
        case .misaligned(let path, let offset, let count, let alignment):
            "cannot transfer \(count) bytes at \(offset) of '\(path)': direct I/O goes in "
                + "multiples of \(alignment) bytes"
        case .wrongThread(let path):
            "cannot use '\(path)' from this thread: its io_uring belongs to the thread that used "
                + "it first"
        case .poisoned(let path, let cause):
            "'\(path)' takes no writes until it is opened again, because of an earlier failure: "
                + "\(cause)"
        case .closed(let path):
            "'\(path)' is closed"
        case .store(let path, let problem):
            "'\(path)': \(problem)"
        }
    }
}
