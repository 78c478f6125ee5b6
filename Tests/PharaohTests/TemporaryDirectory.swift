import Glibc

/// A directory of a test's own, removed with all that is in it when the test lets go of it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/nilometer-pharaoh-XXXXXX".utf8CString)
        // The template is a NUL-terminated array, which mkdtemp fills in.
        let made = unsafe mkdtemp(&template)
        precondition(unsafe made != nil, "no directory under /tmp: errno \(errno)")
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    deinit {
        // A failure leaves a file under /tmp, which is no reason to fail a test.
        for name in names { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// The path of the file `name` in it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    private var names: [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // The name is NUL-terminated and valid until the next readdir.
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
