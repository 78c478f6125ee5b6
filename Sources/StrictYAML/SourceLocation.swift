/// Where a value was written, so that a message about it can be acted on.
public enum SourceLocation: Hashable, Sendable, CustomStringConvertible {
    /// A place in a file; lines and columns count from 1.
    case place(file: String, line: Int, column: Int)
    /// A file or directory as a whole.
    case file(String)
    /// A part of the command line, such as `--set nodes=10`.
    case option(String)

    /// `FILE:LINE:COLUMN`, the file, or the option.
    public var description: String {
        switch self {
        case .place(let file, let line, let column): "\(file):\(line):\(column)"
        case .file(let file): file
        case .option(let option): option
        }
    }
}

extension SourceLocation: Comparable {
    /// Orders places by file, line and column; files come before places, options after them.
    public static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        left.sortKey < right.sortKey
    }

    private var sortKey: (Int, String, Int, Int) {
        switch self {
        case .file(let file): (0, file, 0, 0)
        case .place(let file, let line, let column): (1, file, line, column)
        case .option(let option): (2, option, 0, 0)
        }
    }
}

/// A value with the place that it was read from.
public struct Located<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// Where it was written.
    public let location: SourceLocation

    /// A value from a place.
    public init(_ value: Value, at location: SourceLocation) {
        self.value = value
        self.location = location
    }
}
