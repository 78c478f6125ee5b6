import Measurement

extension Figure {
    /// The rows of the `results.csv` in `bytes`.
    static func figures(in bytes: [UInt8]) throws(CSV.Malformed) -> [Figure] {
        var figures: [Figure] = []
        for record in try CSV.records(of: bytes, header: header) {
            figures.append(try Figure(record))
        }
        return figures
    }

    private init(_ record: CSV.Record) throws(CSV.Malformed) {
        let fields = record.fields
        func bad(_ column: Int, _ expected: String) -> CSV.Malformed {
            CSV.Malformed(
                line: record.line,
                reason: "\(Figure.header[column]) is '\(fields[column])', expected \(expected)")
        }
        func number(_ column: Int) throws(CSV.Malformed) -> Double? {
            guard !fields[column].isEmpty else { return nil }
            guard let value = Double(fields[column]), value.isFinite else {
                throw bad(column, "a number or nothing")
            }
            return value
        }
        func count(_ column: Int) throws(CSV.Malformed) -> Int {
            guard let value = Int(fields[column]), value >= 0 else {
                throw bad(column, "a whole number from 0 on")
            }
            return value
        }
        let parameters: ParameterSet
        do {
            parameters = try ParameterSet(parsing: fields[2])
        } catch {
            throw bad(2, "key=value pairs joined by ';'")
        }
        let interval = (low: try number(8), high: try number(9))
        guard interval.low ?? 0 <= interval.high ?? .infinity else {
            throw bad(8, "at most ci_high, '\(fields[9])'")
        }
        self.init(
            run: fields[0], workload: fields[1], parameters: parameters, profile: fields[3],
            metric: fields[4], unit: fields[5], statistic: fields[6], value: try number(7),
            ciLow: interval.low, ciHigh: interval.high, confidence: try number(10),
            samples: try count(11), forks: try count(12), quality: fields[13])
    }
}
