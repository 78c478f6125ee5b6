import Measurement
import Quantities
import Randomness
import Testing

@testable import LoadGeneration

@Suite struct LatencyObjectiveTests {
    /// A run that kept its rate up, with `count` responses of 1 ms.
    private func result(_ count: Int, unsent: Int = 0) -> OpenLoopResult {
        var result = OpenLoopResult(
            schedule: ArrivalSchedule(.constant, rate: 1000, seed: Seed(1)), duration: .seconds(1),
            tolerance: .microseconds(50))
        for _ in 0..<count { result.response.record(nanoseconds: 1e6) }
        result.sent = count
        result.unsent = unsent
        return result
    }

    @Test(arguments: [(50.0, 100), (99, 299), (99.9, 2995), (99.99, 29_956), (100, 100)])
    func `a percentile needs the requests that carry it`(percentile: Double, needed: Int) {
        let objective = LatencyObjective(percentile: percentile, atMost: .milliseconds(2))
        #expect(objective.requestsNeeded == needed)
        #expect(objective.verdict(on: result(needed)) == .met)
        #expect(objective.verdict(on: result(needed - 1)) == .tooFewRequests)
    }

    @Test func `a rate that was not kept up is missed, however few requests there were`() {
        let objective = LatencyObjective(percentile: 99.9, atMost: .milliseconds(2))
        #expect(objective.verdict(on: result(10, unsent: 500)) == .missed)
        var unanswered = result(5000)
        unanswered.unanswered = 1
        #expect(objective.verdict(on: unanswered) == .missed)
    }

    @Test func `a percentile above the limit is missed`() {
        #expect(
            LatencyObjective(percentile: 99, atMost: .microseconds(900)).verdict(on: result(500))
                == .missed)
    }

    @Test func `a trial with too few requests is made again, and counted`() {
        let clock = TickClock(calibratingFor: .milliseconds(2))
        var search = RateSearch(in: 100...100, confirmations: 1)
        var answers: [LatencyObjective.Verdict] = [.met, .tooFewRequests, .tooFewRequests]
        let isFinished = search.run(for: .seconds(100), clock: clock) { _ in
            answers.removeLast()
        }
        #expect(isFinished && answers.isEmpty)
        #expect(search.undecided == 2)
        #expect(search.outcome == .neverMissed(highest: 100))
    }
}
