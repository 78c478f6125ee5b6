import Foundation
import Measurement
import Runs

/// Why a baseline could not be kept, found or read.
public enum BaselineError: Error, Hashable, CustomStringConvertible {
    /// A name that cannot be a file's.
    case badName(String)
    /// There is one of that name already.
    case exists(path: String)
    /// There is none.
    case missing(path: String)
    /// The system refused an operation.
    case system(operation: String, path: String, reason: String)
    /// The file is of another schema.
    case unknownSchema(path: String, found: String, expected: String)
    /// The file does not hold what it should.
    case damaged(baseline: String, reason: String)

    /// One line: what, where, what was expected.
    public var description: String {
        switch self {
        case .badName(let name):
            "'\(name)' cannot be a baseline's name: expected 1 to 100 letters, digits, '.', '-' "
                + "and '_', the first a letter or a digit"
        case .exists(let path): "'\(path)' exists; --force replaces it"
        case .missing(let path): "there is no baseline '\(path)'"
        case .system(let operation, let path, let reason):
            "cannot \(operation) '\(path)': \(reason)"
        case .unknownSchema(let path, let found, let expected):
            "'\(path)' has schema '\(found)'; this version reads '\(expected)'"
        case .damaged(let baseline, let reason): "baseline '\(baseline)' is damaged: \(reason)"
        }
    }
}

/// A directory of baselines, a file `NAME.json` each.
public struct BaselineStore: Sendable {
    /// The directory; it need not exist until something is saved.
    public let directory: String

    /// The store in `directory`.
    public init(directory: String) { self.directory = directory }

    /// A file of the directory, read or not.
    public struct Entry: Sendable {
        /// The name, the file's without `.json`.
        public let name: String
        /// What it holds, or why it cannot be read.
        public let content: Result<Baseline, BaselineError>
    }

    /// Where the baseline `name` is or would be.
    public func path(of name: String) throws(BaselineError) -> String {
        let allowed = name.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || scalar == "." || scalar == "-" || scalar == "_")
        }
        guard allowed, (1...100).contains(name.utf8.count), let first = name.unicodeScalars.first,
            ![".", "-", "_"].contains(first)
        else { throw .badName(name) }
        return "\(directory)/\(name).json"
    }

    /// Keeps `baseline` under its name and gives the file's path. One that is there is replaced only
    /// when `replacing`, and at once: a failure leaves it.
    public func save(_ baseline: Baseline, replacing: Bool) throws(BaselineError) -> String {
        let path = try path(of: baseline.name)
        if !replacing, FileManager.default.fileExists(atPath: path) {
            throw .exists(path: path)
        }
        do {
            try KeptFile.write(baseline, to: path)
        } catch .system(let operation, let place, let reason) {
            throw .system(operation: operation, path: place, reason: reason)
        } catch {
            throw .system(operation: "write", path: path, reason: "\(error)")
        }
        return path
    }

    /// The baseline `name`.
    public func read(_ name: String) throws(BaselineError) -> Baseline {
        try BaselineStore.read(file: try path(of: name))
    }

    /// Removes the baseline `name`.
    public func remove(_ name: String) throws(BaselineError) {
        let path = try path(of: name)
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .system(operation: "remove", path: path, reason: error.localizedDescription)
        }
    }

    /// All files of the directory by name; none where there is no directory.
    public func entries() throws(BaselineError) -> [Entry] {
        guard FileManager.default.fileExists(atPath: directory) else { return [] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw .system(operation: "list", path: directory, reason: error.localizedDescription)
        }
        return names.filter { $0.hasSuffix(".json") && !$0.hasPrefix(".") }.sorted().map { file in
            Entry(
                name: String(file.dropLast(".json".count)),
                content: Result { () throws(BaselineError) in
                    try BaselineStore.read(file: "\(directory)/\(file)")
                })
        }
    }

    private struct SchemaTag: Decodable { let schema: String }

    /// The baseline in the file at `path`, which may lie anywhere.
    public static func read(file path: String) throws(BaselineError) -> Baseline {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .system(operation: "read", path: path, reason: error.localizedDescription)
        }
        guard let tag = try? JSONDecoder().decode(SchemaTag.self, from: data) else {
            throw .damaged(baseline: path, reason: "it is no JSON document with a schema")
        }
        guard tag.schema == Baseline.currentSchema else {
            throw .unknownSchema(
                path: path, found: tag.schema, expected: Baseline.currentSchema)
        }
        let baseline: Baseline
        do {
            baseline = try JSONDecoder().decode(Baseline.self, from: data)
        } catch {
            throw .damaged(baseline: path, reason: "\(error)".split(separator: "\n").joined())
        }
        for planned in baseline.workloads
        where planned.forks < 1 || !planned.time.isFinite || planned.time <= 0 {
            throw .damaged(
                baseline: path,
                reason: "'\(planned.workload)' has \(planned.forks) forks of \(planned.time) ns, "
                    + "expected positive numbers")
        }
        return baseline
    }
}
