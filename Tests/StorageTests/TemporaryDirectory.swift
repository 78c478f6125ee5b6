import Glibc

/// A directory of a test's own, removed with all that is in it when the test lets go of it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/nilometer-storage-XXXXXX".utf8CString)
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

/// The whole content of a file, or `nil` when it cannot be read.
func content(of path: String) -> [UInt8]? {
    let file = unsafe open(path, O_RDONLY)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        // read stays within the array.
        let count = unsafe read(file, &chunk, chunk.count)
        guard count >= 0 else { return nil }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}

/// Whether the file holds these bytes: for contents too long to print when they differ.
func holds(_ path: String, _ bytes: [UInt8]) -> Bool { content(of: path) == bytes }

/// Bytes that tell where in a file they belong.
func pattern(_ count: Int, salt: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 8) ^ (salt &* 17 &+ 1)) }
}
