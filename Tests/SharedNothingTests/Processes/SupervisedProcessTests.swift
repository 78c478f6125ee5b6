import Glibc
import Randomness
import SharedNothing
import TestSupport
import Testing

@Suite(.serialized) struct SupervisedProcessTests {
    private func supervised(
        _ letters: DeadLetters<String>, attempts: Int = 3, restarts: Int = 10,
        argument: String = "",
        backoff: Backoff.Shape = Backoff.Shape(immediate: 100, jitter: .none),
        handlingLimit: Duration? = nil
    ) throws -> SupervisedProcess<String, String, SupervisionPolicy> {
        let rules = SupervisionPolicy.Rules(
            retry: RetryPolicy(attempts: attempts),
            intensity: RestartIntensity(atMost: restarts, within: .seconds(1000)),
            backoff: backoff)
        return SupervisedProcess(
            try ProcessHost(worker: "probe", argument: argument, options: Probe.options()),
            index: 5, policy: SupervisionPolicy(rules, seed: Seed(1)), letters: letters,
            handlingLimit: handlingLimit)
    }

    /// One line an event, until so many messages are done with.
    private func events(
        _ process: inout SupervisedProcess<String, String, SupervisionPolicy>, until count: Int
    ) throws -> [String] {
        var lines: [String] = []
        var done = 0
        while done < count, let event = try process.receive(until: Probe.watchdog) {
            lines.append(line(event))
            if case .restarted = event { continue }
            done += 1
        }
        return lines
    }

    private func line(
        _ event: SupervisedProcess<String, String, SupervisionPolicy>.Event
    ) -> String {
        switch event {
        case .answer(.response(_, let text)): text
        case .answer(let answer): "\(answer)"
        case .restarted(let failure, _): "restarted \(failure.attempts)"
        case .gaveUp(let ordinal, let failure): "gave up \(ordinal) after \(failure.attempts)"
        }
    }

    private func rest(_ letters: DeadLetters<String>) -> [String] {
        var texts: [String] = []
        while let letter = letters.next() { texts.append(letter.message) }
        return texts
    }

    /// What it gives up with.
    private func failure(
        _ process: inout SupervisedProcess<String, String, SupervisionPolicy>
    ) -> ProcessFailure? {
        do throws(ProcessFailure) {
            while try process.receive(until: Probe.watchdog) != nil { continue }
            return nil
        } catch {
            return error
        }
    }

