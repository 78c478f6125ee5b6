import CNetworkPeers
import CNilometerShims
import Glibc
import Hardware
import Measurement
import Network
import Storage
import Synchronization

/// Turns of one echo. Its server runs for the turn alone, on a thread of its own, so that one which
/// spins takes the processing unit from nobody; starting it and the first exchanges are not timed.
final class EchoTurns: TimedTurns {
    private let contender: EchoContender
    private let work: EchoWork
    private let unit: Int
    /// What is sent, as many times as the window has messages, and what has to come back.
    private let requests: [UInt8]
    private let expected: [UInt8]
    private var replies: [UInt8]

    /// Exchanges before those that are timed: the first find cold caches and slow starts.
    private static let cold = 200

    /// Turns of `contender`, whose server runs on processing unit `unit`.
    init(_ contender: EchoContender, _ work: EchoWork, on unit: Int) {
        self.contender = contender
        self.work = work
        self.unit = unit
        let (request, reply) = contender.exchange(of: work.message)
        precondition(work.window == 1 || request.count == reply.count, "a window of unlike sizes")
        var (requests, expected): ([UInt8], [UInt8]) = ([], [])
        for _ in 0..<work.window {
            requests += request
            expected += reply
        }
        (self.requests, self.expected) = (requests, expected)
        replies = [UInt8](repeating: 0, count: expected.count)
    }

    /// Whether exchanges are timed one by one.
    private var isSingle: Bool { work.window == 1 }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let server = try EchoThread(contender, work, on: unit)
        var times: [Double] = []
        do {
            let client = try server.client()
            defer { close(client) }
            if isSingle {
                for _ in 0..<Self.cold { try exchange(client) }
                times.reserveCapacity(operations)
                for _ in 0..<operations {
                    let start = clock.begin()
                    try exchange(client)
                    times.append(clock.nanoseconds(from: start, to: clock.end()))
                    try check()
                }
            } else {
                try stream(max(work.window, Self.cold), client)
                let start = clock.begin()
                try stream(operations, client)
                let elapsed = clock.nanoseconds(from: start, to: clock.end())
                try check()
                times.append(elapsed / Double(operations))
            }
        } catch {
            // What the server says explains more.
            try server.end()
            throw error
        }
        try server.end()
        return times
    }

    @inline(__always)
    private func exchange(_ client: Int32) throws {
        // SAFETY: the arrays have as many bytes as are named.
        let error = unsafe network_client_exchange(
            client, requests, requests.count, &replies, replies.count, work.spins ? 1 : 0)
        guard error == 0 else { throw SystemError(error) }
    }

    private func stream(_ count: Int, _ client: Int32) throws {
        // SAFETY: both arrays have the bytes of as many messages as the window has.
        let error = unsafe network_client_stream(
            client, requests, &replies, work.message, work.window, count)
        guard error == 0 else { throw SystemError(error) }
    }

    /// What came back is what was sent.
    private func check() throws {
        let isRight =
            contender == .http ? HTTPEcho.isRight(replies, expected) : replies == expected
        guard isRight else { throw Distorted(contender: contender.rawValue) }
    }

    private struct Distorted: Error, CustomStringConvertible {
        let contender: String
        var description: String { "\(contender) sent back something else than it was sent" }
    }
}

/// The server of a turn.
final class EchoThread {
    private let address: Address
    private let transport: EchoWork.Transport
    private let stop: Int32
    private let thread: PinnedThread
    private let failure: Failure

    private final class Failure: Sendable {
        let found = Mutex<(any Error)?>(nil)
    }

    /// Starts it; whoever connects from here on is served.
    init(_ contender: EchoContender, _ work: EchoWork, on unit: Int) throws {
        let socket =
            switch work.transport {
            // A crowd may connect at once, and who finds no room tries again after a second.
            case .tcp: try Sockets.listening(at: .loopback(), backlog: 512, isShared: false)
            case .udp: try Sockets.datagram(at: .loopback())
            }
        guard let address = Sockets.ownAddress(of: socket) else { throw SystemError(errno) }
        self.address = address
        transport = work.transport
        let stop = nilometer_doorbell_make()
        guard stop >= 0 else {
            close(socket)
            throw SystemError(-stop)
        }
        self.stop = stop
        let failure = Failure()
        self.failure = failure
        thread = try PinnedThread(pu: unit, name: "echo") {
            do {
                try contender.serve(socket, work, stop: stop)
            } catch {
                failure.found.withLock { $0 = error }
            }
        }
    }

    deinit { close(stop) }

    /// The port that it has.
    var port: UInt16 { address.port }

    /// A socket that is connected to it.
    func client() throws -> Int32 {
        try Sockets.connected(to: address, datagrams: transport == .udp)
    }

    /// Ends it, and throws what it failed for.
    func end() throws {
        nilometer_doorbell_ring(stop)
        // The echo in C takes datagrams and nothing else: one without bytes is its end.
        if transport == .udp {
            let last = try client()
            defer { close(last) }
            _ = send(last, nil, 0, 0)
        }
        thread.join()
        if let failure = failure.found.withLock({ $0 }) { throw failure }
    }
}
