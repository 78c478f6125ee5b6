import CNilometerShims
import Glibc
import Measurement

/// The measuring side of a process that increments counters (see `CounterWorker`).
///
/// The process stays in the fork's group and is killed with it, dies with this process, and ends when
/// its standard input does. Used by one thread.
final class CounterProcess {
    /// What became of a process that gave no report.
    enum Failure: Error, CustomStringConvertible {
        /// It could not be started, or the sockets to it could not be made.
        case start(program: String, operation: String, errno: Int32)
        /// It said why.
        case said(String)
        /// It ended.
        case ended
        /// It said nothing for so long, in milliseconds.
        case silent(Int)
        /// It said something else than a report.
        case unexpected(String)

        var description: String {
            switch self {
            case .start(let program, let operation, let errno):
                // SAFETY: strerror's text is copied at once.
                "cannot start '\(program)' (\(operation)): \(unsafe String(cString: strerror(errno)))"
            case .said(let why): "a counting process failed: \(why)"
            case .ended: "a counting process ended unasked"
            case .silent(let time): "a counting process said nothing for \(time) ms"
            case .unexpected(let line): "a counting process said '\(line)'"
            }
        }
    }

    /// How long a process may say nothing beyond what it was told to do, in milliseconds: a device
    /// that stands still for longer than this is out of order.
    private static let patience = 30_000

    private let process: pid_t
    /// One end of a pair of sockets, whose other end is the process's standard input and output.
    private let socket: Int32
    private var received: [UInt8] = []
    private var isOver = false

    /// Starts a process of `program`, which serves `CounterWorker.verb`, bound to `processingUnit`, that
    /// opens `counters`, each `KIND=PATH`. `ready` waits for it.
    init(
        on processingUnit: Int, counters: [String],
        program: String = BenchmarkProcesses.currentProgram
    ) throws {
        let (own, others) = try Self.sockets(for: program)
        defer { close(others) }
        do {
            process = try Self.spawn(
                program, [CounterWorker.verb, "\(processingUnit)"] + counters, others)
        } catch {
            close(own)
            throw error
        }
        socket = own
    }

    deinit { end(kill: true) }

    /// Waits until the process has opened its counters.
    func ready() throws {
        let line = try line(within: Self.patience)
        guard line == CounterMessage.ready else { throw Failure.unexpected(line) }
    }

    /// Gives the process an order.
    func begin(_ window: CounterWindow) throws {
        let bytes = Array((window.line + "\n").utf8)
        // SAFETY: the bytes live during the call. Without a signal when the process has ended.
        let sent = unsafe bytes.withUnsafeBytes {
            unsafe send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard sent == bytes.count else { throw Failure.ended }
    }

    /// What the process did by its last order, once that is over.
    func report(on window: CounterWindow) throws -> CounterReport {
        let length = Int((window.until - window.start) / 1_000_000)
        let line = try line(within: length + Self.patience)
        guard let report = CounterReport(line: line) else { throw Failure.unexpected(line) }
        return report
    }

    /// Lets the process close its counters and end; killed where `kill` says so. Its end is awaited.
    func end(kill isKilled: Bool = false) {
        guard !isOver else { return }
        isOver = true
        if isKilled { kill(process, SIGKILL) }
        close(socket)
        var status: Int32 = 0
        // SAFETY: `status` outlives the call.
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// The next line, waited for without spinning.
    private func line(within milliseconds: Int) throws -> String {
        let limit = TickClock.monotonicRaw() + UInt64(milliseconds) * 1_000_000
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: received[..<end], as: UTF8.self)
                received.removeSubrange(...end)
                if line.hasPrefix(CounterMessage.failure) {
                    throw Failure.said(String(line.dropFirst(CounterMessage.failure.count)))
                }
                return line
            }
            let now = TickClock.monotonicRaw()
            guard now < limit else { throw Failure.silent(milliseconds) }
            let left = Int32((limit - now) / 1_000_000 + 1)
            guard nilometer_await_readable(socket, left) > 0 else { continue }
            var bytes = [UInt8](repeating: 0, count: 4096)
            // SAFETY: the array has room for as many bytes as are asked for.
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe read(socket, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Failure.ended }
            received += bytes[..<count]
        }
    }
}

extension CounterProcess {
    /// A pair of sockets that other programs do not inherit.
    static func sockets(for program: String) throws -> (own: Int32, others: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        // SAFETY: the array has room for both ends.
        let result = unsafe ends.withUnsafeMutableBufferPointer {
            unsafe socketpair(AF_UNIX, kind, 0, $0.baseAddress)
        }
        guard result == 0 else {
            throw Failure.start(program: program, operation: "socketpair", errno: errno)
        }
        return (ends[0], ends[1])
    }

    static func spawn(
        _ program: String, _ arguments: [String], _ socket: Int32
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        // SAFETY: the actions live to the end of this function and are destroyed there; the argument
        // strings are duplicated before the call and freed after it.
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, socket, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, socket, 1)
        var words = unsafe ([program] + arguments).map { unsafe strdup($0) }
        unsafe words.append(nil)
        defer { unsafe words.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let result = unsafe posix_spawn(&child, program, &actions, nil, words, environ)
        guard result == 0 else {
            throw Failure.start(program: program, operation: "posix_spawn", errno: result)
        }
        return child
    }
}
