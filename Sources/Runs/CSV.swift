/// Comma-separated values as RFC 4180 has them: fields quoted where they must be, lines ended by
/// a line feed (accepted with or without a carriage return before it).
public enum CSV {
    /// Why a text is not the table that was expected.
    public struct Malformed: Error, CustomStringConvertible {
        /// The line on which the bad record starts, from 1.
        public let line: Int
        /// What was found and what was expected.
        public let reason: String
        /// `line N: reason`.
        public var description: String { "line \(line): \(reason)" }
    }

    /// One record with the line it starts on.
    public struct Record: Sendable {
        /// The line, from 1.
        public let line: Int
        /// The fields.
        public let fields: [String]
    }

    /// `fields` as one line, with its line feed.
    public static func line(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: ",") + "\n"
    }

    /// The records of `text`, all of them with as many fields as `header`, which must be the first
    /// record.
    public static func records(
        of text: String, header: [String]
    ) throws(Malformed) -> [Record] {
        let records = try parse(text)
        guard let first = records.first, first.fields == header else {
            let expected = header.joined(separator: ",")
            throw Malformed(
                line: 1,
                reason: "the header is '\(records.first?.fields.joined(separator: ",") ?? "")', "
                    + "expected '\(expected)'")
        }
        for record in records where record.fields.count != header.count {
            throw Malformed(
                line: record.line,
                reason: "the record has \(record.fields.count) fields, expected \(header.count)")
        }
        return Array(records.dropFirst())
    }

    private static func quoted(_ field: String) -> String {
        let bytes = field.utf8
        let special = bytes.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
        guard special else { return field }
        var result = "\""
        for character in field.unicodeScalars {
            if character == "\"" {
                result += "\"\""
            } else {
                result.unicodeScalars.append(character)
            }
        }
        return result + "\""
    }

    private static func parse(_ text: String) throws(Malformed) -> [Record] {
        var parser = Parser(Array(text.utf8))
        var records: [Record] = []
        while let record = try parser.next() { records.append(record) }
        return records
    }

    /// Reads bytes: the characters that structure a record are ASCII, and bytes make a file of a
    /// million samples quick to read.
    private struct Parser {
        let bytes: [UInt8]
        var position = 0
        var line = 1

        init(_ bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() throws(Malformed) -> Record? {
            guard position < bytes.count else { return nil }
            let start = line
            var fields: [String] = []
            while true {
                fields.append(try field(of: start))
                guard position < bytes.count else {
                    throw Malformed(line: start, reason: "the file ends within a record")
                }
                let separator = bytes[position]
                position += 1
                if separator == 0x2C { continue }
                if separator == 0x0D, position < bytes.count, bytes[position] == 0x0A {
                    position += 1
                } else if separator != 0x0A {
                    throw Malformed(line: line, reason: "a quoted field is followed by text")
                }
                line += 1
                return Record(line: start, fields: fields)
            }
        }

        private mutating func field(of start: Int) throws(Malformed) -> String {
            guard position < bytes.count, bytes[position] == 0x22 else {
                let from = position
                while position < bytes.count, ![0x2C, 0x0A, 0x0D].contains(bytes[position]) {
                    position += 1
                }
                return String(decoding: bytes[from..<position], as: UTF8.self)
            }
            position += 1
            var content: [UInt8] = []
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == 0x22 {
                    guard position < bytes.count, bytes[position] == 0x22 else {
                        return String(decoding: content, as: UTF8.self)
                    }
                    position += 1
                } else if byte == 0x0A {
                    line += 1
                }
                content.append(byte)
            }
            throw Malformed(line: start, reason: "a quoted field is not closed")
        }
    }
}
