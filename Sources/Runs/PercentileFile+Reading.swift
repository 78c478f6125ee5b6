import Measurement

extension PercentileFile {
    /// Reads the text of a file that `text` wrote.
    ///
    /// Everything is checked: columns, order, the percentiles and the footer against the counts;
    /// so a file that was cut or altered is refused, with the line.
    ///
    /// - Parameter file: what error messages call the file.
    public init(parsing text: String, file: String) throws(Malformed) {
        var reader = Reader(text, file: file)
        try reader.readHeading()
        var buckets: [LatencyDistribution.Bucket] = []
        var rows: [(line: Int, row: Row)] = []
        while let (line, fields) = reader.nextRow() {
            let row = try reader.row(fields, line: line)
            let before = rows.last?.row
            guard row.picoseconds > before?.picoseconds ?? 0 || before == nil else {
                throw reader.bad(line, "the value is not above that of the row before")
            }
            guard row.below > before?.below ?? 0 else {
                throw reader.bad(line, "the count is not above that of the row before")
            }
            let count = row.below - (before?.below ?? 0)
            buckets.append(.init(picoseconds: row.picoseconds, count: count))
            rows.append((line, row))
        }
        let footerLine = reader.position + 1
        let overflow = try reader.overflow(after: rows.last?.row.below ?? 0)
        let distribution = LatencyDistribution(buckets: buckets, overflow: overflow)
        guard distribution.buckets == buckets else {
            throw reader.bad(
                footerLine, "a value is not the end of one of HdrHistogram's buckets")
        }
        self.init(distribution)
        try reader.compare(self.text)
    }

    private struct Row {
        let picoseconds: UInt64
        let below: UInt64
    }

    /// Goes through the lines of a file.
    private struct Reader {
        /// More than anything can count in a lifetime, and few enough to add up counts of many files.
        static let greatestCount: UInt64 = 1 << 53

        let file: String
        let lines: [Substring]
        var position = 0

        init(_ text: String, file: String) {
            self.file = file
            lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        }

        func bad(_ line: Int, _ reason: String) -> Malformed {
            Malformed(file: file, line: line, reason: reason)
        }

        mutating func readHeading() throws(Malformed) {
            let columns = lines.first?.split(separator: " ") ?? []
            guard columns == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"] else {
                throw bad(
                    1,
                    "expected the columns 'Value Percentile TotalCount 1/(1-Percentile)', "
                        + "found '\(lines.first ?? "")'")
            }
            guard lines.count > 1, lines[1].isEmpty else {
                throw bad(2, "expected an empty line after the columns")
            }
            position = 2
        }

        /// The next line that is not of the footer.
        mutating func nextRow() -> (line: Int, fields: [Substring])? {
            guard position < lines.count, !lines[position].hasPrefix("#"),
                !(lines[position].isEmpty && position == lines.count - 1)
            else { return nil }
            position += 1
            return (position, lines[position - 1].split(separator: " "))
        }

        func row(_ fields: [Substring], line: Int) throws(Malformed) -> Row {
            guard (3...4).contains(fields.count) else {
                throw bad(line, "the row has \(fields.count) columns, expected 3 or 4")
            }
            guard let picoseconds = Reader.picoseconds(fields[0]) else {
                throw bad(
                    line,
                    "the value is '\(fields[0])', expected nanoseconds with three decimals")
            }
            guard let below = UInt64(fields[2]), below <= Reader.greatestCount else {
                throw bad(
                    line,
                    "the count is '\(fields[2])', expected a whole number up to "
                        + "\(Reader.greatestCount)")
            }
            return Row(picoseconds: picoseconds, below: below)
        }

        private static func picoseconds(_ text: Substring) -> UInt64? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].count == 3,
                parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } })
            else { return nil }
            return UInt64(parts[0] + parts[1])
        }

        /// The overflow that the footer names; the rows end with `recorded` values.
        func overflow(after recorded: UInt64) throws(Malformed) -> UInt64 {
            for (index, line) in lines.enumerated().dropFirst(position)
            where line.hasPrefix("#[Overflow") {
                let digits = line.filter { $0.isASCII && $0.isNumber }
                guard let overflow = UInt64(digits), overflow <= Reader.greatestCount - recorded
                else { throw bad(index + 1, "the overflow is not a count") }
                return overflow
            }
            return 0
        }

        /// Checks that the file is what the writer makes of the rows and the overflow read.
        func compare(_ written: String) throws(Malformed) {
            let expected = written.split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in expected.enumerated() {
                guard index < lines.count else {
                    throw bad(lines.count, "the file ends here, expected '\(line)'")
                }
                guard lines[index] == line else {
                    throw bad(index + 1, "found '\(lines[index])', expected '\(line)'")
                }
            }
            guard lines.count == expected.count else {
                throw bad(expected.count, "the file goes on after its footer")
            }
        }
    }
}
