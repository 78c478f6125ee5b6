import StateMachines
import Testing

@testable import ShenRing

@Suite struct WaitEstimateTests {
    private func interval(_ estimate: WaitEstimate) -> Span {
        estimate.interval(least: .milliseconds(10), most: .milliseconds(200))
    }

    @Test func `before any wait it is as long as it may be`() {
        #expect(interval(WaitEstimate()) == .milliseconds(200))
    }

    @Test func `the first wait counts half as its deviation, as RFC 6298 has it`() {
        var estimate = WaitEstimate()
        estimate.observe(.milliseconds(20))
        // 20 + 4 * 10.
        #expect(interval(estimate) == .milliseconds(60))
        // The deviation falls by a quarter each time, then half of the mean is left.
        estimate.observe(.milliseconds(20))
        #expect(interval(estimate) == .milliseconds(50))
        for _ in 0..<50 { estimate.observe(.milliseconds(20)) }
        #expect(interval(estimate) == .milliseconds(30))
    }

    @Test func `waits that differ leave more time`() {
        var estimate = WaitEstimate()
        for round in 0..<400 { estimate.observe(.milliseconds(round.isMultiple(of: 2) ? 10 : 30)) }
        // A mean of 20 and a mean deviation of 10.
        #expect(interval(estimate) > .milliseconds(55) && interval(estimate) < .milliseconds(65))
    }

    @Test func `it stays within its bounds`() {
        var estimate = WaitEstimate()
        estimate.observe(.microseconds(5))
        #expect(interval(estimate) == .milliseconds(10))
        estimate.observe(.seconds(5))
        #expect(interval(estimate) == .milliseconds(200))
    }

    @Test func `what had to be waited for is kept until a wait is counted`() {
        var estimate = WaitEstimate()
        estimate.observe(.milliseconds(20))
        estimate.lengthen(to: .milliseconds(120))
        #expect(interval(estimate) == .milliseconds(120))
        estimate.observe(.milliseconds(20))
        #expect(interval(estimate) == .milliseconds(50))
    }
}
