import Glibc
import Randomness
import SharedNothing
import TestSupport
import Testing

/// A worker that saves its state after every message, killed at moments that the seed draws.
@Suite(.serialized) struct SnapshotProcessTests {
    /// As after the end of the program: numbers begin anew, and none of them is in the state.
    @Test func `a new host's messages are all taken in`() throws {
        let directory = TemporaryDirectory()
        for round in 0..<2 as Range<UInt64> {
            var host = try ProcessHost<UInt64, UInt64>(
                worker: "snapshots", argument: directory.path, options: Probe.options())
            for message in 0..<20 as Range<UInt64> {
                #expect(try host.trySend(message) == message)
                let parts = 20 * round + message + 1
                guard case .response(message, parts)? = try host.receive(until: Probe.watchdog)
                else {
                    Issue.record("not \(parts) parts")
                    return
                }
            }
        }
    }

    /// A program that keeps its numbers over its end: the same stream, and what it does not know to
    /// have been answered sent again.
    @Test func `a host that goes on with a stream delivers nothing into the state twice`() throws {
        let directory = TemporaryDirectory()
        for first in [0, 15] as [UInt64] {
            var host = try ProcessHost<UInt64, UInt64>(
                worker: "snapshots", argument: directory.path, options: Probe.options(),
                stream: MessageStream(identity: 99), firstOrdinal: first)
            #expect(host.nextOrdinal == first)
            for message in first..<first + 20 {
                #expect(try host.trySend(message) == message)
                let parts = max(message + 1, first > 0 ? 20 : 0)
                guard case .response(message, parts)? = try host.receive(until: Probe.watchdog)
                else {
                    Issue.record("not \(parts) parts")
                    return
                }
            }
        }
    }

    @Test func `a killed worker goes on after the last message that is in its state`() throws {
        let directory = TemporaryDirectory()
        var generator = testSeed.derived(for: "snapshot kills").generator()
        var host = try ProcessHost<UInt64, UInt64>(
            worker: "snapshots", argument: directory.path, options: Probe.options())
        var sent: UInt64 = 0
        var answered: UInt64 = 0
        for _ in 0..<8 {
            for _ in 0..<20 {
                #expect(try host.trySend(sent) == sent)
                sent += 1
            }
            let until = answered + generator.next(below: 15)
            while answered < until {
                // The number of parts in the state: each message once, however often delivered.
                guard
                    case .response(answered, answered + 1)? =
                        try host.receive(until: Probe.watchdog)
                else {
                    Issue.record("no answer \(answered); \(replay)")
                    return
                }
                answered += 1
            }
            // Somewhere in the next save.
            usleep(UInt32(generator.next(below: 2000)))
            kill(host.process, SIGKILL)
            do throws(ProcessFailure) {
                while case .response(answered, answered + 1)? =
                    try host.receive(until: Probe.watchdog)
                {
                    answered += 1
                }
                Issue.record("another answer than \(answered); \(replay)")
            } catch {
                #expect(host.isDown == true)
            }
            try host.restart()
        }
        while answered < sent {
            guard case .response(answered, answered + 1)? = try host.receive(until: Probe.watchdog)
            else {
                Issue.record("no answer \(answered); \(replay)")
                return
            }
            answered += 1
        }
        try host.stop(until: Probe.watchdog)
    }
}
