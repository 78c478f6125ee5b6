import Glibc

/// The kernel's text files below a root directory: `/` on the running machine, a temporary
/// directory laid out like `/proc` and `/sys` in tests.
///
/// Where a call is `unsafe` without more being said, a Swift string is lent to C as a path for the
/// duration of the call.
struct SystemFiles: Sendable {
    /// What is put before every path; empty for the running machine.
    private let prefix: String

    init(root: String = "/") {
        var root = Substring(root)
        while root.last == "/" { root.removeLast() }
        prefix = String(root)
    }

    /// Where `path` really lies.
    func location(of path: String) -> String { prefix + path }

    /// More than any file that is read here holds; a device that never ends is no file.
    private static let mostBytes = 64 << 20

    /// The whole file at `path`.
    func bytes(_ path: String) throws(SystemError) -> [UInt8] {
        let descriptor = unsafe open(location(of: path), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError(errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            // `read` writes at most the chunk's own count into the chunk's own storage.
            let got = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe read(descriptor, buffer.baseAddress, buffer.count)
            }
            if got < 0 {
                if errno == EINTR { continue }
                throw SystemError(errno)
            }
            if got == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<got])
            if bytes.count > SystemFiles.mostBytes { throw SystemError(EFBIG) }
        }
    }

    /// The whole text of the file at `path`.
    func text(_ path: String) throws(SystemError) -> String {
        String(decoding: try bytes(path), as: UTF8.self)
    }

    /// The names in the directory at `path`, sorted, without `.` and `..`.
    func names(in path: String) throws(SystemError) -> [String] {
        guard let directory = unsafe opendir(location(of: path)) else { throw SystemError(errno) }
        // The stream is open until the function returns; an entry is read before the next call.
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                let end = unsafe bytes.firstIndex(of: 0) ?? bytes.count
                return unsafe String(
                    decoding: UnsafeRawBufferPointer(rebasing: bytes[..<end]), as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The absolute path that `path` leads to, every link followed.
    func resolved(_ path: String) throws(SystemError) -> String {
        // `realpath` allocates its answer, which is copied and freed here.
        guard let answer = unsafe realpath(location(of: path), nil) else {
            throw SystemError(errno)
        }
        defer { unsafe free(answer) }
        let full = unsafe String(cString: answer)
        guard !prefix.isEmpty else { return full }
        let base = unsafe realpath(prefix, nil)
        defer { unsafe free(base) }
        let root = unsafe base.map { unsafe String(cString: $0) } ?? prefix
        return full.hasPrefix(root) ? String(full.dropFirst(root.count)) : full
    }

    /// Whether anything lies at `path`.
    func exists(_ path: String) -> Bool { unsafe access(location(of: path), F_OK) == 0 }

    /// The text at `path`, trimmed, made into a value; unknown, with the reason, when it cannot be
    /// read or `parse` does not understand it.
    func fact<Value>(_ path: String, _ parse: (String) -> Value?) -> Fact<Value> {
        textFact(path).flatMap { text in
            guard let value = parse(text) else {
                return .unknown(reason: "unexpected text '\(text.prefix(60))'", source: path)
            }
            return .known(value, source: path)
        }
    }

    /// One field of the file at `path`; unknown when the file cannot be read or `parse` does not
    /// find the field in it.
    func fact<Value>(
        _ path: String, field: String, _ parse: (String) -> Value?
    ) -> Fact<Value> {
        let source = "\(path) \(field)"
        return textFact(path).flatMap { text in
            guard let value = parse(text) else {
                return .unknown(reason: "the file has no such field", source: source)
            }
            return .known(value, source: source)
        }
    }

    /// A number at `path`, of which the kernel writes -1 where there is none.
    func number(_ path: String, ifNegative reason: String) -> Fact<UInt32> {
        fact(path) { Int64($0) }.flatMap { number in
            if number < 0 { return .unknown(reason: reason, source: path) }
            guard let value = UInt32(exactly: number) else {
                return .unknown(reason: "\(number) is too large", source: path)
            }
            return .known(value, source: path)
        }
    }

    /// The text at `path`, trimmed; unknown when it cannot be read.
    func textFact(_ path: String) -> Fact<String> {
        do throws(SystemError) {
            return .known(try text(path).trimmed, source: path)
        } catch {
            return .unknown(reason: error.description, source: path)
        }
    }

    /// The names in a directory of a bus or class. A kernel that has `parent` and not the
    /// directory has registered no such thing: that is an answer. Without `parent` nothing is known.
    func members(of path: String, ifAbsent parent: String) -> Fact<[String]> {
        do throws(SystemError) {
            return .known(try names(in: path), source: path)
        } catch {
            if error.code == ENOENT, exists(parent) {
                return .known([], source: "\(path) (absent: the kernel has none)")
            }
            return .unknown(reason: error.description, source: path)
        }
    }

    /// The last part of where the link at `path` leads; unknown when there is no link.
    func linkedName(_ path: String) -> Fact<String> {
        do throws(SystemError) {
            return .known(lastPathComponent(try resolved(path)), source: path)
        } catch {
            return .unknown(reason: error.description, source: path)
        }
    }
}
