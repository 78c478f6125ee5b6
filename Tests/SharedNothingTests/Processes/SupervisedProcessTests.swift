import Glibc
import Randomness
import SharedNothing
import Testing

@Suite(.serialized) struct SupervisedProcessTests {
    private func supervised(
        _ letters: DeadLetters<String>, attempts: Int = 3, restarts: Int = 10,
        argument: String = ""
    ) throws -> SupervisedProcess<String, String, SupervisionPolicy> {
        let rules = SupervisionPolicy.Rules(
            retry: RetryPolicy(attempts: attempts),
            intensity: RestartIntensity(atMost: restarts, within: .seconds(1000)),
            backoff: Backoff.Shape(immediate: 100, jitter: .none))
        return SupervisedProcess(
            try ProcessHost(worker: "probe", argument: argument, options: Probe.options()),
            index: 5, policy: SupervisionPolicy(rules, seed: Seed(1)), letters: letters)
    }

    /// One line an event, until so many messages are done with.
    private func events(
        _ process: inout SupervisedProcess<String, String, SupervisionPolicy>, until count: Int
    ) throws -> [String] {
        var lines: [String] = []
        var done = 0
        while done < count, let event = try process.receive(until: Probe.watchdog) {
            switch event {
            case .answer(.response(_, let text)):
                lines.append(text)
                done += 1
            case .answer(let answer):
                lines.append("\(answer)")
                done += 1
            case .restarted(let failure, _): lines.append("restarted \(failure.attempts)")
            case .gaveUp(let ordinal, let failure):
                lines.append("gave up \(ordinal) after \(failure.attempts)")
                done += 1
            }
        }
        return lines
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

    @Test func `stops restarting when the policy gives up, and keeps what is unanswered`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 100, restarts: 2)
        for text in ["exit", "a"] { #expect(try process.trySend(text) != nil) }
        #expect(failure(&process) == .ended(.exited(3), handling: 0))
        #expect(process.host.unanswered == 2)
        #expect(process.host.starts == 3)
        #expect(letters.arrived == 0)
    }

    @Test func `counts a start that fails against nobody's message`() throws {
        let letters = DeadLetters<String>(capacity: 4)
        var process = try supervised(letters, attempts: 1, restarts: 3, argument: "throw")
        #expect(try process.trySend("a") != nil)
        #expect(failure(&process) == .startFailed("told not to start"))
        #expect(process.host.unanswered == 1)
        #expect(letters.arrived == 0)
    }
}
