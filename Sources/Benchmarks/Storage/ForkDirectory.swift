import Foundation
import Glibc

/// A directory of a fork's own below the measured one, removed at the end.
///
/// A fork that is killed cannot remove it; its name says whose fork it was, so that the parent
/// finds it (see `ForkLeftovers`).
struct ForkDirectory {
    /// What the names of the directories begin with; the parent's and the fork's own process
    /// number follow.
    static let prefix = ".nilometer-fork-"

    let path: String

    /// Creates it. What is there under its name was left by a process that had both numbers
    /// before, and goes.
    init(below parent: String) throws {
        path = "\(parent)/\(ForkDirectory.prefix)\(getppid())-\(getpid())"
        remove()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
    }

    /// Removes it with everything in it.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// What forks leave behind in the measured directory when they are killed or interrupted.
public enum ForkLeftovers {
    /// Removes the directories that forks of this process have left below `directory`.
    ///
    /// To be called by the process that starts forks, while none of them runs: after each that has
    /// failed, and at the end. What other processes' forks have there stays; what cannot be removed
    /// stays as well, without a word.
    public static func remove(below directory: String) {
        let files = FileManager.default
        let prefix = "\(ForkDirectory.prefix)\(getpid())-"
        for name in (try? files.contentsOfDirectory(atPath: directory)) ?? []
        where name.hasPrefix(prefix) {
            try? files.removeItem(atPath: "\(directory)/\(name)")
        }
    }
}
