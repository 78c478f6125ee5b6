import Hardware
import ShenRing

/// What a pool's controller came to for a workload on a machine, for the next start.
public struct LearntConfiguration: Sendable, Equatable {
    /// The workload, by the name that the program gives it.
    public var workload: String
    /// The machine, as `digest(of:)` has it.
    public var machine: String
    /// The settings under which most was done.
    public var settings: LoadSettings
    /// Messages a second while they held.
    public var throughput: Double
    /// How many readings they are founded on.
    public var readings: Int

    /// Memberwise. The name of the workload is one line of text, not empty, and that of the machine
    /// one line; numbers are none that `init(parsing:)` refuses. Anything else is a programmer's
    /// mistake.
    public init(
        workload: String, machine: String, settings: LoadSettings, throughput: Double,
        readings: Int
    ) {
        precondition(Self.isName(workload), "'\(workload)' is no name of a workload")
        precondition(!machine.contains(where: \.isNewline), "'\(machine)' is no machine's name")
        precondition(
            settings.workers > 0 && settings.batch > 0 && throughput.isFinite && throughput >= 0
                && readings >= 0,
            "\(settings) with \(throughput) messages a second in \(readings) readings")
        self.workload = workload
        self.machine = machine
        self.settings = settings
        self.throughput = throughput
        self.readings = readings
    }

    /// Whether a text can name a workload.
    static func isName(_ workload: String) -> Bool {
        !workload.isEmpty && !workload.contains(where: \.isNewline)
    }

    /// What tells machines apart on which another configuration may be right: the facts that must
    /// agree for figures to be comparable. 16 hexadecimal digits.
    public static func digest(of fingerprint: Fingerprint) -> String {
        let facts: [String?] = [
            fingerprint.processorModel, fingerprint.usableCores.map { "\($0)" },
            fingerprint.simultaneousMultithreading.map { "\($0)" },
            fingerprint.kernelMajorVersion.map { "\($0)" }, fingerprint.virtualisation,
        ]
        return hexadecimal(hash(facts.map { $0 ?? "" }.joined(separator: "\n")))
    }

    /// The first line of a file of the form that this version writes and reads.
    static let schema = "nilometer/learnt/1"

    /// The text of the file: lines of a key and a value, and a checksum in the last.
    public var text: String {
        let body = """
            \(Self.schema)
            workload \(workload)
            machine \(machine)
            workers \(settings.workers)
            batch \(settings.batch)
            wait \(settings.wait.rawValue)
            throughput \(throughput)
            readings \(readings)

            """
        return body + "checksum \(Self.hexadecimal(Self.hash(body)))\n"
    }

    /// Why a text is no learnt configuration.
    public enum Flaw: Error, Equatable, Sendable, CustomStringConvertible {
        /// Its first line names another schema.
        case unknownSchema(String)
        /// A line is not as it has to be; lines count from 1.
        case unexpected(line: Int, expected: String)
        /// It was altered, or cut.
        case wrongChecksum
        /// It could not be read.
        case unreadable(DurableFileError)

        /// One line for a person.
        public var description: String {
            switch self {
            case .unknownSchema(let schema):
                "its schema is '\(schema)', and this version reads '\(LearntConfiguration.schema)'"
            case .unexpected(let line, let expected): "line \(line): expected \(expected)"
            case .wrongChecksum: "it was altered or cut"
            case .unreadable(let error): "\(error)"
            }
        }
    }

    /// Reads the text of a file.
    public init(parsing text: String) throws(Flaw) {
        var lines = LineReader(text)
        let schema = lines.next()
        guard schema == Self.schema else { throw .unknownSchema(String(schema.prefix(60))) }
        guard let end = text.lastLine(from: "checksum "),
            text[end...] == "checksum \(Self.hexadecimal(Self.hash(String(text[..<end]))))\n"
        else { throw .wrongChecksum }
        workload = try lines.value("workload") { $0.isEmpty ? nil : $0 }
        machine = try lines.value("machine") { $0 }
        settings = LoadSettings(
            workers: try lines.value("workers") { Int($0).flatMap { $0 > 0 ? $0 : nil } },
            batch: try lines.value("batch") { Int($0).flatMap { $0 > 0 ? $0 : nil } },
            wait: try lines.value("wait") { Profile.WaitStrategy(rawValue: $0) })
        throughput = try lines.value("throughput") {
            Double($0).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        }
        readings = try lines.value("readings") { Int($0).flatMap { $0 >= 0 ? $0 : nil } }
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    static func hash(_ text: String) -> UInt64 {
        KeyHash.position(of: text)
    }
}

/// Lines of a key and a value.
private struct LineReader {
    private var lines: [Substring]
    private var number = 0

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    mutating func next() -> String {
        number += 1
        return number <= lines.count ? String(lines[number - 1]) : ""
    }

    mutating func value<Value>(
        _ key: String, _ read: (String) -> Value?
    ) throws(LearntConfiguration.Flaw) -> Value {
        let line = next()
        guard line.hasPrefix("\(key) "), let value = read(String(line.dropFirst(key.count + 1)))
        else { throw .unexpected(line: number, expected: "'\(key)' and its value") }
        return value
    }
}

extension String {
    /// Where the last line that begins so begins.
    fileprivate func lastLine(from start: String) -> String.Index? {
        var line = startIndex
        var found: String.Index?
        while line < endIndex {
            if self[line...].hasPrefix(start) { found = line }
            line = self[line...].firstIndex(of: "\n").map { index(after: $0) } ?? endIndex
        }
        return found
    }
}
