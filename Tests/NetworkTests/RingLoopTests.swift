import Glibc
import StateMachines
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Network

/// What a loop over the kernel's ring is beside what every loop is.
@Suite(.enabled(if: Lab.hasRing, "this machine grants no io_uring"))
struct RingLoopTests {
    @Test(
        "a kernel that refuses newer flags serves all the same, and the loop says what it lacks",
        arguments: [[RingSetup.Flags.deferred], [.deferred, .cooperative]])
    func lesserKernels(refused: [RingSetup.Flags]) throws {
        let refuser: RingSetup.Refuser = { flags in
            refused.contains { flags.contains($0) } ? ErrorNumber(code: EINVAL) : nil
        }
        let server = try EventLoop(options: Lab.small, refusing: refuser)
        #expect(refused.allSatisfy { server.capabilities?.setup.flags.contains($0) == false })
        #expect((server.capabilities?.setup.refusals.count ?? 0) >= 1)
        var pair = try Lab.pair(server: server, client: EventLoop(options: Lab.small))
        pair.serverSide.echoes = true
        pair.client.send(kind: 1, [1, 2, 3].span, to: pair.connection)
        try pair.turn { !$1.frames.isEmpty }
    }

    @Test("a kernel without io_uring is a typed error")
    func noRing() {
        let number = ErrorNumber(code: ENOSYS)
        #expect(throws: NetworkError.ringUnavailable(.setup(number))) {
            _ = try EventLoop(options: Lab.small, refusing: { _ in number })
        }
    }

    @Test("loops that spin, for ever or for a while, hear what comes")
    func spinning() throws {
        var options = Lab.small
        for most in [nil, Span.microseconds(1)] {
            options.waiting = .spinning(atMost: most)
            var pair = try Lab.pair(
                server: EventLoop(options: options), client: EventLoop(options: options))
            pair.serverSide.echoes = true
            for count in 1...3 {
                pair.client.send(kind: 1, [9].span, to: pair.connection)
                try pair.turn { $1.frames.count == count }
            }
            #expect(pair.clientSide.frames.map(\.payload) == [[9], [9], [9]])
            #expect(pair.client.statistics.directSends > 0)
        }
    }

    @Test("a loop belongs to the thread that turned it first, and says so to another")
    func ownThread() throws {
        let loop = Mutex<EventLoop>(try EventLoop(options: Lab.small))
        guard loop.withLock({ $0.capabilities?.setup.flags.contains(.singleIssuer) == true }) else {
            return
        }
        try loop.withLock { loop in
            var recorder = Recorder()
            try loop.turn(&recorder, until: Clock.now)
        }
        let refusal = Mutex<NetworkError?>(nil)
        TestThread.all(1) { _ in
            do throws(NetworkError) {
                try loop.withLock { loop throws(NetworkError) in
                    var recorder = Recorder()
                    try loop.turn(&recorder, until: Clock.now)
                }
            } catch {
                refusal.withLock { $0 = error }
            }
        }
        #expect(refusal.withLock { $0 } == .refused(.ring, ErrorNumber(code: EEXIST)))
    }
}
