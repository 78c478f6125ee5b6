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
}
