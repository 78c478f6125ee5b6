import Glibc

/// A directory of a test's own, removed with all that is in it when the test lets go of it.
public final class TemporaryDirectory: Sendable {
    /// Where it is: absolute, without a slash at its end.
    public let path: String

    /// Makes an empty directory under `/tmp`.
    public init() {
        var template = Array("/tmp/nilometer-test-XXXXXX".utf8CString)
        // SAFETY: the template is a NUL-terminated array, which mkdtemp fills in.
        let made = unsafe mkdtemp(&template)
        precondition(unsafe made != nil, "no directory under /tmp: errno \(errno)")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit { TemporaryDirectory.remove(path) }

    /// The path of the file `name` in it.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Removes a file, or a directory and what is below it; a link, not what it leads to. A failure
    /// leaves something under /tmp, which is no reason to fail a test.
    private static func remove(_ path: String) {
        if unsafe unlink(path) == 0 { return }
        for name in names(in: path) { remove("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// What is in the directory at `path`, in no order; nothing where that cannot be read.
    public static func names(in path: String) -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // SAFETY: the name is NUL-terminated and valid until the next readdir.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe field.withMemoryRebound(to: CChar.self, capacity: 256) { characters in
                    unsafe String(cString: characters)
                }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
