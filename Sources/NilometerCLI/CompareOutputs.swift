import Foundation
import Regression
import Reporting
import Runs

/// Writes a comparison wherever it was asked for, and where a CI system expects it.
struct CompareOutputs {
    private let options: CompareOptions
    private let environment: [String: String]

    /// Outputs for `options`; `environment` tells of the CI system.
    init(
        _ options: CompareOptions,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) {
        self.options = options
        self.environment = environment
    }

    /// Writes the files, then prints.
    func write(_ comparison: RunComparison) throws {
        let markdown = ComparisonMarkdown(comparison).text
        if let path = options.markdown { try write(markdown, to: path) }
        if let path = options.junit { try write(ComparisonJUnit(comparison).text, to: path) }
        if let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty {
            try append(markdown, to: path)
        }
        if options.json {
            try Terminal.output(json: ComparisonDocument(comparison))
        } else {
            Terminal.output(ComparisonTable(comparison).text(style: Terminal.tableStyle))
        }
        guard environment["GITHUB_ACTIONS"] == "true" else { return }
        // The runner reads both streams; standard output is the document's under --json.
        for line in GitHubAnnotations(comparison).lines {
            if options.json { Terminal.error(line) } else { Terminal.output("\(line)\n") }
        }
    }

    private func write(_ text: String, to path: String) throws {
        do {
            try RunFiles.write(text, to: path)
        } catch {
            throw Stop.cannot("\(error)")
        }
    }

    /// The summary of a job is what all its steps appended.
    private func append(_ text: String, to path: String) throws {
        if !FileManager.default.fileExists(atPath: path) { return try write(text, to: path) }
        do {
            guard let handle = FileHandle(forWritingAtPath: path) else {
                throw CocoaError(.fileWriteNoPermission)
            }
            defer { try? handle.close() }
            _ = try handle.seekToEnd()
            try handle.write(contentsOf: Data(text.utf8))
        } catch {
            throw Stop.cannot(
                "cannot append to '\(path)' (GITHUB_STEP_SUMMARY): \(error.localizedDescription)")
        }
    }
}
