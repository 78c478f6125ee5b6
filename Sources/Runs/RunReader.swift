import Foundation
import Hardware
import Measurement

/// Reads a run's folder back, refusing what is missing, truncated or of another schema.
public enum RunReader {
    /// The run in `folder`.
    public static func read(_ folder: String) throws(RunError) -> Run {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/")
        guard attributes?[.type] as? FileAttributeType == .typeDirectory else {
            throw .system(
                operation: "read", path: folder, reason: "it is not the folder of a run")
        }
        let manifest = try readManifest("\(folder)/\(RunFiles.manifest)")
        let environment: RunEnvironment = try decode("\(folder)/\(RunFiles.environment)")
        let samples = try readSamples("\(folder)/\(RunFiles.samples)", of: manifest)
        var distributions: [Run.Distribution] = []
        for file in manifest.histograms {
            guard let fork = file.fork else { continue }
            let distribution = try readHistogram("\(folder)/histograms/\(file.file)")
            distributions.append(
                Run.Distribution(key: file.key, fork: fork, distribution: distribution))
        }
        return Run(
            manifest: manifest, machine: environment.machine, samples: samples,
            distributions: distributions, checkups: environment.checkups)
    }

    /// The claims that `verdicts.csv` in `folder` has a row for, in its order.
    public static func verdictNames(in folder: String) throws(RunError) -> [String] {
        let path = "\(folder)/\(RunFiles.verdicts).csv"
        let text = String(decoding: try contents(path), as: UTF8.self)
        do {
            return try CSV.records(of: text, header: VerdictRecord.header).map { $0.fields[0] }
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    private struct SchemaTag: Decodable { let schema: String }

    private static func readManifest(_ path: String) throws(RunError) -> Manifest {
        let tag: SchemaTag = try decode(path)
        guard tag.schema == Manifest.currentSchema else {
            throw .unknownSchema(
                path: path, found: tag.schema, expected: Manifest.currentSchema)
        }
        let manifest: Manifest = try decode(path)
        for fork in manifest.forks where !manifest.workloads.indices.contains(fork.workload) {
            throw .damaged(
                path: path,
                reason: "a fork names workload number \(fork.workload), there are "
                    + "\(manifest.workloads.count)")
        }
        for file in manifest.histograms
        where file.file.contains("/") || file.file.hasPrefix(".") {
            throw .damaged(path: path, reason: "'\(file.file)' is not the name of a histogram")
        }
        return manifest
    }

    /// The samples on file. A run that was killed may have been appending: the samples of a fork
    /// that the manifest does not know yet, the last of them cut, are left out.
    private static func readSamples(
        _ path: String, of manifest: Manifest
    ) throws(RunError) -> [Sample] {
        var text = String(decoding: try contents(path), as: UTF8.self)
        guard manifest.end.isEmpty else { return try samples(in: text, path) }
        if let last = text.lastIndex(of: "\n") { text = String(text[...last]) }
        var known: [String: Set<Int>] = [:]
        for fork in manifest.forks where fork.failure == nil {
            known[manifest.workloads[fork.workload].workload, default: []].insert(fork.fork)
        }
        return try samples(in: text, path).filter {
            known[$0.key.workload]?.contains($0.fork) == true
        }
    }

    private static func samples(in text: String, _ path: String) throws(RunError) -> [Sample] {
        do {
            var samples: [Sample] = []
            for record in try CSV.records(of: text, header: Sample.header) {
                samples.append(try Sample(record: record))
            }
            return samples
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    private static func readHistogram(_ path: String) throws(RunError) -> LatencyDistribution {
        let text = String(decoding: try contents(path), as: UTF8.self)
        do {
            return try PercentileFile(parsing: text, file: path).distribution
        } catch {
            throw .damaged(path: path, reason: "line \(error.line): \(error.reason)")
        }
    }

    private static func decode<Value: Decodable>(_ path: String) throws(RunError) -> Value {
        let data = try contents(path)
        do {
            return try JSONDecoder().decode(Value.self, from: data)
        } catch let error as DecodingError {
            throw .damaged(path: path, reason: text(of: error))
        } catch {
            throw .damaged(path: path, reason: "\(error)")
        }
    }

    private static func contents(_ path: String) throws(RunError) -> Data {
        guard FileManager.default.fileExists(atPath: path) else { throw .missing(path: path) }
        do {
            return try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .system(operation: "read", path: path, reason: RunFiles.reason(error))
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
