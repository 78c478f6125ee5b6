import Glibc

/// Finds programs where distributions put them.
enum ProgramSearch {
    /// The directories of programs: those that everybody has, whatever PATH is.
    static let directories = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"]

    /// The first file called `name` in `directories` that can be executed.
    static func first(_ name: String, in directories: [String] = directories) -> String? {
        // SAFETY: the kernel reads the path during the call.
        directories.map { "\($0)/\(name)" }.first { unsafe access($0, X_OK) == 0 }
    }

    /// The names in a directory, sorted; none where it cannot be read.
    static func names(in directory: String) -> [String] {
        // SAFETY: the stream is closed at the end; each name is copied before the next is read.
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
