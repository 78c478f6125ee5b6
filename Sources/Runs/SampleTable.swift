import Glibc
import Measurement

/// Reads the rows of `samples.csv` back, from a file that is handed over in pieces.
///
/// The rows of a series follow each other, by the hundred, and differ in iteration and value alone: what
/// is before the iteration and between it and the value is compared as a whole with the row before, and
/// only a row that differs is looked at field by field.
struct SampleTable {
    /// Sizes outside of these are nobody's measurement, and their powers would overflow.
    private static let sizes = 1e-100...1e100

    private var scanner = CSVScanner()
    private var hasHeader = false
    /// Whether a record goes on behind all line feeds there are, as no file of ours has it: the rest is
    /// kept until all of it is there.
    private var waits = false
    private var found: [SampleSeries] = []
    private var known: [[[UInt8]]: Name] = [:]
    /// The series that the last row belongs to; `nil` before the first.
    private var current: Name?
    private var fork = 0
    /// The iteration that continues it.
    private var next = 0
    private var warmups = 0
    private var values: [Double] = []
    /// The bytes of the last row before its iteration, and between that and the value; empty where the
    /// next row has to be looked at field by field.
    private var start: [UInt8] = []
    private var middle: [UInt8] = []

    /// What rows are named by.
    private struct Name: Equatable {
        let key: FigureKey
        let unit: String
    }

    /// The columns that name a series.
    private static let naming = [0, 1, 2, 5, 6]

    /// Takes the next bytes of the file in.
    ///
    /// - Complexity: linear in the bytes.
    mutating func add(_ piece: some Collection<UInt8>) throws(CSV.Malformed) {
        scanner.append(piece)
        if !waits { try read(isLast: false) }
    }

    /// The series of the table, in their order. Of a file that `mayBeCut` what follows the last line
    /// feed is left out.
    mutating func finish(mayBeCut: Bool = false) throws(CSV.Malformed) -> [SampleSeries] {
        scanner.append([], isLast: !mayBeCut)
        try read(isLast: true)
        if current != nil, next < 0, !mayBeCut {
            throw missing("the file ends before iteration -1 of a warm-up", scanner.line)
        }
        close()
        return found
    }

    private mutating func read(isLast: Bool) throws(CSV.Malformed) {
        if !hasHeader {
            guard isLast || !scanner.isAtEnd else { return }
            try scanner.readHeader(SampleSeries.header)
            hasHeader = true
        }
        while !scanner.isAtEnd {
            passAlike()
            do {
                if let line = try scanner.next() { try take(line) }
            } catch {
                guard scanner.ranOut, !isLast else { throw error }
                scanner.goBack()
                waits = true
                return
            }
        }
    }
}

extension SampleTable {
    /// Passes the rows that go on with the series as the last one did, up to the first that has to be
    /// looked at.
    private mutating func passAlike() {
        let bytes = scanner.bytes
        var position = scanner.position
        var count = 0
        while !start.isEmpty, SampleTable.holds(bytes, start, at: position) {
            var place = position + start.count
            guard DecimalNumber.signed(in: bytes, &place) == next,
                SampleTable.holds(bytes, middle, at: place),
                let number = DecimalNumber(in: bytes, from: place + middle.count),
                number.end < bytes.count, bytes[number.end] == 0x0A,
                SampleTable.isMeasured(number.value)
            else { break }
            keep(number.value)
            position = number.end + 1
            count += 1
        }
        if count > 0 { scanner.pass(count, to: position) }
    }

    /// Whether `part` stands at `position`.
    private static func holds(_ bytes: [UInt8], _ part: [UInt8], at position: Int) -> Bool {
        guard bytes.count - position >= part.count else { return false }
        // SAFETY: both buffers are valid for the closures, and both hold `part.count` bytes from where
        // they are compared.
        return unsafe bytes.withUnsafeBytes { all in
            unsafe part.withUnsafeBytes { own in
                guard let first = own.baseAddress, let from = all.baseAddress else {
                    return true
                }
                return unsafe memcmp(from + position, first, own.count) == 0
            }
        }
    }

    private static func isMeasured(_ value: Double) -> Bool {
        value == 0 || sizes.contains(value.magnitude)
    }

    private mutating func keep(_ value: Double) {
        values.append(value)
        if next < 0 { warmups += 1 }
        next += 1
    }

    /// Takes the row that the scanner is at, field by field.
    private mutating func take(_ line: Int) throws(CSV.Malformed) {
        let name = try name(line)
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
        guard let value = Double(texts.2), value.isFinite, SampleTable.isMeasured(value) else {
            throw bad("value", texts.2, "a number of a size from 1e-100 to 1e100, or 0")
        }
        if current != name || self.fork != fork || iteration != next {
            try begin(name, fork, iteration, line)
        }
        keep(value)
        remember()
    }

    /// Begins a series with the row on `line`: it is of another one than the row before, or starts anew.
    private mutating func begin(
        _ name: Name, _ fork: Int, _ iteration: Int, _ line: Int
    ) throws(CSV.Malformed) {
        let isSame = current == name && self.fork == fork
        if isSame, iteration > 0 || next < 0 {
            throw missing("the iteration is '\(iteration)', expected \(next)", line)
        }
        if current != nil, next < 0 {
            throw missing("the row before has iteration \(next - 1), expected \(next) here", line)
        }
        if iteration > 0 {
            throw missing("the iteration is '\(iteration)', expected 0 or a warm-up's", line)
        }
        close()
        current = name
        self.fork = fork
        next = iteration
    }

    private func missing(_ what: String, _ line: Int) -> CSV.Malformed {
        CSV.Malformed(line: line, reason: "\(what): a line is missing or out of its place")
    }

    private mutating func close() {
        guard let current else { return }
        found.append(
            SampleSeries(
                key: current.key, fork: fork, unit: current.unit,
                warmup: Array(values[..<warmups]), samples: Array(values[warmups...])))
        values.removeAll(keepingCapacity: true)
        warmups = 0
        self.current = nil
    }

    /// Keeps what the next row has to start with to be passed.
    private mutating func remember() {
        guard scanner.isOneLine else {
            start = []
            return
        }
        let (iteration, value) = (scanner.fields[4], scanner.fields[7])
        start = Array(scanner.bytes[scanner.origin..<iteration.lowerBound])
        middle = Array(scanner.bytes[iteration.upperBound..<value.lowerBound])
    }

    /// What the current record is named by.
    private mutating func name(_ line: Int) throws(CSV.Malformed) -> Name {
        let raw = SampleTable.naming.map { Array(scanner.raw($0)) }
        if let name = known[raw] { return name }
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
        let name = Name(
            key: FigureKey(
                workload: try scanner.text(0), parameters: parameters,
                profile: try scanner.text(2), metric: try scanner.text(5)),
            unit: try scanner.text(6))
        known[raw] = name
        return name
    }
}
