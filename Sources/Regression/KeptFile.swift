import Foundation
import Runs

/// A file that is kept from one command to the next.
enum KeptFile {
    /// Writes `value` to `path` as stable JSON, and makes the directory that it lies in where there
    /// is none. A file that is there is replaced at once: a failure leaves it.
    static func write(_ value: some Encodable, to path: String) throws(RunError) {
        let directory = (path as NSString).deletingLastPathComponent
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
        } catch {
            throw .system(
                operation: "create the directory", path: directory,
                reason: error.localizedDescription)
        }
        try RunFiles.writeJSON(value, to: path)
    }
}
