import Foundation
import Glibc

/// Names of the files in a run's folder, and the few ways in which they are written.
public enum RunFiles {
    /// What was run and how.
    public static let manifest = "manifest.json"
    /// The machine.
    public static let environment = "environment.json"
    /// Every raw sample.
    public static let samples = "samples.csv"
    /// Every figure, as a table and as JSON.
    public static let results = "results"
    /// Every verdict, as a table and as JSON.
    public static let verdicts = "verdicts"
    /// Known answers and whether they were met, in both forms; only in runs that have any.
    public static let expectations = "expectations"

    /// A JSON document of rows, with its schema.
    struct Table<Row: Encodable>: Encodable {
        let schema: String
        let rows: [Row]
    }

    /// Writes `results.csv`, `verdicts.csv` and, where there are any, `expectations.csv`.
    public static func writeTables(
        _ figures: [Figure], _ verdicts: [VerdictRecord], _ expected: [ExpectationRecord],
        in folder: String
    ) throws(RunError) {
        let rows = figures.map { CSV.line($0.fields) }.joined()
        try write(CSV.line(Figure.header) + rows, to: "\(folder)/\(results).csv")
        let judged = verdicts.map { CSV.line($0.fields) }.joined()
        try write(
            CSV.line(VerdictRecord.header) + judged, to: "\(folder)/\(Self.verdicts).csv")
        guard !expected.isEmpty else { return }
        let answers = expected.map { CSV.line($0.fields) }.joined()
        try write(
            CSV.line(ExpectationRecord.header) + answers, to: "\(folder)/\(expectations).csv")
    }

    /// Writes `results.json`, `verdicts.json` and, where there are any, `expectations.json`.
    public static func writeDocuments(
        _ figures: [Figure], _ verdicts: [VerdictRecord], _ expected: [ExpectationRecord],
        in folder: String
    ) throws(RunError) {
        try writeJSON(
            Table(schema: "nilometer/results/1", rows: figures), to: "\(folder)/\(results).json")
        try writeJSON(
            Table(schema: "nilometer/verdicts/1", rows: verdicts),
            to: "\(folder)/\(Self.verdicts).json")
        guard !expected.isEmpty else { return }
        try writeJSON(
            Table(schema: "nilometer/expectations/1", rows: expected),
            to: "\(folder)/\(expectations).json")
    }

    /// Stable JSON: sorted keys, indented, so that the same content gives the same bytes.
    public static func json(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + Data("\n".utf8)
    }

    /// Writes `value` as stable JSON, replacing the file at once.
    public static func writeJSON(_ value: some Encodable, to path: String) throws(RunError) {
        let data: Data
        do {
            data = try json(value)
        } catch {
            throw .damaged(path: path, reason: "it cannot be encoded: \(error)")
        }
        try write(data, to: path)
    }

    /// Writes a file under a temporary name and renames it, so that a reader sees the old content
    /// or the new, and a full disk leaves the old.
    public static func write(_ data: Data, to path: String) throws(RunError) {
        do {
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .system(operation: "write", path: path, reason: reason(error))
        }
    }

    /// Writes a text file as `write` does.
    public static func write(_ text: String, to path: String) throws(RunError) {
        try write(Data(text.utf8), to: path)
    }

    static func createDirectory(_ path: String) throws(RunError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .system(operation: "create the directory", path: path, reason: reason(error))
        }
    }

    static func append(
        _ data: Data, to handle: FileHandle, _ path: String
    ) throws(RunError) {
        let before = (try? handle.offset()) ?? 0
        do {
            try handle.write(contentsOf: data)
        } catch {
            // What fitted is cut off again: the file ends with a whole record.
            try? handle.truncate(atOffset: before)
            throw .system(operation: "append to", path: path, reason: reason(error))
        }
    }

    static func seekToEnd(_ handle: FileHandle, _ path: String) throws(RunError) {
        do {
            _ = try handle.seekToEnd()
        } catch {
            throw .system(operation: "seek in", path: path, reason: reason(error))
        }
    }

    static func rename(_ old: String, to new: String) throws(RunError) {
        // SAFETY: both paths are copied by the kernel during the call.
        guard unsafe Glibc.rename(old, new) == 0 else {
            throw .system(operation: "rename '\(old)' to", path: new, reason: errnoText())
        }
    }

    /// Replaces the symbolic link `latest` at once.
    static func pointLatest(in results: String, at name: String) throws(RunError) {
        let link = "\(results)/latest"
        let temporary = "\(results)/.latest.\(getpid())"
        // SAFETY: the paths are copied by the kernel during the calls.
        unsafe unlink(temporary)
        guard unsafe symlink(name, temporary) == 0 else {
            throw .system(operation: "create the link", path: temporary, reason: errnoText())
        }
        try rename(temporary, to: link)
    }

    static func errnoText() -> String {
        String(
            describing: POSIXErrorCode(rawValue: errno).map { POSIXError($0) }?.localizedDescription
                ?? "error \(errno)")
    }

    /// The system's own words for an error of Foundation.
    static func reason(_ error: any Error) -> String {
        let cocoa = error as NSError
        if let underlying = cocoa.userInfo[NSUnderlyingErrorKey] as? NSError {
            return underlying.localizedDescription
        }
        return cocoa.localizedDescription
    }
}
