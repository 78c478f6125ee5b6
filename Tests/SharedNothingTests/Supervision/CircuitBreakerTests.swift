import Randomness
import TestSupport
import Testing

@testable import SharedNothing

@Suite struct CircuitBreakerTests {
    private let limits = CircuitBreaker.Limits(
        window: .seconds(10), calls: 4, share: 0.5, pause: .seconds(2), probes: 2)

    private func at(_ milliseconds: Int) -> MonotonicTime {
        MonotonicTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
    }

    private func call(
        _ breaker: inout CircuitBreaker, _ success: Bool, _ milliseconds: Int
    ) -> Bool {
        guard let permit = breaker.admit(at: at(milliseconds)) else { return false }
        breaker.finish(permit, success: success, at: at(milliseconds))
        return true
    }

    /// A breaker that has opened at 3 ms.
    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(limits)
        for (index, success) in [true, true, false, false].enumerated() {
            #expect(call(&breaker, success, index))
        }
        return breaker
    }

    @Test func `opens at the share of failures, and not before there were enough calls`() {
        var breaker = CircuitBreaker(limits)
        for index in 0..<3 { #expect(call(&breaker, false, index)) }
        #expect(breaker.state == .closed)
        #expect(call(&breaker, false, 3))
        #expect(breaker.state == .open(until: at(2003)))
        #expect(opened().state == .open(until: at(2003)))
        #expect(opened().openings == 1)
    }

    @Test func `stays closed below the share`() {
        var breaker = CircuitBreaker(limits)
        for index in 0..<300 { #expect(call(&breaker, index % 3 != 2, index)) }
        #expect(breaker.state == .closed)
    }

    @Test func `forgets failures that are older than the window`() {
        var breaker = CircuitBreaker(limits)
        for index in 0..<3 { #expect(call(&breaker, false, index)) }
        for index in 0..<3 { #expect(call(&breaker, true, 11_000 + index)) }
        // One failure in four.
        #expect(call(&breaker, false, 11_100))
        #expect(breaker.state == .closed)
    }

    @Test func `refuses while it is open, and then admits its probes and no more`() {
        var breaker = opened()
        #expect(breaker.admit(at: at(4)) == nil)
        #expect(breaker.admit(at: at(2002)) == nil)
        #expect(breaker.refusals == 2)
        #expect(breaker.admit(at: at(2003)) != nil)
        #expect(breaker.admit(at: at(2004)) != nil)
        #expect(breaker.admit(at: at(2005)) == nil)
    }

    @Test func `closes when all probes succeed, with a clean window`() {
        var breaker = opened()
        #expect(call(&breaker, true, 2003))
        #expect(breaker.state == .halfOpen(since: at(2003), admitted: 1, succeeded: 1))
        #expect(call(&breaker, true, 2004))
        #expect(breaker.state == .closed)
        #expect(call(&breaker, false, 2005))
        #expect(breaker.state == .closed)
    }

    @Test func `each probe has its own time, and slow ones in turn open nothing`() {
        var breaker = opened()
        #expect(call(&breaker, true, 2003))
        let last = breaker.admit(at: at(4000))
        // The first was admitted longer than the pause ago, and has succeeded.
        #expect(breaker.admit(at: at(4500)) == nil)
        #expect(breaker.state == .halfOpen(since: at(4000), admitted: 2, succeeded: 1))
        if let last { breaker.finish(last, success: true, at: at(4600)) }
        #expect(breaker.state == .closed)
    }

    @Test func `a probe that was not made leaves its place to another`() {
        var breaker = opened()
        guard let first = breaker.admit(at: at(2003)), let second = breaker.admit(at: at(2004))
        else {
            Issue.record("no probes were admitted")
            return
        }
        #expect(breaker.admit(at: at(2005)) == nil)
        breaker.withdraw(second)
        breaker.finish(first, success: true, at: at(2006))
        #expect(call(&breaker, true, 2007))
        #expect(breaker.state == .closed)
        // A permit of an earlier state says nothing of this one.
        breaker.withdraw(second)
        #expect(breaker.state == .closed)
    }

    @Test func `opens again when a probe fails`() {
        var breaker = opened()
        #expect(call(&breaker, true, 2003))
        #expect(call(&breaker, false, 2010))
        #expect(breaker.state == .open(until: at(4010)))
        #expect(breaker.openings == 2)
    }

    @Test func `takes no word from calls of an earlier state`() throws {
        var breaker = CircuitBreaker(limits)
        let first = breaker.admit(at: at(0))
        let late = try #require(first)
        for index in 0..<4 { #expect(call(&breaker, false, index)) }
        let second = breaker.admit(at: at(2003))
        let probe = try #require(second)
        breaker.finish(late, success: false, at: at(2004))
        #expect(breaker.state == .halfOpen(since: at(2003), admitted: 1, succeeded: 0))
        breaker.finish(late, success: true, at: at(2004))
        #expect(breaker.state == .halfOpen(since: at(2003), admitted: 1, succeeded: 0))
        breaker.finish(probe, success: true, at: at(2005))
        #expect(breaker.state == .halfOpen(since: at(2003), admitted: 1, succeeded: 1))
    }

    @Test func `does not wait for ever for probes that never end`() {
        var breaker = opened()
        #expect(breaker.admit(at: at(2003)) != nil)
        #expect(breaker.admit(at: at(2003)) != nil)
        #expect(breaker.admit(at: at(4002)) == nil)
        #expect(breaker.admit(at: at(4003)) == nil)
        #expect(breaker.state == .open(until: at(6003)))
        #expect(breaker.admit(at: at(6003)) != nil)
    }

    @Test func `counts as a list of all events does`() {
        var generator = testSeed.derived(for: "rolling count").generator()
        for _ in 0..<100 {
            let buckets = Int(1 + generator.next(below: 8))
            let width = 1 + generator.next(below: 30)
            var count = RollingCount(
                over: .nanoseconds(Int64(width) * Int64(buckets)), buckets: buckets)
            var events: [(bucket: UInt64, success: Bool)] = []
            var now = generator.next(below: 1000)
            for _ in 0..<200 {
                now += generator.next(below: 3 * width)
                let success = generator.next(below: 2) == 0
                count.add(success: success, at: MonotonicTime(nanoseconds: now))
                events.append((now / width, success))
                let kept = events.filter { $0.bucket + UInt64(buckets) > now / width }
                #expect(
                    count.successes == kept.count { $0.success }
                        && count.failures == kept.count { !$0.success },
                    "\(buckets) of \(width) at \(now); \(replay)")
            }
        }
    }

    @Test func `admits never more probes than it may, and opens again, under any history`() {
        var generator = testSeed.derived(for: "circuit breaker").generator()
        for _ in 0..<200 {
            var breaker = CircuitBreaker(limits)
            var under: [CircuitBreaker.Permit] = []
            var probes = 0
            var now = 0
            for _ in 0..<300 {
                now += Int(generator.next(below: 700))
                let before = breaker.state
                if generator.next(below: 2) == 0 || under.isEmpty {
                    let permit = breaker.admit(at: at(now))
                    if case .open = before { probes = 0 }
                    if let permit {
                        under.append(permit)
                        if case .halfOpen = breaker.state { probes += 1 }
                    }
                    if case .open(let until) = before, now < Int(until.nanoseconds / 1_000_000) {
                        #expect(permit == nil, "\(replay)")
                    }
                } else {
                    let index = Int(generator.next(below: UInt64(under.count)))
                    breaker.finish(
                        under.remove(at: index), success: generator.next(below: 3) == 0,
                        at: at(now))
                }
                if case .halfOpen(_, let admitted, let succeeded) = breaker.state {
                    #expect(admitted <= 2 && succeeded < 2 && probes <= 2, "\(replay)")
                }
            }
        }
    }
}
