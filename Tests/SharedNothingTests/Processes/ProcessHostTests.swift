import CNilometerShims
import Foundation
import Glibc
import Hardware
import Randomness
import TestSupport
import Testing

@testable import SharedNothing

private typealias TextHost = ProcessHost<String, String>

/// What came of a message, for comparisons.
private enum Outcome: Equatable {
    case response(UInt64, String)
    case failure(UInt64, String)
    case ended(ProcessFailure)
    case nothing
}

@Suite(.serialized) struct ProcessHostTests {
    private func host(
        _ argument: String = "", worker: String = "probe"
    ) throws(ProcessFailure) -> TextHost {
        try TextHost(worker: worker, argument: argument, options: Probe.options())
    }

    private func outcome(_ host: inout TextHost) -> Outcome {
        do throws(ProcessFailure) {
            switch try host.receive(until: Probe.watchdog) {
            case .response(let ordinal, let text): return .response(ordinal, text)
            case .failure(let ordinal, let text): return .failure(ordinal, text)
            case .undecodable, nil: return .nothing
            }
        } catch {
            return .ended(error)
        }
    }

    private func ask(_ host: inout TextHost, _ message: String) throws -> Outcome {
        #expect(try host.trySend(message) != nil)
        return outcome(&host)
    }

    @Test func `answers in another process, and ends when told to`() throws {
        var host = try host()
        #expect(try host.awaitStart(until: Probe.watchdog) == true)
        #expect(try ask(&host, "a word") == .response(0, "0:a word"))
        #expect(try ask(&host, "process") == .response(1, "\(host.process)"))
        #expect(host.process != getpid())
        #expect(try host.trySend("b") == 2)
        #expect(try host.trySend("c") == 3)
        var rest: [UInt64] = []
        try host.stop(until: Probe.watchdog) { rest.append($0.ordinal) }
        #expect(rest == [2, 3])
    }

    @Test func `an error of the worker costs its message only`() throws {
        var host = try host()
        #expect(try ask(&host, "throw") == .failure(0, "told to throw"))
        #expect(try ask(&host, "handled") == .response(1, "2"))
        try host.stop(until: Probe.watchdog)
    }

    /// The traps and ends of a process, each with what is reported; the messages behind the one
    /// that did it are answered by the next process, in order, and with its number.
    @Test(arguments: [
        ("index", ["SIGILL", "SIGTRAP"]), ("precondition", ["SIGILL", "SIGTRAP"]),
        ("kill", ["SIGKILL"]), ("exit", ["status 3"]),
    ])
    func `a trap ends the process and nothing else`(message: String, ends: [String]) throws {
        var host = try host()
        #expect(try ask(&host, "a") == .response(0, "0:a"))
        for text in [message, "b", "c"] { #expect(try host.trySend(text) != nil) }
        guard case .ended(.ended(let end, handling: 1)) = outcome(&host) else {
            Issue.record("not reported as an end at message 1")
            return
        }
        #expect(ends.contains("\(end)"))
        #expect(host.isDown == true)
        #expect(host.unanswered == 3)
        // Said again as often as asked.
        #expect(outcome(&host) == .ended(.ended(end, handling: 1)))
        let discarded = host.discardOldest()
        #expect(discarded?.ordinal == 1 && discarded?.bytes == Array(message.utf8))
        try host.restart()
        #expect(outcome(&host) == .response(2, "2:b"))
        #expect(outcome(&host) == .response(3, "3:c"))
        #expect(try ask(&host, "handled") == .response(4, "3"))
        #expect(host.starts == 2)
        try host.stop(until: Probe.watchdog)
    }

    @Test func `says why a worker did not start`() throws {
        var thrower = try host("throw")
        #expect(outcome(&thrower) == .ended(.startFailed("told not to start")))
        var trapper = try host("trap")
        guard case .ended(.ended(.signalled, handling: nil)) = outcome(&trapper) else {
            Issue.record("not reported as an end before the start")
            return
        }
        var stranger = try host(worker: "nobody")
        #expect(outcome(&stranger) == .ended(.ended(.exited(64), handling: nil)))
    }

    @Test func `a long reason for not starting answers no message`() throws {
        var host = try TextHost(
            worker: "probe", argument: "throw 5000", options: Probe.options(answerBytes: 4096))
        #expect(try host.trySend("a") == 0)
        let expected = String(repeating: "x", count: 4096 - 16)
        #expect(outcome(&host) == .ended(.startFailed(expected)))
        #expect(host.unanswered == 1)
    }

    @Test func `a process that was killed while it was idle was at no message`() throws {
        var host = try host()
        #expect(try ask(&host, "a") == .response(0, "0:a"))
        try Probe.kill(host.process)
        #expect(try host.trySend("b") == 1)
        #expect(outcome(&host) == .ended(.ended(.signalled(SIGKILL), handling: nil)))
        try host.restart()
        #expect(outcome(&host) == .response(1, "1:b"))
    }

    @Test func `says that a program cannot be started`() {
        var options = Probe.options()
        options.executable = "/nowhere/at/all"
        #expect(throws: ProcessFailure.refused(.start, .init(ENOENT))) {
            _ = try TextHost(worker: "probe", options: options)
        }
    }

