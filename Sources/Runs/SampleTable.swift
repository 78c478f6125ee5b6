import Measurement

/// Reads the rows of `samples.csv` back.
struct SampleTable {
    /// Sizes outside of these are nobody's measurement, and their powers would overflow.
    private static let sizes = 1e-100...1e100

    private var scanner: CSVScanner
    /// What was made of the fields of the last record that name a series: most records repeat it.
    private var last: Series?
    private var known: [[ArraySlice<UInt8>]: Series] = [:]

    private struct Series {
        let raw: [ArraySlice<UInt8>]
        let key: FigureKey
        let unit: String
    }

    /// The columns that name a series.
    private static let naming = [0, 1, 2, 5, 6]

    /// The rows of the table in `bytes`, in their order.
    ///
    /// - Complexity: linear in the bytes.
    static func samples(in bytes: [UInt8]) throws(CSV.Malformed) -> [Sample] {
        var table = SampleTable(scanner: try CSVScanner(bytes, header: Sample.header))
        var samples: [Sample] = []
        while let line = try table.scanner.next() {
            samples.append(try table.sample(line))
        }
        return samples
    }

    private init(scanner: CSVScanner) { self.scanner = scanner }

    private mutating func sample(_ line: Int) throws(CSV.Malformed) -> Sample {
        let series = try series(line)
        func bad(_ what: String, _ text: String, _ expected: String) -> CSV.Malformed {
            CSV.Malformed(line: line, reason: "the \(what) is '\(text)', expected \(expected)")
        }
        let texts = (try scanner.text(3), try scanner.text(4), try scanner.text(7))
        guard let fork = Int(texts.0), fork >= 0 else {
            throw bad("fork", texts.0, "a whole number from 0 on")
        }
        guard let iteration = Int(texts.1) else {
            throw bad("iteration", texts.1, "a whole number")
        }
        guard let value = Double(texts.2), value.isFinite,
            value == 0 || SampleTable.sizes.contains(value.magnitude)
        else { throw bad("value", texts.2, "a number of a size from 1e-100 to 1e100, or 0") }
        return Sample(
            key: series.key, fork: fork, iteration: iteration, unit: series.unit, value: value)
    }

    private mutating func series(_ line: Int) throws(CSV.Malformed) -> Series {
        if let last, isNamed(last.raw) { return last }
        let raw = SampleTable.naming.map { scanner.raw($0) }
        if let series = known[raw] {
            last = series
            return series
        }
        let parameters: ParameterSet
        do {
            parameters = try ParameterSet(parsing: try scanner.text(1))
        } catch let invalid as ParameterSet.Invalid {
            throw CSV.Malformed(line: line, reason: "\(invalid)")
        } catch let malformed as CSV.Malformed {
            throw malformed
        } catch {
            throw CSV.Malformed(line: line, reason: "\(error)")
        }
        let series = Series(
            raw: raw,
            key: FigureKey(
                workload: try scanner.text(0), parameters: parameters,
                profile: try scanner.text(2), metric: try scanner.text(5)),
            unit: try scanner.text(6))
        known[raw] = series
        last = series
        return series
    }

    /// Whether the current record is of the series whose fields are `raw`.
    private func isNamed(_ raw: [ArraySlice<UInt8>]) -> Bool {
        for (place, index) in SampleTable.naming.enumerated()
        where scanner.raw(index) != raw[place] {
            return false
        }
        return true
    }
}
