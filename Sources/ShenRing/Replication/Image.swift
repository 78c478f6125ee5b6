/// Why bytes are not an image of a state.
public enum ImageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes end within a field that begins at this place.
    case short(at: Int)
    /// Bytes follow the last field.
    case trailing(Int)
    /// The image is of a version that this program does not read.
    case version(UInt64)
    /// A field has a value that no state has; what was read, and where the field begins.
    case value(UInt64, at: Int)

    /// One line: what was found and what was expected.
    public var description: String {
        switch self {
        case .short(let place): "image: ends within the field at byte \(place)"
        case .trailing(let count): "image: \(count) bytes after its last field; expected none"
        case .version(let version): "image: version \(version); expected 1"
        case .value(let value, let place): "image: \(value) at byte \(place) stands for nothing"
        }
    }
}

/// Writes fields one after the other: numbers as eight bytes, little end first; bytes after their
/// count.
struct ImageWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ number: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(shift)))
        }
    }

    mutating func write(_ field: [UInt8]) {
        write(UInt64(field.count))
        bytes += field
    }

    /// Nothing as 0; something as 1 and its bytes.
    mutating func write(optional field: [UInt8]?) {
        write(field == nil ? 0 : 1)
        if let field { write(field) }
    }
}

/// Reads what an `ImageWriter` wrote, and never beyond the end, whatever the bytes say.
struct ImageReader {
    private let bytes: [UInt8]
    private(set) var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func number() throws(ImageError) -> UInt64 {
        guard bytes.count - place >= 8 else { throw .short(at: place) }
        var number: UInt64 = 0
        for offset in 0..<8 { number |= UInt64(bytes[place + offset]) << UInt64(8 * offset) }
        place += 8
        return number
    }

    mutating func field() throws(ImageError) -> [UInt8] {
        let start = place
        let count = try number()
        guard count <= UInt64(bytes.count - place) else { throw .short(at: start) }
        defer { place += Int(count) }
        return Array(bytes[place..<place + Int(count)])
    }

    mutating func optionalField() throws(ImageError) -> [UInt8]? {
        let start = place
        switch try number() {
        case 0: return nil
        case 1: return try field()
        case let other: throw .value(other, at: start)
        }
    }

    /// A count of things that take at least `least` bytes each: what is left bounds it, so that a
    /// wrong one does not reserve memory.
    mutating func count(least: Int) throws(ImageError) -> Int {
        let start = place
        let count = try number()
        guard count <= UInt64((bytes.count - place) / least) else { throw .value(count, at: start) }
        return Int(count)
    }

    func end() throws(ImageError) {
        guard place == bytes.count else { throw .trailing(bytes.count - place) }
    }
}