    @Test func `a message that can never fit is refused, and a full ring takes no more`() throws {
        var host = try ProcessHost<[UInt8], [UInt8]>(
            worker: "echo", options: Probe.options(messageBytes: 4096, answerBytes: 4096))
        let longest = host.longestMessage
        do throws(ProcessFailure) {
            _ = try host.trySend([UInt8](repeating: 1, count: longest + 1))
            Issue.record("sent what does not fit")
        } catch {
            #expect(error == .messageTooLong(byteCount: longest + 1, longest: longest))
        }
        let bytes = [UInt8](repeating: 7, count: 100)
        var sent = 0
        while try host.trySend(bytes) != nil { sent += 1 }
        // Answers free the room: not before they are received.
        #expect(sent == 4096 / ProcessLink.recordBytes(100))
        for ordinal in 0..<sent {
            guard case .response(UInt64(ordinal), bytes)? = try host.receive(until: Probe.watchdog)
            else {
                Issue.record("no answer \(ordinal)")
                return
            }
        }
        #expect(try host.trySend([UInt8](repeating: 9, count: longest)) != nil)
        guard case .response(_, let answer)? = try host.receive(until: Probe.watchdog) else {
            Issue.record("no answer to the longest message")
            return
        }
        #expect(answer == [UInt8](repeating: 9, count: longest))
        try host.stop(until: Probe.watchdog)
    }

    @Test func `a million messages come back whole and in order`() throws {
        var host = try ProcessHost<UInt64, UInt64>(worker: "echo", options: Probe.options())
        let count: UInt64 = 1_000_000
        var (sent, received, wrong): (UInt64, UInt64, Int) = (0, 0, 0)
        while received < count {
            if sent < count, try host.trySend(sent &* 0x9E37_79B9_7F4A_7C15) != nil {
                sent += 1
                continue
            }
            let answer = try host.receive(until: Probe.watchdog)
            guard case .response(let ordinal, let value)? = answer else { break }
            if ordinal != received || value != ordinal &* 0x9E37_79B9_7F4A_7C15 { wrong += 1 }
            received += 1
        }
        #expect(received == count && wrong == 0)
        try host.stop(until: Probe.watchdog)
    }

    /// Killed at moments that the seed draws, in the middle of whatever it was doing: every message
    /// is answered once here, in order.
    @Test func `killed again and again, it loses no message and answers none twice`() throws {
        var generator = testSeed.derived(for: "kills").generator()
        var host = try ProcessHost<[UInt8], [UInt8]>(
            worker: "echo", options: Probe.options(messageBytes: 1 << 14, answerBytes: 1 << 13))
        var (sent, received, kills) = (0, 0, 0)
        while kills < 25 {
            let burst = Int(generator.next(below: 2000))
            for _ in 0..<burst {
                let bytes = content(sent)
                if try host.trySend(bytes) != nil { sent += 1; continue }
                guard try expectAnswer(&host, received) else { return }
                received += 1
            }
            // Not through the host, which would know of it.
            Glibc.kill(host.process, SIGKILL)
            kills += 1
            while true {
                do throws(ProcessFailure) {
                    guard
                        case .response(let ordinal, let bytes)? =
                            try host.receive(until: Probe.watchdog)
                    else { break }
                    #expect(Int(ordinal) == received && bytes == content(received), "\(replay)")
                    received += 1
                } catch {
                    guard case .ended(.signalled(SIGKILL), _) = error else {
                        Issue.record("\(error); \(replay)")
                        return
                    }
                    break
                }
            }
            try host.restart()
        }
        while received < sent {
            guard try expectAnswer(&host, received) else { return }
            received += 1
        }
        #expect(host.starts == 26)
        #expect(host.unanswered == 0)
        try host.stop(until: Probe.watchdog)
    }

