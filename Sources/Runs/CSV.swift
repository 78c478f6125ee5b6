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
        try records(of: Array(text.utf8), header: header)
    }

    /// The records of a file's bytes, which must be UTF-8, likewise.
    static func records(of bytes: [UInt8], header: [String]) throws(Malformed) -> [Record] {
        var scanner = try CSVScanner(bytes, header: header)
        var records: [Record] = []
        while let line = try scanner.next() {
            var fields: [String] = []
            for index in header.indices { fields.append(try scanner.text(index)) }
            records.append(Record(line: line, fields: fields))
        }
        return records
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
}
