/// Why a run's folder could not be written or read.
public enum RunError: Error, CustomStringConvertible {
    /// The system refused an operation on a path.
    case system(operation: String, path: String, reason: String)
    /// A file that a run's folder must hold is not there.
    case missing(path: String)
    /// A file does not hold what it should.
    case damaged(path: String, reason: String)
    /// A file's bytes are not those whose sum the folder keeps.
    case altered(path: String, sums: String)
    /// The folder is a reference: raw files were left out of it on purpose.
    case leftOut(folder: String, file: String)
    /// The folder was written by a version that this one does not understand.
    case unknownSchema(path: String, found: String, expected: String)

    /// One line: what, where, what was expected.
    public var description: String {
        switch self {
        case .system(let operation, let path, let reason):
            "cannot \(operation) '\(path)': \(reason)"
        case .missing(let path): "'\(path)' is missing; a run's folder must hold it"
        case .damaged(let path, let reason): "'\(path)' is damaged: \(reason)"
        case .altered(let path, let sums):
            "'\(path)' is not what was written: its SHA-256 sum is not that of \(sums)"
        case .leftOut(let folder, let file):
            "'\(folder)' is a reference without \(file), which was left out on purpose; expected "
                + "the folder of a run with its samples ('report' and 'validate --from' read "
                + "references)"
        case .unknownSchema(let path, let found, let expected):
            "'\(path)' has schema '\(found)'; this version reads '\(expected)'"
        }
    }
}
