import Glibc
import Hardware

/// A user of the system whom a server can run as.
struct ServerUser: Hashable, Sendable {
    let name: String
    let user: UInt32
    let group: UInt32

    /// The first of `names` that the system knows.
    init?(firstOf names: [String]) {
        for name in names {
            // SAFETY: the entry is in memory of the C library and its numbers are copied at once;
            // the lookup is made while a fork sets up, by one thread.
            guard let entry = unsafe getpwnam(name) else { continue }
            self.name = name
            user = unsafe entry.pointee.pw_uid
            group = unsafe entry.pointee.pw_gid
            return
        }
        return nil
    }

    /// The first directory on the way to `path` that this user may not enter; `nil` when all are
    /// open. Looks at the owner, the group and the permissions of each, as the kernel does.
    func obstacle(on path: String) -> String? {
        var part = ""
        for name in path.split(separator: "/") {
            if let closed = closed(part.isEmpty ? "/" : part) { return closed }
            part += "/\(name)"
        }
        return closed(part)
    }

    private func closed(_ path: String) -> String? {
        var found = stat()
        // SAFETY: `found` outlives the call.
        guard unsafe stat(path, &found) == 0 else { return path }
        let bit: UInt32 =
            found.st_uid == user ? S_IXUSR : found.st_gid == group ? S_IXGRP : S_IXOTH
        return found.st_mode & bit == 0 ? path : nil
    }
}
