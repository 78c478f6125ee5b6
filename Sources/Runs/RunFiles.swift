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

    /// A file of a run's folder before it is written.
    public struct Content: Sendable {
        /// Path within the folder.
        public let path: String
        /// What the file holds.
        public let data: Data

        /// A file.
        public init(path: String, data: Data) {
            self.path = path
            self.data = data
        }

        /// A file of text.
        public init(path: String, text: String) {
            self.init(path: path, data: Data(text.utf8))
        }
    }

    /// `results.csv`, `verdicts.csv` and, where there are any, `expectations.csv`.
    public static func tables(
        _ figures: [Figure], _ verdicts: [VerdictRecord], _ expected: [ExpectationRecord]
    ) -> [Content] {
        func table(_ name: String, _ header: [String], _ rows: [[String]]) -> Content {
            Content(path: "\(name).csv", text: ([header] + rows).map(CSV.line).joined())
        }
        var tables = [
            table(results, Figure.header, figures.map(\.fields)),
            table(Self.verdicts, VerdictRecord.header, verdicts.map(\.fields)),
        ]
        if !expected.isEmpty {
            tables.append(table(expectations, ExpectationRecord.header, expected.map(\.fields)))
        }
        return tables
    }

    /// `results.json`, `verdicts.json` and, where there are any, `expectations.json`.
    public static func documents(
        _ figures: [Figure], _ verdicts: [VerdictRecord], _ expected: [ExpectationRecord]
    ) throws -> [Content] {
        func document(_ name: String, _ rows: [some Encodable]) throws -> Content {
            Content(
                path: "\(name).json",
                data: try json(Table(schema: "nilometer/\(name)/1", rows: rows)))
        }
        var documents = [try document(results, figures), try document(Self.verdicts, verdicts)]
        if !expected.isEmpty { documents.append(try document(expectations, expected)) }
        return documents
    }

    /// Stable JSON: sorted keys, indented, so that the same content gives the same bytes.
    public static func json(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value) + Data("\n".utf8)
    }

    /// The value that `text` is the JSON of.
    static func decoded<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
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
