import Glibc
import Pharaoh
import Synchronization

/// A process that gives out the values of a sequencer and tells each, until it is killed: the side of
/// `obelisk.guarantees` that dies.
enum ValueTeller {
    /// What the argument begins with that makes a counting process a telling one.
    static let prefix = "tell-"

    /// How a teller's sequencer works: the word behind the prefix.
    enum Mode: String, CaseIterable {
        case each, reserve, ahead
    }

    /// The argument for a teller of the file at `path`.
    static func argument(_ mode: Mode, path: String) -> String {
        "\(prefix)\(mode.rawValue)=\(path)"
    }

    /// Tells values as `argument` says, until nobody listens; `false` when it says something else.
    static func serve(_ argument: String) throws -> Bool {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].hasPrefix(prefix),
            let mode = Mode(rawValue: String(parts[0].dropFirst(prefix.count)))
        else { return false }
        var numbers = try Obelisk(path: parts[1], reserving: mode.reservation)
        repeat {
            var value = try numbers.next().littleEndian
            // SAFETY: the value lives during the call. A socket takes eight bytes whole.
            guard unsafe write(1, &value, 8) == 8 else { break }
        } while true
        try numbers.close()
        return true
    }
}

extension ValueTeller.Mode {
    var reservation: ObeliskReservation {
        switch self {
        case .each: .values(1)
        case .reserve: .values(64)
        case .ahead: .values(64, growingTo: 4096, ahead: true)
        }
    }
}

/// Starts tellers, kills them, and looks whether what they told came twice.
struct KilledTellers {
    /// Values that came twice, or came out of order.
    private(set) var repeated = 0
    /// Values that were told.
    private(set) var told = 0
    private var highest: UInt64?

    /// Lets a process tell at least `count` values of the counter at `path`, and kills it in the
    /// middle of the next ones.
    mutating func live(_ mode: ValueTeller.Mode, path: String, count: Int, on unit: Int) throws {
        let values = try CounterProcess.told(
            by: [CounterWorker.verb, "\(unit)", ValueTeller.argument(mode, path: path)],
            killedAfter: count * 8)
        note(values)
    }

    /// Counts what one process has told.
    mutating func note(_ values: [UInt64]) {
        told += values.count
        for value in values {
            // Each life's values rise, and begin above all of those before.
            if let highest, value <= highest { repeated += 1 }
            highest = max(highest ?? 0, value)
        }
    }
}

extension CounterProcess {
    /// Starts a process with these arguments, reads at least `bytes` bytes of what it tells, kills it,
    /// and gives the numbers of eight bytes that it had told until then.
    static func told(by arguments: [String], killedAfter bytes: Int) throws -> [UInt64] {
        let program = BenchmarkProcesses.currentProgram
        let (own, others) = try Self.sockets(for: program)
        defer { close(own) }
        let process: pid_t
        do {
            defer { close(others) }
            process = try Self.spawn(program, arguments, others)
        }
        var received: [UInt8] = []
        var isKilled = false
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            if received.count >= bytes, !isKilled {
                kill(process, SIGKILL)
                isKilled = true
            }
            // SAFETY: the array has room for as many bytes as are asked for.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(own, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            received += chunk[..<count]
        }
        var status: Int32 = 0
        // SAFETY: `status` outlives the call.
        while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
        guard isKilled else { throw Failure.ended }
        return stride(from: 0, through: received.count - 8, by: 8).map { start in
            received[start..<start + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
    }
}