    private func content(_ number: Int) -> [UInt8] {
        (0..<(number % 251)).map { UInt8(truncatingIfNeeded: $0 &+ number) }
    }

    private func expectAnswer(
        _ host: inout ProcessHost<[UInt8], [UInt8]>, _ received: Int
    ) throws -> Bool {
        guard case .response(let ordinal, let bytes)? = try host.receive(until: Probe.watchdog),
            Int(ordinal) == received, bytes == content(received)
        else {
            Issue.record("no answer \(received); \(replay)")
            return false
        }
        return true
    }

    @Test(arguments: 0..<12)
    func `a process that writes garbage costs itself only`(round: Int) throws {
        var host = try host()
        #expect(try ask(&host, "a") == .response(0, "0:a"))
        let seed = testSeed.derived(for: round).rawValue
        #expect(try host.trySend("garbage \(seed)") != nil)
        let deadline = Deadline(after: .milliseconds(500), from: .now())
        do throws(ProcessFailure) {
            while let answer = try host.receive(until: deadline) {
                // Garbage may look like an answer to the message; it cannot look like much more.
                #expect(answer.ordinal <= 1, "\(replay)")
            }
            // Nothing that looks like anything: it would hang until its owner loses patience.
            host.kill()
        } catch {
            guard case .garbled = error else {
                Issue.record("\(error); \(replay)")
                return
            }
        }
        #expect(host.isDown == true)
        while host.discardOldest() != nil { continue }
        try host.restart()
        let next = host.nextOrdinal
        #expect(try ask(&host, "b") == .response(next, "\(next):b"))
        try host.stop(until: Probe.watchdog)
    }

    @Test func `one that does not end in time is killed`() throws {
        var host = try host()
        let process = host.process
        _ = try host.trySend("hang")
        do throws(ProcessFailure) {
            try host.stop(until: Deadline(after: .milliseconds(50), from: .now()))
            Issue.record("it ended")
        } catch {
            #expect(error == .stopTimedOut)
        }
        #expect(kill(process, 0) != 0 && errno == ESRCH)
    }

    @Test func `one that is dropped ends with its owner`() throws {
        let process: Int32
        do {
            var host = try host()
            #expect(try host.awaitStart(until: Probe.watchdog) == true)
            process = host.process
        }
        #expect(kill(process, 0) != 0 && errno == ESRCH)
    }

    @Test func `no process outlives its parent, though that is killed`() throws {
        let parent = Process()
        parent.executableURL = URL(fileURLWithPath: Probe.executable)
        parent.arguments = ["parent"]
        let output = Pipe()
        parent.standardOutput = output
        try parent.run()
        defer {
            kill(parent.processIdentifier, SIGKILL)
            parent.waitUntilExit()
        }
        let line = String(
            decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        try #require(numbers.count == 2 && numbers[0] == parent.processIdentifier)
        // Watched by a descriptor: its number may be somebody else's once it has ended.
        let watch = nilometer_watch_process(numbers[1])
        try #require(watch >= 0)
        defer { close(watch) }
        #expect(kill(numbers[1], 0) == 0)
        kill(parent.processIdentifier, SIGKILL)
        var event = pollfd(fd: watch, events: Int16(POLLIN), revents: 0)
        // SAFETY: one structure, which outlives the call.
        #expect(unsafe poll(&event, 1, 10_000) == 1)
    }
}
