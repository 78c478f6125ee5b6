import Hardware

/// Why a server of others cannot be started, or gave no figure.
public enum PeerFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The program is not on this machine; `package` is Debian's, `places` are where it was sought.
    case notInstalled(program: String, package: String, places: String)
    /// The server refuses to run as root, and there is no other user to run it as.
    case noUser(program: String, sought: String)
    /// The user whom the server runs as cannot enter `path`, which is above its directory.
    case notEntered(path: String, user: String)
    /// A network of the suite's own cannot be made, where servers are to be cut off from each other.
    case noNetwork(what: String, SystemError)
    /// The path of a socket is longer than the kernel takes.
    case longSocketPath(String)
    /// What is asked for is for root alone.
    case notRoot(what: String)
    /// The kernel was built without what is asked for, or lacks the module.
    case notInKernel(what: String)
    /// An operation on `path` was refused.
    case refused(operation: String, path: String, SystemError)
    /// So many pages of the file at `path` stay in memory though the kernel was told to drop them.
    case notDropped(path: String, resident: Int, pages: Int)
    /// A program ended before it answered; `log` is the end of what it wrote.
    case died(program: String, how: String, log: String)
    /// A server that had answered ended by itself; `log` is the end of what it wrote.
    case ended(program: String, how: String, log: String)
    /// A server did not answer in time; `log` is the end of what it wrote.
    case silent(program: String, milliseconds: Int, log: String)
    /// A connection to `server` failed or ended.
    case disconnected(server: String, why: String)
    /// `server` answered with an error, or with something else than was expected.
    case unexpected(server: String, answer: String)
    /// `server` broke a promise that its figures rest on: a value came twice, or too late.
    case brokenPromise(server: String, what: String)

    /// One line: what, where, what would help.
    public var description: String {
        switch self {
        case .notInstalled(let program, let package, let places):
            "\(program) is not installed (apt: \(package)); sought in \(places)"
        case .noUser(let program, let sought):
            "\(program) does not run as root, and none of the users \(sought) is there"
        case .notEntered(let path, let user):
            "the user \(user), whom the server runs as, cannot enter \(path); "
                + "give --path a directory that every user can reach"
        case .notRoot(let what): "\(what) are for root alone"
        case .notInKernel(let what): "this kernel has no \(what)"
        case .noNetwork(let what, let error):
            "cannot make \(what): \(error); needs root, or CAP_SYS_ADMIN and CAP_NET_ADMIN, and a "
                + "kernel with network namespaces, veth and bridges"
        case .longSocketPath(let path): "\(path) is too long for the path of a socket"
        case .refused(let operation, let path, let error):
            "cannot \(operation) '\(path)': \(error)"
        case .notDropped(let path, let resident, let pages):
            "the kernel keeps \(resident) of \(pages) pages of '\(path)' in memory; give --path a "
                + "directory on a device, or look for who has the file mapped"
        case .died(let program, let how, let log):
            "\(program) \(how) before it answered; its log ends in: \(log)"
        case .ended(let program, let how, let log):
            "\(program) \(how), though nobody ended it; its log ends in: \(log)"
        case .silent(let program, let milliseconds, let log):
            "\(program) did not answer within \(milliseconds) ms; its log ends in: \(log)"
        case .disconnected(let server, let why): "the connection to \(server) ended: \(why)"
        case .unexpected(let server, let answer): "\(server) answered unexpectedly: \(answer)"
        case .brokenPromise(let server, let what): "\(server) broke its promise: \(what)"
        }
    }

    /// Whether the server cannot be had here at all, which is to be reported and no error: it is not
    /// installed, or may not run where it has to.
    public var isAbsence: Bool {
        switch self {
        case .notInstalled, .noUser, .notEntered, .notRoot, .notInKernel, .noNetwork: true
        default: false
        }
    }
}
