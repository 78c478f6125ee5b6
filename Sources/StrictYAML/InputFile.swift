import Foundation

/// Reads what users name on the command line, and says in one line why it cannot.
public enum InputFile {
    /// The text of `file`, a regular file or a pipe of at most `longest` bytes of UTF-8.
    public static func text(of file: String, longest: Int) throws(InputProblems) -> String {
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file))
            data = try read(handle, upTo: longest + 1)
        } catch {
            throw InputProblems(
                at: .file(file), found: "cannot read it: \(reason(error))",
                expected: "a readable file")
        }
        guard data.count <= longest else {
            throw InputProblems(
                at: .file(file), found: "the file is longer than \(longest) bytes",
                expected: "a shorter one")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw InputProblems(
                at: .file(file), found: "the file is not UTF-8", expected: "text in UTF-8")
        }
        return text
    }

    /// The names of the files in `directory` that end in `suffix`, sorted by their bytes.
    public static func names(
        in directory: String, suffix: String
    ) throws(InputProblems) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }
                .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        } catch {
            throw InputProblems(
                at: .file(directory), found: "cannot list it: \(reason(error))",
                expected: "a readable directory")
        }
    }

    /// A pipe gives what is in it, so reading goes on until nothing comes.
    private static func read(_ handle: FileHandle, upTo limit: Int) throws -> Data {
        var data = Data()
        while data.count < limit, let part = try handle.read(upToCount: limit - data.count),
            !part.isEmpty
        {
            data += part
        }
        return data
    }

    private static func reason(_ error: any Error) -> String {
        let cause = ((error as? CocoaError)?.underlying ?? error) as NSError
        return cause.localizedFailureReason ?? cause.localizedDescription
    }
}
