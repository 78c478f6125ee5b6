import Randomness
import SharedNothing
import Testing

@Suite struct SupervisionPolicyTests {
    private func failure(
        _ phase: WorkerPhase = .handling, worker: Int = 0, attempts: Int = 1,
        hasMessage: Bool? = nil
    ) -> WorkerFailure {
        WorkerFailure(
            worker: worker, name: "w\(worker)", phase: phase, error: "no", attempts: attempts,
            hasMessage: hasMessage ?? (phase == .handling))
    }

    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    private func rules(_ change: (inout SupervisionPolicy.Rules) -> Void = { _ in })
        -> SupervisionPolicy.Rules
    {
        var rules = SupervisionPolicy.Rules(
            scope: .rest, retry: RetryPolicy(attempts: 3),
            intensity: RestartIntensity(atMost: 4, within: .seconds(1)),
            backoff: Backoff.Shape(
                immediate: 1, first: .milliseconds(2), longest: .seconds(1), jitter: .none))
        change(&rules)
        return rules
    }

    @Test func `restarts at once, then later and later, and gives the message up at last`() {
        var policy = SupervisionPolicy(rules(), seed: Seed(1))
        let decisions = (1...3).map { policy.decide(failure(attempts: $0), now: at($0)) }
        #expect(
            decisions == [
                .restart(after: .zero, scope: .rest, message: .retried),
                .restart(after: .milliseconds(2), scope: .rest, message: .retried),
                .restart(after: .milliseconds(4), scope: .rest, message: .deadLettered),
            ])
    }

    @Test func `ends it when there are too many restarts, as the rules say`() {
        for (exhaustion, end) in [
            (SupervisionPolicy.Exhaustion.escalate, FailureDecision.escalate), (.stopWorker, .stop),
        ] {
            var policy = SupervisionPolicy(rules { $0.exhaustion = exhaustion }, seed: Seed(1))
            for index in 0..<4 {
                let decision = policy.decide(failure(worker: index), now: at(index))
                #expect(decision == .restart(after: .zero, scope: .rest, message: .retried))
            }
            #expect(policy.decide(failure(worker: 9), now: at(5)) == end)
            // The first is older than the window then.
            #expect(
                policy.decide(failure(worker: 9), now: at(1001))
                    == .restart(after: .zero, scope: .rest, message: .retried))
        }
    }

    @Test func `keeps the state where it is told to, and needs no restart for that`() {
        var policy = SupervisionPolicy(rules { $0.keepsState = true }, seed: Seed(1))
        #expect(policy.decide(failure(attempts: 1), now: at(0)) == .retry(after: .zero))
        #expect(policy.decide(failure(attempts: 2), now: at(0)) == .retry(after: .milliseconds(2)))
        #expect(policy.decide(failure(attempts: 3), now: at(0)) == .discard)
        // Without a message there is only the state to blame.
        #expect(
            policy.decide(failure(.ticking, worker: 1), now: at(0))
                == .restart(after: .zero, scope: .rest, message: .retried))
    }

    @Test func `restarts one whose start failed alone`() {
        var policy = SupervisionPolicy(rules(), seed: Seed(1))
        #expect(
            policy.decide(failure(.starting), now: at(0))
                == .restart(after: .zero, scope: .one, message: .retried))
    }

    @Test func `keeps the delays of workers apart, and forgets them after a recovery`() {
        var policy = SupervisionPolicy(
            rules { $0.intensity = RestartIntensity(atMost: 100, within: .seconds(1)) },
            seed: Seed(1))
        func delay(_ worker: Int) -> Duration {
            guard
                case .restart(let delay, _, _) = policy.decide(failure(worker: worker), now: at(0))
            else { return .seconds(-1) }
            return delay
        }
        #expect([delay(0), delay(0), delay(1)] == [.zero, .milliseconds(2), .zero])
        policy.recovered(worker: 0, attempts: 2, now: at(1))
        #expect([delay(0), delay(1)] == [.zero, .milliseconds(2)])
    }

    @Test func `a start that succeeds in the end shortens no delay of a message that fails`() {
        var policy = SupervisionPolicy(
            rules { $0.intensity = RestartIntensity(atMost: 100, within: .seconds(1)) },
            seed: Seed(1))
        func delay(_ phase: WorkerPhase) -> Duration {
            guard case .restart(let delay, _, _) = policy.decide(failure(phase), now: at(0))
            else { return .seconds(-1) }
            return delay
        }
        #expect([delay(.handling), delay(.starting)] == [.zero, .milliseconds(2)])
        // The start, and not the message.
        policy.recovered(worker: 0, attempts: 1, now: at(1))
        #expect(delay(.handling) == .milliseconds(4))
        policy.recovered(worker: 0, attempts: 2, now: at(1))
        #expect(delay(.handling) == .zero)
    }

    @Test func `decides the same from the same seed`() {
        func decisions(_ seed: UInt64) -> [FailureDecision] {
            var policy = SupervisionPolicy(
                rules {
                    $0.backoff.jitter = .decorrelated
                    $0.intensity = RestartIntensity(atMost: 100, within: .seconds(1))
                }, seed: Seed(seed))
            return (0..<50).map { policy.decide(failure(worker: $0 % 3), now: at($0)) }
        }
        #expect(decisions(1) == decisions(1))
        #expect(decisions(1) != decisions(2))
    }
}
