/// Goes through the records of a table without making a string of every field.
///
/// Reads bytes: the characters that structure a record are ASCII, and a file of a million samples, most
/// of whose fields repeat, is read quickly when only those that changed are looked at.
struct CSVScanner {
    private let bytes: [UInt8]
    private let columns: Int
    private var position = 0
    private var line = 1
    /// The line on which the current record starts.
    private(set) var start = 1
    /// Where its fields lie, quotes included.
    private(set) var fields: [Range<Int>] = []

    /// A scanner that stands before the first record below `header`, which the bytes must start with.
    init(_ bytes: [UInt8], header: [String]) throws(CSV.Malformed) {
        self.bytes = bytes
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
        guard position < bytes.count else { return false }
        start = line
        fields.removeAll(keepingCapacity: true)
        while true {
            fields.append(try field())
            guard position < bytes.count else {
                throw CSV.Malformed(line: start, reason: "the file ends within a record")
            }
            let separator = bytes[position]
            position += 1
            if separator == 0x2C { continue }
            if separator == 0x0D, position < bytes.count, bytes[position] == 0x0A {
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
        guard position < bytes.count, bytes[position] == 0x22 else {
            while position < bytes.count {
                let byte = bytes[position]
                if byte == 0x2C || byte == 0x0A || byte == 0x0D { break }
                position += 1
            }
            return from..<position
        }
        position += 1
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 0x22 {
                guard position < bytes.count, bytes[position] == 0x22 else {
                    return from..<position
                }
                position += 1
            } else if byte == 0x0A {
                line += 1
            }
        }
        throw CSV.Malformed(line: start, reason: "a quoted field is not closed")
    }
}
