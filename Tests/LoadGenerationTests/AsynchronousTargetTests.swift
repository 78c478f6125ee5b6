import Measurement
import Quantities
import Randomness
import Testing

@testable import LoadGeneration

/// Answers in reverse order, a batch at a time, or never.
private struct Batches: AsynchronousTarget {
    var size: Int
    var capacity = Int.max
    var refusals = 0
    var waiting: [Int] = []

    mutating func submit(_ request: Request) -> Bool {
        guard waiting.count < capacity else {
            refusals += 1
            return false
        }
        waiting.append(request.index)
        return true
    }

    mutating func poll(_ completed: (Int) -> Void) {
        guard waiting.count >= size else { return }
        for index in waiting.reversed() { completed(index) }
        waiting.removeAll()
    }
}

@Suite struct AsynchronousTargetTests {
    private let clock = TickClock(calibratingFor: .milliseconds(2))

    private func loop(rate: Double, for time: Nanoseconds = .milliseconds(100)) -> OpenLoop {
        OpenLoop(
            ArrivalSchedule(.constant, rate: rate, seed: Seed(4)), for: time, clock: clock)
    }

    @Test func `answers in any order are matched with their requests`() throws {
        var target = Batches(size: 10)
        let result = try loop(rate: 10_000).run(&target, .uniform, grace: .zero)
        #expect(result.sent + result.unsent == 1000)
        #expect(result.unanswered == result.sent % 10)
        #expect(result.response.count == UInt64(result.sent - result.unanswered))
        // The first of ten waits for nine more, 900 µs after it was meant to start.
        #expect(result.response.nanoseconds(atPercentile: 100) ?? 0 >= 900_000)
    }

    @Test func `what never answers does not hold the generator up`() throws {
        var target = Batches(size: .max)
        let result = try loop(rate: 10_000).run(&target, .uniform, grace: .zero)
        #expect(result.unanswered == result.sent && result.sent > 0)
        #expect(result.response.count == 0)
        #expect(result.doubts.contains("requests were left unanswered"))
    }

    @Test func `a target without room holds requests back, and that is its doing`() throws {
        var target = Batches(size: .max, capacity: 5)
        let result = try loop(rate: 10_000).run(&target, .uniform, grace: .zero)
        #expect(result.sent == 5 && result.unsent == 995)
        #expect(target.refusals > 0)
        #expect(!result.keptUp)
    }

    @Test func `more in flight than the limit wait for answers`() throws {
        var target = Batches(size: .max)
        let result = try loop(rate: 10_000).run(&target, .uniform, inFlight: 16, grace: .zero)
        #expect(result.sent == 16 && result.unanswered == 16)
        #expect(target.refusals == 0)
    }
}
