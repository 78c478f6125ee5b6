import CPeerServers
import Glibc
import Hardware

/// The filesystem that servers are measured on.
public enum MeasuredFilesystem {
    /// Writes out what the filesystem below `directory` has yet to write, and waits for it. A new
    /// cluster is tens of megabytes that would else be written during the measurement, in
    /// whoever's turn comes first with a sync.
    ///
    /// - Throws: `refused` when the directory cannot be opened, or the kernel or the device says no.
    public static func settle(_ directory: String) throws(PeerFailure) {
        // SAFETY: the kernel reads the path during the call.
        let file = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else {
            throw .refused(operation: "open", path: directory, SystemError(errno))
        }
        defer { close(file) }
        let error = peer_filesystem_settle(file)
        guard error == 0 else {
            throw .refused(
                operation: "sync the filesystem of", path: directory, SystemError(error))
        }
    }

    /// Has the kernel drop what it holds in memory of all files below `directory`, as if the machine had
    /// been started anew. Nobody may have them mapped.
    ///
    /// - Throws: `refused` with the file that cannot be dropped, `notDropped` with one that stays in
    ///   memory all the same, as what is on a filesystem in memory does.
    public static func dropCache(below directory: String) throws(PeerFailure) {
        for name in ProgramSearch.names(in: directory) {
            let path = "\(directory)/\(name)"
            // SAFETY: the kernel reads the path during the call.
            let file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
            guard file >= 0 else {
                throw .refused(operation: "open", path: path, SystemError(errno))
            }
            defer { close(file) }
            var found = stat()
            // SAFETY: `found` outlives the call.
            guard unsafe fstat(file, &found) == 0 else {
                throw .refused(operation: "look at", path: path, SystemError(errno))
            }
            if found.st_mode & S_IFMT == S_IFDIR {
                try dropCache(below: path)
                continue
            }
            try drop(file, path, bytes: Int(found.st_size))
        }
    }

    /// Has a file dropped, and looks whether it was: the kernel takes the advice as well where it does
    /// nothing.
    private static func drop(_ file: Int32, _ path: String, bytes: Int) throws(PeerFailure) {
        var found = (resident: 0, pages: 0)
        // Pages that the kernel is just moving between its lists stay the first time.
        for _ in 0..<3 {
            // What is not written back would stay. `posix_fadvise` returns its error.
            let error = fsync(file) == 0 ? posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) : errno
            guard error == 0 else {
                throw .refused(operation: "drop from memory", path: path, SystemError(error))
            }
            found = try residency(of: file, path, bytes: bytes)
            if found.resident == 0 { return }
        }
        throw .notDropped(path: path, resident: found.resident, pages: found.pages)
    }

    /// How many pages of a regular file the kernel holds in memory, and how many it has.
    static func residency(
        of file: Int32, _ path: String, bytes: Int
    ) throws(PeerFailure) -> (resident: Int, pages: Int) {
        var (resident, pages) = (0, 0)
        // SAFETY: both numbers outlive the call.
        let error = unsafe peer_filesystem_resident(file, bytes, &resident, &pages)
        guard error == 0 else {
            throw .refused(operation: "look into memory for", path: path, SystemError(error))
        }
        return (resident, pages)
    }
}
