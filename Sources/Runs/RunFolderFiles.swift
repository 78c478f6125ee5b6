import Foundation
import Measurement
import Synchronization

/// The raw files of a run's folder, each checked as it is read: first what it says, so that an error
/// can name the line, then its sum, where the folder has sums.
struct RunFolderFiles {
    private let folder: String
    private let sums: Checksums?

    init(_ folder: String) throws(RunError) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/")
        guard attributes?[.type] as? FileAttributeType == .typeDirectory else {
            throw .system(
                operation: "read", path: folder, reason: "it is not the folder of a run")
        }
        self.folder = folder
        sums = Checksums.exist(in: folder) ? try Checksums(reading: folder) : nil
    }

    func manifest() throws(RunError) -> Manifest {
        let path = path(RunFiles.manifest)
        let data = try RunFolderFiles.contents(path)
        let tag: SchemaTag = try RunFolderFiles.decode(data, path)
        guard tag.schema == Manifest.currentSchema else {
            throw .unknownSchema(
                path: path, found: tag.schema, expected: Manifest.currentSchema)
        }
        let manifest: Manifest = try RunFolderFiles.decode(data, path)
        if let reason = ManifestProblem.first(in: manifest) {
            throw .damaged(path: path, reason: reason)
        }
        try check(data, RunFiles.manifest)
        return manifest
    }

    func environment() throws(RunError) -> RunEnvironment {
        let path = path(RunFiles.environment)
        let data = try RunFolderFiles.contents(path)
        let environment: RunEnvironment = try RunFolderFiles.decode(data, path)
        try check(data, RunFiles.environment)
        return environment
    }

    /// The samples on file. A run that was killed may have been appending: the samples of a fork
    /// that the manifest does not know yet, the last of them cut, are left out.
    func samples(of manifest: Manifest) throws(RunError) -> [Sample] {
        let path = path(RunFiles.samples)
        let data = try RunFolderFiles.contents(path)
        guard manifest.end.isEmpty else {
            let samples = try RunFolderFiles.samples(in: Array(data), path)
            try check(data, RunFiles.samples)
            return samples
        }
        var bytes = Array(data)
        if let last = bytes.lastIndex(of: 0x0A) { bytes.removeSubrange((last + 1)...) }
        var known: [String: Set<Int>] = [:]
        for fork in manifest.forks where fork.failure == nil {
            known[manifest.workloads[fork.workload].workload, default: []].insert(fork.fork)
        }
        return try RunFolderFiles.samples(in: bytes, path).filter {
            known[$0.key.workload]?.contains($0.fork) == true
        }
    }

    /// The histograms of the forks, in the order of the manifest, as many read at a time as there are
    /// processors.
    func distributions(of manifest: Manifest) throws(RunError) -> [Run.Distribution] {
        let files = manifest.histograms.filter { $0.fork != nil }
        let found = Mutex<[Result<Run.Distribution, RunError>?]>(
            Array(repeating: nil, count: files.count))
        DispatchQueue.concurrentPerform(iterations: files.count) { index in
            let result = Result { () throws(RunError) in
                Run.Distribution(
                    key: files[index].key, fork: files[index].fork ?? 0,
                    distribution: try distribution("histograms/\(files[index].file)"))
            }
            found.withLock { $0[index] = result }
        }
        var distributions: [Run.Distribution] = []
        for result in found.withLock({ $0 }) {
            if let result { distributions.append(try result.get()) }
        }
        return distributions
    }

    private func distribution(_ name: String) throws(RunError) -> LatencyDistribution {
        let path = path(name)
        let data = try RunFolderFiles.contents(path)
        let text = String(decoding: data, as: UTF8.self)
        let distribution: LatencyDistribution
        do {
            distribution = try PercentileFile(parsing: text, file: path).distribution
        } catch {
            throw .damaged(path: path, reason: "line \(error.line): \(error.reason)")
        }
        try check(data, name)
        return distribution
    }

    /// A table of the folder: its rows as `read` makes them of the file's bytes.
    func table<Row>(
        _ name: String, _ read: ([UInt8]) throws(CSV.Malformed) -> [Row]
    ) throws(RunError) -> [Row] {
        let path = path(name)
        let data = try RunFolderFiles.contents(path)
        let rows: [Row]
        do {
            rows = try read(Array(data))
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
        try check(data, name)
        return rows
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Throws when the sum of `data` is not the one that was taken of the file.
    private func check(_ data: Data, _ name: String) throws(RunError) {
        guard let expected = sums?.sums[name], SHA256.hexadecimal(of: data) != expected else {
            return
        }
        throw .altered(path: path(name), sums: Checksums.file)
    }

    private static func samples(in bytes: [UInt8], _ path: String) throws(RunError) -> [Sample] {
        do {
            return try SampleTable.samples(in: bytes)
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    /// The bytes of the file at `path`.
    static func contents(_ path: String) throws(RunError) -> Data {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .system(operation: "read", path: path, reason: RunFiles.reason(error))
        }
    }
}

extension RunFolderFiles {
    private struct SchemaTag: Decodable { let schema: String }

    private static func decode<Value: Decodable>(
        _ data: Data, _ path: String
    ) throws(RunError) -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw .damaged(path: path, reason: text(of: error))
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    /// Where in the document decoding stopped, and why, in one line.
    private static func text(of error: DecodingError) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
            return path.isEmpty ? "at the top" : "at '\(path.joined(separator: "."))'"
        }
        switch error {
        case .keyNotFound(let key, let context):
            return "'\(key.stringValue)' is missing \(place(context))"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(place(context)): \(context.debugDescription)"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is not complete JSON" : "\(place(context)): \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
