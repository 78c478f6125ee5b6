import Storage

/// Why a sequencer gives out no value.
public enum ObeliskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be had, or a step on it failed: the kernel refused it, another opener holds
    /// the lock, the file was poisoned by an earlier failure, or closed.
    case file(StorageError)
    /// The file is smaller than it once was for certain: somebody cut it, and values that were
    /// given out would come again.
    case cut(path: String, size: UInt64, least: UInt64)
    /// The first block holds no whole mark: the file is another one's, or damaged.
    case unmarked(path: String, size: UInt64)
    /// The counter was made for something else, or by other rules.
    case otherPurpose(path: String)
    /// The file changed its size while this process held it: somebody does not keep to the lock.
    case interference(path: String, size: UInt64, expected: UInt64)
    /// The thread that reserves values ahead cannot be started.
    case threadNotStarted(path: String, ErrorNumber)
    /// No value is left below 2^63 less one block.
    case usedUp(path: String)

    /// One line that says what was found, where, and what to do about it.
    public var description: String {
        switch self {
        case .file(let error):
            "\(error)"
        case .cut(let path, let size, let least):
            "'\(path)' has \(size) bytes and once had \(least): it was cut, and values would come "
                + "again; make a new file that starts above the highest value that is known"
        case .unmarked(let path, let size):
            "'\(path)' (\(size) bytes) does not begin with the mark of a counter: it is another "
                + "kind of file, or damaged"
        case .otherPurpose(let path):
            "'\(path)' is a counter for something else, or was made with other parameters"
        case .interference(let path, let size, let expected):
            "'\(path)' has \(size) bytes where this process left \(expected): somebody changes it "
                + "without its lock"
        case .threadNotStarted(let path, let number):
            "cannot start the thread that reserves values of '\(path)' ahead: \(number)"
        case .usedUp(let path):
            "'\(path)' has given out every value that a file's size can hold"
        }
    }
}
