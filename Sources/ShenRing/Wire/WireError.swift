/// Why bytes are not what they should be.
public enum WireError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes end within a field that begins at this place.
    case short(at: Int)
    /// So many bytes follow the last field.
    case trailing(Int)
    /// A message of a version that this program does not read.
    case version(UInt64)
    /// A field has a value that nothing has; what was read, and where the field begins.
    case value(UInt64, at: Int)
    /// A list of more than the bytes that are left can hold; its count, and where that stands.
    case count(UInt64, at: Int)
    /// The image of a state in it is none.
    case image(ImageError)

    /// One line: what was found, and what was expected.
    public var description: String {
        switch self {
        case .short(let place): "message: ends within the field at byte \(place)"
        case .trailing(let count): "message: \(count) bytes after its last field; expected none"
        case .version(let version): "message: version \(version), which is not read here"
        case .value(let value, let place): "message: \(value) at byte \(place) stands for nothing"
        case .count(let count, let place):
            "message: a count of \(count) at byte \(place); expected no more than follow"
        case .image(let error): "message: \(error)"
        }
    }
}
