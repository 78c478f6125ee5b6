import CPeerServers
import Glibc
import Hardware

/// A server of others that lives as long as this object, under a guard: a process in between that
/// ends the server and removes its directories when it is told to, and also when this process is
/// killed, however that comes about.
///
/// For one thread at a time.
public final class GuardedServer {
    /// The program, for errors.
    let name: String
    /// The server's process number; 0 while it is killed, and where its own end was found.
    public private(set) var process: Int32 = 0
    /// What its own end was, where that was found.
    private var end: PeerFailure?
    /// The directory of its data and log.
    public var directory: String { home.data }
    /// The directory of its socket.
    public var socketDirectory: String { home.sockets }
    let home: ServerHome
    private var guardian: peer_guard

    /// How long programs may take to prepare and until the server answers, in milliseconds.
    static let patience = 60_000

    /// Starts what `order` says and waits until the last program runs. What `home` holds goes with
    /// the guard, and goes here when there is none; also when this throws.
    init(_ order: ServerOrder, name: String, home: ServerHome) throws(PeerFailure) {
        self.name = name
        self.home = home
        do throws(PeerFailure) {
            guardian = try order.start()
        } catch {
            home.remove()
            throw error
        }
        let last = max(order.programs.count, 1) - 1
        while true {
            let report = next(within: Self.patience)
            switch report?.kind {
            case .some(peer_report_started.rawValue) where Int(report?.program ?? 0) == last:
                process = report?.value ?? 0
                return
            case .some(peer_report_started.rawValue): continue
            case .some(peer_report_ended.rawValue) where report?.value == 0: continue
            default: throw stopping(failure(report))
            }
        }
    }

    deinit { stop() }

    /// Looks whether it has ended by itself, and says how: nil while it runs, and while it is killed. Does
    /// not wait.
    public func ownEnd() -> PeerFailure? {
        if end == nil, process != 0, let report = next(within: 0) {
            end = ended(report)
            process = 0
        }
        return end
    }

    /// Kills the server where it stands, as by SIGKILL from outside, and waits until it is gone. What it
    /// kept stays for ``startAgain()``.
    ///
    /// - Precondition: it was not killed before.
    /// - Throws: `refused`, or what its end was where it had ended by itself before.
    public func kill() throws(PeerFailure) {
        try tellRunning(peer_command_kill, reported: peer_report_ended)
        process = 0
    }

    /// Stops the server where it stands. Done when this returns.
    ///
    /// - Precondition: it was not killed.
    /// - Throws: as ``kill()``.
    public func freeze() throws(PeerFailure) {
        try tellRunning(peer_command_freeze, reported: peer_report_signalled)
    }

    /// Lets the server go on that was frozen. Done when this returns.
    ///
    /// - Precondition: it was not killed.
    /// - Throws: as ``kill()``.
    public func thaw() throws(PeerFailure) {
        try tellRunning(peer_command_thaw, reported: peer_report_signalled)
    }

    /// Has the guard do something to the server and waits until it is reported.
    private func tellRunning(
        _ command: peer_command, reported kind: peer_report_kind
    ) throws(PeerFailure) {
        // One that ended by itself has a report of that already, and is not to pass for killed.
        if let end = ownEnd() { throw stopping(end) }
        precondition(process != 0, "\(name) was killed before")
        try tell(command)
        let report = next(within: Self.patience)
        guard report?.kind == kind.rawValue else { throw stopping(failure(report)) }
    }

    /// Starts the server once more that was killed, with all that it had kept, and waits until its
    /// program runs: not until it answers.
    ///
    /// - Precondition: it was killed.
    /// - Throws: `refused`, or `died` with the end of its log.
    public func startAgain() throws(PeerFailure) {
        precondition(process == 0 && end == nil, "\(name) was not killed")
        try tell(peer_command_start_again)
        let report = next(within: Self.patience)
        guard let report, report.kind == peer_report_started.rawValue else {
            throw stopping(failure(report))
        }
        process = report.value
    }

    private func tell(_ command: peer_command) throws(PeerFailure) {
        // SAFETY: the guard is this object's own and outlives the call.
        let error = unsafe peer_guard_tell(&guardian, command)
        guard error == 0 else {
            throw .refused(operation: "tell the guard of", path: name, SystemError(error))
        }
    }

    /// Ends the server, waits for it and for the removal of its directories. May be called again.
    public func stop() {
        // SAFETY: the guard is this object's own, and marks itself as stopped.
        unsafe peer_guard_stop(&guardian)
    }

    /// Calls `attempt` until it succeeds: the server needs a moment before it answers. Failures other
    /// than of the connection end it, as do the server's own end and too long a time.
    func answering<Answer>(
        _ attempt: () throws(PeerFailure) -> Answer
    ) throws(PeerFailure) -> Answer {
        for _ in 0..<(Self.patience / 10) {
            do {
                return try attempt()
            } catch .disconnected {
                // Waits for the report of its end meanwhile.
                if let report = next(within: 10) { throw stopping(failure(report)) }
            } catch {
                // Where the port was taken, it was another server that answered.
                let end = next(within: 500)
                throw stopping(end.map(failure) ?? error)
            }
        }
        throw stopping(failure(nil))
    }

    /// `failure`, after the server has been stopped.
    private func stopping(_ failure: PeerFailure) -> PeerFailure {
        stop()
        return failure
    }

    private func next(within milliseconds: Int) -> Report? {
        var report = peer_report()
        // SAFETY: both outlive the call.
        let found = unsafe peer_guard_report(&guardian, Int32(milliseconds), &report)
        guard found != 0 else { return nil }
        guard found > 0 else { return Report(kind: 0, program: 0, value: 0) }
        return Report(kind: UInt32(report.kind), program: report.program, value: report.value)
    }

    private struct Report {
        let kind: UInt32
        let program: Int32
        let value: Int32
    }

    private func failure(_ report: Report?) -> PeerFailure {
        let log = home.endOfLog()
        guard let report else {
            return .silent(program: name, milliseconds: Self.patience, log: log)
        }
        switch report.kind {
        case peer_report_refused.rawValue:
            return .refused(operation: "run", path: name, SystemError(report.value))
        case peer_report_ended.rawValue:
            return .died(program: name, how: Self.how(report.value), log: log)
        default: return .died(program: name, how: "lost its guard", log: log)
        }
    }

    private func ended(_ report: Report) -> PeerFailure {
        let isKnown = report.kind == peer_report_ended.rawValue
        return .ended(
            program: name, how: isKnown ? Self.how(report.value) : "lost its guard",
            log: home.endOfLog())
    }

    /// What the status says that `waitpid` gave.
    private static func how(_ status: Int32) -> String {
        let signal = status & 0x7F
        return signal == 0
            ? "ended with status \((status >> 8) & 0xFF)" : "was ended by signal \(signal)"
    }
}
