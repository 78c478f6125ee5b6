import Randomness
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct BackoffTests {
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func shape(
        _ jitter: Backoff.Jitter, immediate: Int = 0, longest: Duration = .milliseconds(100)
    ) -> Backoff.Shape {
        Backoff.Shape(
            immediate: immediate, first: .milliseconds(2), longest: longest, quiet: .seconds(5),
            jitter: jitter)
    }

    private func delays(_ backoff: inout Backoff, _ count: Int) -> [Duration] {
        var now = start
        return (0..<count).map { _ in
            let delay = backoff.delay(afterFailureAt: now)
            now = now + delay + .milliseconds(1)
            return delay
        }
    }

    @Test func `doubles from the first to the cap, after those at once`() {
        var backoff = Backoff(shape(.none, immediate: 2), seed: Seed(1))
        #expect(
            delays(&backoff, 10).map { $0 / .milliseconds(1) }
                == [0, 0, 2, 4, 8, 16, 32, 64, 100, 100])
    }

    @Test func `stays at the cap however often it fails`() {
        var backoff = Backoff(shape(.none, longest: .seconds(3600)), seed: Seed(1))
        let all = delays(&backoff, 200)
        #expect(all.suffix(100).allSatisfy { $0 == .seconds(3600) })
    }

    @Test func `begins anew after a quiet time that counts from the end of the delay`() {
        var backoff = Backoff(shape(.none), seed: Seed(1))
        #expect(backoff.delay(afterFailureAt: start) == .milliseconds(2))
        let next = start + .milliseconds(2) + .seconds(5)
        #expect(backoff.delay(afterFailureAt: next) == .milliseconds(4))
        let later = next + .milliseconds(4) + .seconds(5) + .nanoseconds(1)
        #expect(backoff.delay(afterFailureAt: later) == .milliseconds(2))
    }

    @Test func `forgets failures when told`() {
        var backoff = Backoff(shape(.none), seed: Seed(1))
        _ = delays(&backoff, 5)
        backoff.reset()
        #expect(delays(&backoff, 2) == [.milliseconds(2), .milliseconds(4)])
    }

    @Test func `draws full jitter between nothing and the doubled delay`() {
        var sum = Duration.zero
        for index in 0..<400 {
            var backoff = Backoff(shape(.full), seed: testSeed.derived(for: index))
            let all = delays(&backoff, 4)
            for (delay, most) in zip(all, [2, 4, 8, 16]) {
                #expect(delay >= .zero && delay <= .milliseconds(most), "\(replay)")
            }
            sum += all[3]
        }
        // The mean is 8 ms, with a standard error of 0.23.
        #expect(sum / 400 > .milliseconds(6) && sum / 400 < .milliseconds(10), "\(replay)")
    }

    @Test func `draws decorrelated jitter between the first and three times the last`() {
        var backoff = Backoff(shape(.decorrelated), seed: testSeed)
        var last = Duration.milliseconds(2)
        for delay in delays(&backoff, 1000) {
            #expect(
                delay >= .milliseconds(2) && delay <= min(last * 3, .milliseconds(100)),
                "\(delay) after \(last); \(replay)")
            last = delay
        }
    }

    @Test func `repeats itself from its seed, and not from another`() {
        var first = Backoff(shape(.decorrelated), seed: Seed(7))
        var second = Backoff(shape(.decorrelated), seed: Seed(7))
        var third = Backoff(shape(.decorrelated), seed: Seed(8))
        let delays = self.delays(&first, 20)
        #expect(delays == self.delays(&second, 20))
        #expect(delays != self.delays(&third, 20))
    }

    @Test func `counts whole nanoseconds within bounds`() {
        #expect(Duration.zero.wholeNanoseconds == 0)
        #expect(Duration.seconds(-3).wholeNanoseconds == 0)
        #expect(Duration.microseconds(3).wholeNanoseconds == 3000)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    }
}
