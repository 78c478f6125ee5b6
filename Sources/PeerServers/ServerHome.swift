import Glibc
import Hardware

/// The directories of one server: for its data, on the filesystem that is measured, and for its
/// socket, whose path has to be short. Both go with the server.
struct ServerHome {
    /// Holds the data and the log.
    let data: String
    /// Holds the socket; nobody else can enter it.
    let sockets: String

    /// What the server writes about itself, in all its lives.
    var log: String { "\(data)/server.log" }

    /// Creates both, for `user`, the data below `parent` under `name`.
    init(below parent: String, name: String, user: ServerUser?) throws(PeerFailure) {
        data = "\(parent)/\(name)"
        // SAFETY: the kernel reads the path during the call.
        let created = unsafe mkdir(data, 0o700)
        guard created == 0 else {
            throw .refused(operation: "create", path: data, SystemError(errno))
        }
        do throws(PeerFailure) {
            sockets = try Self.temporary(in: Self.short)
        } catch {
            // SAFETY: the kernel reads the path during the call.
            unsafe rmdir(data)
            throw error
        }
        for path in [data, sockets] {
            guard let user else { continue }
            // SAFETY: the kernel reads the path during the call.
            guard unsafe chown(path, user.user, user.group) == 0 else {
                let reason = SystemError(errno)
                remove()
                throw .refused(operation: "hand over", path: path, reason)
            }
            if let obstacle = user.obstacle(on: path) {
                remove()
                throw .notEntered(path: obstacle, user: user.name)
            }
        }
    }

    /// Removes the directories with the files in them: what a guard has not taken over, so that
    /// there are no others below. What cannot be removed stays.
    func remove() {
        for directory in [data, sockets] {
            for name in ProgramSearch.names(in: directory) {
                // SAFETY: the kernel reads the path during the call.
                unsafe unlink("\(directory)/\(name)")
            }
            // SAFETY: the kernel reads the path during the call.
            unsafe rmdir(directory)
        }
    }

    /// Writes a file that only the server's user can read.
    func write(_ name: String, _ text: String, for user: ServerUser?) throws(PeerFailure) {
        let path = "\(data)/\(name)"
        // SAFETY: the kernel reads the path during the call.
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw .refused(operation: "create", path: path, SystemError(errno))
        }
        defer { close(file) }
        let bytes = Array(text.utf8)
        // SAFETY: the bytes stay valid during the call, which copies them.
        let written = unsafe bytes.withUnsafeBytes {
            unsafe Glibc.write(file, $0.baseAddress, $0.count)
        }
        guard written == bytes.count else {
            throw .refused(
                operation: "write", path: path, SystemError(written < 0 ? errno : ENOSPC))
        }
        if let user, fchown(file, user.user, user.group) != 0 {
            throw .refused(operation: "hand over", path: path, SystemError(errno))
        }
    }

    /// The last lines of the log, in one: enough to say why a server ended. Only of a file, since its
    /// directory may be another user's, who may have put something else there.
    func endOfLog(lines count: Int = 3) -> String {
        // SAFETY: the kernel reads the path during the call.
        let file = unsafe open(log, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return "nothing" }
        defer { close(file) }
        var found = stat()
        // SAFETY: `found` outlives the call.
        guard unsafe fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG else {
            return "nothing"
        }
        let size = lseek(file, 0, SEEK_END)
        lseek(file, max(0, size - 2048), SEEK_SET)
        var bytes = [UInt8](repeating: 0, count: 2048)
        // SAFETY: at most the array's size is read into it.
        let length = unsafe bytes.withUnsafeMutableBytes {
            unsafe read(file, $0.baseAddress, $0.count)
        }
        guard length > 0 else { return "nothing" }
        let text = String(decoding: bytes[..<length], as: UTF8.self)
        let lines = text.split(separator: "\n").suffix(count)
        return lines.isEmpty ? "nothing" : lines.joined(separator: " | ")
    }

    /// Where temporary files are, if sockets fit there.
    private static var short: String {
        // SAFETY: the text is copied at once; nothing here changes the environment.
        let asked = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        return asked.utf8.count <= 60 && asked.hasPrefix("/") ? asked : "/tmp"
    }

    private static func temporary(in parent: String) throws(PeerFailure) -> String {
        var template = Array("\(parent)/nilometer-XXXXXX".utf8CString)
        // SAFETY: mkdtemp changes the six letters in place and keeps the zero at the end.
        let made = unsafe template.withUnsafeMutableBufferPointer {
            guard let letters = $0.baseAddress else { return false }
            return unsafe mkdtemp(letters) != nil
        }
        guard made else {
            throw .refused(operation: "create a directory in", path: parent, SystemError(errno))
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
