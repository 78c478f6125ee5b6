import Glibc
import Hardware

/// A server on another host, started there through `ssh`: it ends, and what it kept is removed, when this
/// object ends or this process does, since the connection ends then.
///
/// What is done to it takes a round trip to that host. For one thread at a time.
final class RemoteServer: ServedProcess {
    /// The connection.
    private let link: GuardedServer
    private let destination: String
    /// Where words go for the shell on the host.
    private let orders: Int32
    private var isOpen = true
    /// What has come through the connection.
    private var lines: LogLines
    /// How often it has said that it started a server, and that it did something to it.
    private var (started, done) = (0, 0)
    private var isKilled = false
    private var end: PeerFailure?

    var log: String { link.home.log }
    var localProcess: Int32? { nil }

    /// Starts a server of these words on the host, and waits until the host says that it has begun to.
    ///
    /// - Parameters:
    ///   - words: what follows the program's name, but for the directory of records.
    ///   - ssh: the program that connects, and its own options before any others.
    ///   - home: where the log is, and what else goes with the connection.
    ///
    /// - Throws: `died` with what `ssh` or the host said, and others.
    init(
        _ words: [String], keepsRecords: Bool, on host: RemoteHost, ssh: [String], home: ServerHome
    ) throws(PeerFailure) {
        destination = host.destination
        orders = try Self.pipe(at: "\(home.data)/orders", home)
        let command = RemoteScript.command(
            [host.program] + words, below: host.directory, keepsRecords: keepsRecords)
        // What a guard starts reads nothing, has none of the user's environment and is in a directory of
        // its own: none of which suits `ssh`.
        let program =
            ["/usr/bin/env"] + Self.environment
            + ["/bin/sh", "-c", #"exec < orders && cd "$0" && exec "$@""#, Self.workingDirectory]
            + ssh + Self.options + [host.destination, command]
        let order = ServerOrder(
            programs: [program], removed: [home.data, home.sockets], log: home.log,
            directory: home.data, stopSignal: SIGKILL, units: [])
        do throws(PeerFailure) {
            link = try GuardedServer(order, name: "ssh \(host.destination)", home: home)
        } catch {
            close(orders)
            throw error
        }
        lines = LogLines(of: home.log)
        do throws(PeerFailure) {
            try wait { started == 1 }
        } catch .ended(let program, let how, let log) {
            throw .died(program: program, how: how, log: log)
        }
    }

    deinit { stop() }

    /// No terminal, and nobody to ask for a password; a host that is silent for long is lost.
    private static let options = [
        "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=5",
    ]

    /// What of the environment says how to prove who one is, and where `ssh` and what it calls are.
    private static var environment: [String] {
        let names = ["PATH", "HOME", "USER", "LOGNAME", "SSH_AUTH_SOCK", "KRB5CCNAME"]
        return names.compactMap { name in
            // SAFETY: the text is copied at once; nothing here changes the environment.
            unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" }
        }
    }

    /// Where words of the user's that are paths begin.
    private static var workingDirectory: String {
        // SAFETY: memory of the system's for the path, which is freed once it was copied.
        guard let path = unsafe getcwd(nil, 0) else { return "/" }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }

    func ownEnd() -> PeerFailure? {
        hear()
        if end == nil, isOpen { end = link.ownEnd() }
        return end
    }

    func kill() throws(PeerFailure) {
        if let end = ownEnd() { throw stopping(end) }
        precondition(!isKilled, "the server on \(destination) was killed before")
        isKilled = true
        try tell("KILL") { done }
    }

    func freeze() throws(PeerFailure) { try tell("STOP") { done } }

    func thaw() throws(PeerFailure) { try tell("CONT") { done } }

    func startAgain() throws(PeerFailure) {
        precondition(isKilled, "the server on \(destination) was not killed")
        isKilled = false
        try tell("start") { started }
    }

    func answering<Answer>(
        _ attempt: () throws(PeerFailure) -> Answer
    ) throws(PeerFailure) -> Answer {
        for _ in 0..<GuardedServer.patience / 10 {
            do {
                return try attempt()
            } catch .disconnected {
                if let end = ownEnd() { throw stopping(end) }
                usleep(10_000)
            } catch { throw stopping(error) }
        }
        throw stopping(silence)
    }

    func stop() {
        guard isOpen else { return }
        isOpen = false
        // The host hears of its end, and has tidied up when the connection ends.
        close(orders)
        for _ in 0..<5000 where link.ownEnd() == nil { usleep(1000) }
        link.stop()
    }

    /// Has the host do something and waits until it says that it has.
    private func tell(_ word: String, counted: () -> Int) throws(PeerFailure) {
        precondition(isOpen, "the server on \(destination) was stopped")
        hear()
        let before = counted()
        let line = Array("\(word)\n".utf8)
        // SAFETY: the bytes stay valid during the call, which copies them.
        let written = unsafe line.withUnsafeBytes { unsafe write(orders, $0.baseAddress, $0.count) }
        guard written == line.count else {
            throw stopping(
                .refused(operation: "tell the host", path: destination, SystemError(errno)))
        }
        try wait { counted() > before }
    }

    private func wait(until isThere: () -> Bool) throws(PeerFailure) {
        for _ in 0..<GuardedServer.patience {
            if let end = ownEnd() { throw stopping(end) }
            if isThere() { return }
            usleep(1000)
        }
        throw stopping(silence)
    }

    private var silence: PeerFailure {
        .silent(
            program: link.name, milliseconds: GuardedServer.patience, log: link.home.endOfLog())
    }

    private func stopping(_ failure: PeerFailure) -> PeerFailure {
        stop()
        return failure
    }

    private func hear() {
        for line in lines.next() {
            switch line {
            case "host started": started += 1
            case "host done": done += 1
            case "host ended" where !isKilled && end == nil:
                end = .ended(
                    program: "nilometer node", how: "ended on \(destination)",
                    log: link.home.endOfLog())
            default: break
            }
        }
    }

    /// A named pipe that is open for writing here, and that nobody has to read yet for that.
    private static func pipe(at path: String, _ home: ServerHome) throws(PeerFailure) -> Int32 {
        // SAFETY: the kernel reads the path during the calls.
        let made = unsafe mkfifo(path, 0o600)
        let descriptor = made == 0 ? unsafe open(path, O_RDWR | O_CLOEXEC) : -1
        guard descriptor >= 0 else {
            let reason = SystemError(errno)
            home.remove()
            throw .refused(operation: "create", path: path, reason)
        }
        return descriptor
    }
}
