import Storage

/// What the headers of all the log's files have in common: eight letters, the version of the format, the
/// header's size, and at the header's end an XXH3-64 of all before.
enum FileFormat {
    /// Begins a header of `size` bytes.
    static func begin(_ magic: String, version: UInt32, size: Int) -> [UInt8] {
        var bytes = Array(magic.utf8)
        bytes.append(number: version)
        bytes.append(number: UInt32(size))
        return bytes
    }

    /// Fills a header up with zeroes to `size` bytes, the checksum among them.
    static func finish(_ bytes: inout [UInt8], size: Int) {
        precondition(bytes.count <= size - 8, "\(bytes.count) bytes in a header of \(size)")
        while bytes.count < size - 8 { bytes.append(0) }
        bytes.append(number: ContentHash.of(bytes.span))
    }

    /// Checks the first `size` bytes of a file.
    static func check(
        _ bytes: Span<UInt8>, magic: String, version: UInt32, size: Int
    ) throws(StoreProblem) {
        guard bytes.count >= size else {
            throw .missing(why: "\(bytes.count) bytes, and such a file begins with \(size)")
        }
        guard bytes.begins(with: Array(magic.utf8).span) else {
            throw .unknownFormat(why: "it does not begin with \(magic)")
        }
        // A version of the future may have its checksum elsewhere.
        let found = bytes.number(UInt32.self, at: 8)
        guard found == version else {
            throw .unknownFormat(why: "version \(found), and \(version) is known")
        }
        let sum = ContentHash.of(bytes.extracting(0..<size - 8))
        guard bytes.number(UInt64.self, at: size - 8) == sum else {
            throw .damaged(offset: 0, why: "the header's checksum does not hold")
        }
        guard bytes.number(UInt32.self, at: 12) == UInt32(size) else {
            throw .unknownFormat(
                why: "a header of \(bytes.number(UInt32.self, at: 12)) bytes, not of \(size)")
        }
    }
}
