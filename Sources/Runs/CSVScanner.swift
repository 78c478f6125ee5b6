/// Goes through the records of a table without making a string of every field.
///
/// Reads bytes: the characters that structure a record are ASCII, and a file of a million samples, most
/// of whose fields repeat, is read quickly when only those that changed are looked at.
struct CSVScanner {
    private(set) var bytes: [UInt8]
    /// Where the next record starts.
    private(set) var position = 0
    /// Where the bytes end that may be looked at.
    private var end: Int
    private var columns = 0
    /// The line after the last record that was passed.
    private(set) var line = 1
    /// Where the current record starts, and on which line.
    private(set) var origin = 0
    private(set) var start = 1
    /// Where its fields lie, quotes included.
    private(set) var fields: [Range<Int>] = []
    /// Whether the bytes ended before the record that was looked for did.
    private(set) var ranOut = false

    /// A scanner that stands before the first record below `header`, which the bytes must start with.
    init(_ bytes: [UInt8], header: [String]) throws(CSV.Malformed) {
        self.bytes = bytes
        end = bytes.count
        try readHeader(header)
    }

    /// A scanner of a file that is handed over in pieces, its header first.
    init() {
        bytes = []
        end = 0
    }

    /// Whether all bytes were passed that may be looked at.
    var isAtEnd: Bool { position >= end }

    /// Forgets the records that were passed and takes further bytes in. They may be looked at up to
    /// their last line feed, or all of them when they are the last.
    mutating func append(_ more: some Collection<UInt8>, isLast: Bool = false) {
        bytes.removeSubrange(..<position)
        position = 0
        bytes += more
        end = isLast ? bytes.count : (bytes.lastIndex(of: 0x0A) ?? -1) + 1
    }

    /// Passes the header, which must be `header`: records have as many fields.
    mutating func readHeader(_ header: [String]) throws(CSV.Malformed) {
        columns = header.count
        guard !bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            throw CSV.Malformed(
                line: 1, reason: "the file starts with a byte-order mark, expected none")
        }
        var found: [String] = []
        if try scan() {
            for index in fields.indices { found.append(try text(index)) }
        }
        guard found == header else {
            throw CSV.Malformed(
                line: 1,
                reason: "the header is '\(found.joined(separator: ","))', "
                    + "expected '\(header.joined(separator: ","))'")
        }
    }

    /// Goes back to before the current record.
    mutating func goBack() {
        position = origin
        line = start
        ranOut = false
    }

    /// Passes records up to `position` that were read without a look at their fields: `count` of them,
    /// a line each.
    mutating func pass(_ count: Int, to position: Int) {
        self.position = position
        line += count
    }

    /// Goes to the next record and gives the line that it starts on; `nil` after the last one.
    mutating func next() throws(CSV.Malformed) -> Int? {
        guard try scan() else { return nil }
        guard fields.count == columns else {
            throw CSV.Malformed(
                line: start,
                reason: "the record has \(fields.count) fields, expected \(columns)")
        }
        return start
    }

    /// The field at `index` of the current record.
    func text(_ index: Int) throws(CSV.Malformed) -> String {
        let range = fields[index]
        let isQuoted = !range.isEmpty && bytes[range.lowerBound] == 0x22
        let content = isQuoted ? unquoted(range) : bytes[range]
        guard let text = String(validating: content, as: UTF8.self) else {
            throw CSV.Malformed(line: start, reason: "field \(index + 1) is not UTF-8")
        }
        return text
    }

    /// The bytes of the field at `index`, quotes included: equal ones are equal fields.
    func raw(_ index: Int) -> ArraySlice<UInt8> { bytes[fields[index]] }

    /// Whether the current record is a line of its own.
    var isOneLine: Bool { line == start + 1 }

    private func unquoted(_ range: Range<Int>) -> ArraySlice<UInt8> {
        var content: [UInt8] = []
        var isSecond = false
        for byte in bytes[(range.lowerBound + 1)..<(range.upperBound - 1)] {
            isSecond = byte == 0x22 && !isSecond
            if !isSecond { content.append(byte) }
        }
        return content[...]
    }

    /// Finds the fields of the next record; false after the last one.
    private mutating func scan() throws(CSV.Malformed) -> Bool {
        guard position < end else { return false }
        (start, origin) = (line, position)
        fields.removeAll(keepingCapacity: true)
        while true {
            fields.append(try field())
            guard position < end else {
                ranOut = true
                throw CSV.Malformed(line: start, reason: "the file ends within a record")
            }
            let separator = bytes[position]
            position += 1
            if separator == 0x2C { continue }
            if separator == 0x0D, position < end, bytes[position] == 0x0A {
                position += 1
            } else if separator != 0x0A {
                throw CSV.Malformed(line: line, reason: "a quoted field is followed by text")
            }
            line += 1
            return true
        }
    }

    private mutating func field() throws(CSV.Malformed) -> Range<Int> {
        let from = position
        guard position < end, bytes[position] == 0x22 else {
            while position < end {
                let byte = bytes[position]
                if byte == 0x2C || byte == 0x0A || byte == 0x0D { break }
                position += 1
            }
            return from..<position
        }
        position += 1
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == 0x22 {
                guard position < end, bytes[position] == 0x22 else {
                    return from..<position
                }
                position += 1
            } else if byte == 0x0A {
                line += 1
            }
        }
        ranOut = true
        throw CSV.Malformed(line: start, reason: "a quoted field is not closed")
    }
}
