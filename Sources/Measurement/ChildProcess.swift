import CNilometerShims
import Foundation
import Glibc
import Quantities

/// A program run to its end, with a time limit, its error output kept.
///
/// The suite's children get a process group of their own: an interrupt from the terminal reaches
/// only the suite, which ends the child's whole group in its own time. A program that a fork starts
/// stays in the fork's group, so that it goes with the fork.
public struct ChildProcess {
    /// How a child ended.
    public enum Outcome: Equatable, Sendable {
        /// It exited by itself with this status.
        case exited(Int32)
        /// A signal ended it.
        case signalled(Int32)
        /// It outlived its limit and was killed.
        case timedOut
        /// The caller asked to stop, and it was killed.
        case stopped
    }

    /// Why a child could not be run.
    public struct SpawnFailure: Error, CustomStringConvertible {
        /// The program.
        public let program: String
        /// The error number of `posix_spawn`.
        public let errno: Int32
        /// One line.
        public var description: String {
            // SAFETY: strerror's text is copied at once.
            "cannot start '\(program)': \(unsafe String(cString: strerror(errno)))"
        }
    }

    let program: String
    let arguments: [String]
    let inOwnGroup: Bool

    /// The longest wait between two questions whether to stop, in milliseconds.
    private static let longestWait = 100.0

    /// A child that runs `program` with `arguments`.
    ///
    /// - Parameter inOwnGroup: whether it gets a process group of its own, all of which is killed
    ///   when it is to end. False inside a fork: the child stays in the fork's group, is killed
    ///   with that, and is killed alone when it outlives its limit.
    public init(_ program: String, _ arguments: [String], inOwnGroup: Bool = true) {
        self.program = program
        self.arguments = arguments
        self.inOwnGroup = inOwnGroup
    }

    /// Runs the child. Its standard input is empty; its output goes to the files named, which are
    /// created or truncated.
    ///
    /// - Parameters:
    ///   - limit: after this time the child is killed.
    ///   - shouldStop: asked at least every 100 ms and after a signal; when true the child is killed.
    public func run(
        output: String, errors: String, limit: Nanoseconds, shouldStop: () -> Bool
    ) throws(SpawnFailure) -> Outcome {
        let child = try spawn(output: output, errors: errors)
        let watch = ChildWatch(child)
        let start = TickClock.monotonicRaw()
        var ending: Outcome?
        while true {
            var status: Int32 = 0
            // SAFETY: `status` outlives the call.
            let found = unsafe waitpid(child, &status, WNOHANG)
            if found == child {
                if let ending { return ending }
                let signal = nilometer_termination_signal(status)
                return signal != 0 ? .signalled(signal) : .exited(nilometer_exit_status(status))
            }
            if found < 0, errno != EINTR {
                // Somebody else reaped it; there is no status to be had.
                return ending ?? .signalled(0)
            }
            let left = limit.rawValue - Double(TickClock.monotonicRaw() - start)
            if ending == nil {
                if shouldStop() { ending = .stopped } else if left < 0 { ending = .timedOut }
                // The group, where it has one, so that what the child started goes too.
                if ending != nil { kill(inOwnGroup ? -child : child, SIGKILL) }
            }
            // Rounded up, so that the limit has passed after the last wait.
            let patience = ending == nil ? min(Self.longestWait, left / 1e6 + 1) : Self.longestWait
            watch.wait(milliseconds: Int32(patience))
        }
    }

    private func spawn(output: String, errors: String) throws(SpawnFailure) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        // SAFETY: both objects live to the end of this function and are destroyed there; the
        // argument strings are duplicated before the call and freed after it.
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        let create = O_WRONLY | O_CREAT | O_TRUNC
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(&actions, 1, output, create, 0o644)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, create, 0o644)
        if inOwnGroup {
            unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
            unsafe posix_spawnattr_setpgroup(&attributes, 0)
        }
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let result = unsafe posix_spawnp(&child, program, &actions, &attributes, words, environ)
        guard result == 0 else { throw SpawnFailure(program: program, errno: result) }
        return child
    }
}
