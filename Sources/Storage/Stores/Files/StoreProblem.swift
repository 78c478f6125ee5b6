/// What is wrong with what a store finds in its files, or with what it was asked.
public enum StoreProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes at `offset` are not what a store wrote there; `why` names what does not hold.
    case damaged(offset: UInt64, why: String)
    /// The file is too short, or is not there, though other files of the store rely on it.
    case missing(why: String)
    /// The file has a format that this reader does not know.
    case unknownFormat(why: String)
    /// The store was made with other settings than it was opened with.
    case mismatch(why: String)
    /// The store is encrypted under another key than the one it was opened with.
    case wrongKey(stored: KeyIdentifier, given: KeyIdentifier)
    /// What is encrypted at `offset` does not open under the right key: it was tampered with, or
    /// moved from another place.
    case tampered(offset: UInt64)
    /// A key, a value, a name or a page's content is longer than the format can hold, in bytes.
    case tooLong(what: String, count: Int, limit: Int)
    /// There is no place left in the store, however much room the file system has.
    case full(why: String)
    /// A name or a number that the store does not have.
    case unknown(what: String)

    /// What is wrong, without the file's name.
    public var description: String {
        switch self {
        case .damaged(let offset, let why): "damaged at offset \(offset): \(why)"
        case .missing(let why), .mismatch(let why), .full(let why): why
        case .unknownFormat(let why): "not of a format that this version reads: \(why)"
        case .wrongKey(let stored, let given):
            "encrypted under the key \(stored), and opened with the key \(given)"
        case .tampered(let offset):
            "tampered with at offset \(offset): what is encrypted there does not open"
        case .tooLong(let what, let count, let limit):
            "\(what) of \(count) bytes is longer than \(limit)"
        case .unknown(let what): "there is no \(what)"
        }
    }
}
