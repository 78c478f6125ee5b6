import Glibc
import Measurement
import StateMachines

/// What messages and syncs cost on this machine, tried for a moment: so that a simulation predicts
/// milliseconds, not only rounds.
///
/// A message is 64 bytes between two connected sockets of this process: what its system call takes is what a
/// processor spends on it, for sending and for receiving. A network card's driver comes on top on a real
/// network, and is not in it. A sync is an `fdatasync` after 4 KiB were written at the end of a file.
/// Medians, since a single stall of the machine is nobody's cost.
struct MeasuredCosts {
    /// What it takes to receive a message.
    let receive: Span
    /// What it takes to send one.
    let send: Span
    /// What a sync takes.
    let sync: Span

    /// How it was measured, in a few words.
    var method: String {
        "medians of \(Self.messages) messages of \(Self.bytes) bytes between local sockets, and of "
            + "\(Self.syncs) syncs of \(Self.block) bytes"
    }

    private static let messages = 20_000
    private static let bytes = 64
    private static let syncs = 50
    private static let block = 4_096

    /// A call of the system that failed.
    struct Failure: Error, CustomStringConvertible {
        /// The call, what it was for, and the system's reason.
        let description: String

        init(_ call: String) {
            // SAFETY: strerror's text is copied at once.
            description = "\(call): \(unsafe String(cString: strerror(errno)))"
        }
    }

    /// Measures, for a second or so; syncs on the disk of `directory`.
    ///
    /// - Throws: `Failure` where the system refuses sockets, or a file in the directory.
    init(directory: String) throws(Failure) {
        let clock = TickClock()
        (send, receive) = try Self.messageCosts(clock)
        sync = try Self.syncCost(clock, directory)
    }
}

extension MeasuredCosts {
    private static func median(_ values: [Double]) -> Span {
        Span(nanoseconds: Int64(values.sorted()[values.count / 2].rounded()))
    }

    private static func messageCosts(_ clock: TickClock) throws(Failure) -> (Span, Span) {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has room for the two descriptors that the call writes.
        let status = unsafe ends.withUnsafeMutableBufferPointer { buffer in
            unsafe socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, buffer.baseAddress)
        }
        guard status == 0 else { throw Failure("socketpair") }
        defer { for end in ends { close(end) } }
        var message = [UInt8](repeating: 7, count: bytes)
        var (sending, receiving): ([Double], [Double]) = ([], [])
        for _ in 0..<messages {
            let start = clock.begin()
            // SAFETY: both buffers have as many bytes as the calls are told, and outlive them.
            let sent = unsafe message.withUnsafeBytes {
                unsafe write(ends[0], $0.baseAddress, bytes)
            }
            let middle = clock.end()
            guard sent == bytes else { throw Failure("write to a socket") }
            let next = clock.begin()
            let received = unsafe message.withUnsafeMutableBytes {
                unsafe read(ends[1], $0.baseAddress, bytes)
            }
            let end = clock.end()
            guard received == bytes else { throw Failure("read from a socket") }
            sending.append(clock.nanoseconds(from: start, to: middle))
            receiving.append(clock.nanoseconds(from: next, to: end))
        }
        return (median(sending), median(receiving))
    }

    private static func syncCost(
        _ clock: TickClock, _ directory: String
    ) throws(Failure) -> Span {
        let path = "\(directory)/.nilometer-sync-\(getpid())"
        // SAFETY: the text outlives both calls, which only read it.
        let file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure("open '\(path)'") }
        defer {
            close(file)
            unsafe unlink(path)
        }
        let data = [UInt8](repeating: 7, count: block)
        var times: [Double] = []
        for _ in 0..<syncs {
            // SAFETY: the buffer has as many bytes as the call is told, and outlives it.
            let written = unsafe data.withUnsafeBytes { unsafe write(file, $0.baseAddress, block) }
            guard written == block else { throw Failure("write to '\(path)'") }
            let start = clock.begin()
            guard fdatasync(file) == 0 else { throw Failure("fdatasync of '\(path)'") }
            times.append(clock.nanoseconds(from: start, to: clock.end()))
        }
        return median(times)
    }
}
