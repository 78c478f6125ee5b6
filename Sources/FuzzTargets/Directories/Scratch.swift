import Glibc

/// A file of a directory.
struct FuzzedFile: Equatable {
    let name: String
    let content: [UInt8]
}

/// A directory in memory.
struct Scratch {
    let path: String

    /// Lends `body` a directory with these files, which is gone afterwards.
    static func with<Result>(
        _ files: [FuzzedFile] = [], _ body: (Scratch) throws -> Result
    ) rethrows -> Result {
        let scratch = Scratch(files)
        defer { scratch.remove() }
        return try body(scratch)
    }

    private init(_ files: [FuzzedFile]) {
        var template = Array("/dev/shm/nilometer-fuzz-XXXXXX".utf8CString)
        path = unsafe template.withUnsafeMutableBufferPointer { name in
            // SAFETY: the name ends with a zero, and is written within its length.
            guard let base = name.baseAddress, unsafe mkdtemp(base) != nil else {
                fatalError("no directory in /dev/shm: errno \(errno)")
            }
            return unsafe String(cString: base)
        }
        for file in files { write(file) }
    }

    private func remove() {
        for name in names() { unsafe unlink("\(path)/\(name)") }
        unsafe rmdir(path)
    }

    /// What is in it now, in the order of the names.
    func files() -> [FuzzedFile] {
        names().map { FuzzedFile(name: $0, content: content(of: $0)) }
    }

    private func write(_ file: FuzzedFile) {
        let descriptor = unsafe open("\(path)/\(file.name)", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { fatalError("cannot make '\(file.name)': errno \(errno)") }
        defer { close(descriptor) }
        // SAFETY: as many bytes as the content has are read from it.
        let count = unsafe file.content.withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard count == file.content.count else { fatalError("wrote \(count): errno \(errno)") }
    }

    private func content(of name: String) -> [UInt8] {
        let descriptor = unsafe open("\(path)/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        // SAFETY: the buffer has `size` bytes, and what was read of them is initialised.
        return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, unsafe pread(descriptor, buffer.baseAddress, size, 0))
        }
    }

    private func names() -> [String] {
        guard let stream = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // SAFETY: the kernel ends the name with a zero.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