    @Test func `tries a message that kills its process, then gives it up, and loses no other`()
        throws
    {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters)
        for text in ["a", "kill", "b", "index", "c"] { #expect(try process.trySend(text) != nil) }
        #expect(
            try events(&process, until: 5) == [
                "0:a", "restarted 1", "restarted 2", "gave up 1 after 3", "restarted 3", "2:b",
                "restarted 1", "restarted 2", "gave up 3 after 3", "restarted 3", "4:c",
            ])
        let first = try #require(letters.next())
        #expect(first.message == "kill" && first.attempts == 3 && first.worker == 5)
        guard case .failed(let failure) = first.reason else {
            Issue.record("\(first.reason)")
            return
        }
        #expect(failure.phase == .handling && failure.hasMessage)
        #expect(failure.error == "the process ended with SIGKILL at message 1")
        #expect(letters.next()?.message == "index")
        #expect(letters.next() == nil)
        try process.stop(until: Probe.watchdog)
    }

    @Test func `stops restarting when the policy gives up, and loses nothing`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 100, restarts: 2)
        for text in ["exit", "a"] { #expect(try process.trySend(text) != nil) }
        #expect(failure(&process) == .ended(.exited(3), handling: 0))
        #expect(process.host.unanswered == 0)
        #expect(process.host.starts == 3)
        #expect(rest(letters) == ["exit", "a"])
        // For good.
        #expect(failure(&process) == .ended(.exited(3), handling: 0))
        do throws(ProcessFailure) {
            _ = try process.trySend("b")
            Issue.record("sent to nobody")
        } catch {
            #expect(error == .ended(.exited(3), handling: 0))
        }
    }

    @Test func `counts a start that fails against nobody's message`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 1, restarts: 3, argument: "throw")
        #expect(try process.trySend("a") != nil)
        #expect(failure(&process) == .startFailed("told not to start"))
        #expect(process.host.starts == 4)
        let letter = try #require(letters.next())
        #expect(letter.message == "a" && letter.attempts == 0)
        #expect(letters.arrived == 1)
    }

    @Test func `a stop deals with a message that ends the process on the way`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 1)
        for text in ["a", "b", "kill", "c", "d"] { #expect(try process.trySend(text) != nil) }
        var lines: [String] = []
        try process.stop(until: Probe.watchdog) { lines.append(line($0)) }
        #expect(lines == ["0:a", "1:b", "gave up 2 after 1", "restarted 1", "3:c", "4:d"])
        #expect(rest(letters) == ["kill"])
    }

    @Test func `a stop that runs out of time loses nothing`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters)
        for text in ["hang", "a"] { #expect(try process.trySend(text) != nil) }
        do throws(ProcessFailure) {
            try process.stop(until: Deadline(after: .milliseconds(20), from: .now()))
            Issue.record("it ended")
        } catch {
            #expect(error == .stopTimedOut)
        }
        #expect(rest(letters) == ["hang", "a"])
    }

    @Test func `a process that is killed while it is idle costs no message an attempt`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 1)
        #expect(try process.trySend("a") == 0)
        #expect(try events(&process, until: 1) == ["0:a"])
        try Probe.kill(process.host.process)
        #expect(try process.trySend("b") == 1)
        #expect(try events(&process, until: 1) == ["restarted 1", "1:b"])
        #expect(letters.arrived == 0)
        try process.stop(until: Probe.watchdog)
    }

    @Test func `frees itself of a message that hangs`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 1, handlingLimit: .milliseconds(400))
        for text in ["a", "hang", "b"] { #expect(try process.trySend(text) != nil) }
        #expect(
            try events(&process, until: 3) == [
                "0:a", "gave up 1 after 1", "restarted 1", "2:b",
            ])
        #expect(rest(letters) == ["hang"])
        try process.stop(until: Probe.watchdog)
    }

    @Test func `a start that fails in between is no excuse for a message`() throws {
        let directory = TemporaryDirectory()
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, argument: "once \(directory.file("started"))")
        for text in ["kill", "a"] { #expect(try process.trySend(text) != nil) }
        #expect(
            try events(&process, until: 2) == [
                "restarted 1", "restarted 1", "restarted 2", "restarted 1", "gave up 0 after 3",
                "restarted 3", "restarted 1", "1:a",
            ])
        #expect(rest(letters) == ["kill"])
        try process.stop(until: Probe.watchdog)
    }

    @Test func `waits for a restart no longer than it is asked to`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        let hour = Duration.seconds(3600)
        var process = try supervised(
            letters,
            backoff: Backoff.Shape(immediate: 0, first: hour, longest: hour, jitter: .none))
        #expect(try process.trySend("kill") == 0)
        while !process.host.isDown {
            #expect(try isQuiet(&process))
        }
        #expect(try isQuiet(&process))
        #expect(process.host.starts == 1)
    }

    private func isQuiet(
        _ process: inout SupervisedProcess<String, String, SupervisionPolicy>
    ) throws -> Bool {
        let deadline = Deadline(after: .milliseconds(20), from: .now())
        return try process.receive(until: deadline) == nil
    }

    /// The decoder runs in the process, and nowhere else.
    @Test func `a message that cannot be decoded ends as a dead letter`() throws {
        let letters = DeadLetters<Poison>(capacity: 4)
        let rules = SupervisionPolicy.Rules(
            retry: RetryPolicy(attempts: 2), backoff: Backoff.Shape(immediate: 100, jitter: .none))
        var process = SupervisedProcess(
            try ProcessHost<Poison, UInt64>(worker: "poison", options: Probe.options()),
            policy: SupervisionPolicy(rules, seed: Seed(1)), letters: letters)
        for value in [12, 13, 14] as [UInt64] { #expect(try process.trySend(Poison(value)) != nil) }
        var answers: [UInt64] = []
        try process.stop(until: Probe.watchdog) { event in
            if case .answer(.response(_, let value)) = event { answers.append(value) }
        }
        #expect(answers == [12, 14])
        #expect(letters.next()?.message == Poison(13))
        #expect(letters.next() == nil)
    }
}
