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

/// How many requests are sent in a run depends on what else the machine does: what is asked of a
/// result holds for however many there were.
@Suite(.serialized) struct AsynchronousTargetTests {
    private let clock = TickClock(calibratingFor: .milliseconds(2))

    /// Long beside what a busy machine takes from a thread at a time.
    private var loop: OpenLoop {
        OpenLoop(
            ArrivalSchedule(.constant, rate: 10_000, seed: Seed(4)), for: .milliseconds(400),
            clock: clock)
    }

    @Test func `answers in any order are matched with their requests`() throws {
        var target = Batches(size: 10)
        let result = try loop.run(&target, .uniform, grace: .zero)
        #expect(result.sent + result.unsent == 4000)
        // The last ten may be complete without a poll after them.
        #expect(result.unanswered == target.waiting.count && result.unanswered <= 10)
        #expect(result.unanswered % 10 == result.sent % 10)
        #expect(result.response.count == UInt64(result.sent - result.unanswered))
        // The first of ten waits for nine more, 900 µs after it was meant to start.
        let longest = result.response.nanoseconds(atPercentile: 100)
        #expect(result.response.count == 0 ? longest == nil : (longest ?? 0) >= 899_000)
    }

    @Test func `what never answers does not hold the generator up`() throws {
        var target = Batches(size: .max)
        let result = try loop.run(&target, .uniform, grace: .zero)
        #expect(result.sent + result.unsent == 4000)
        #expect(result.unanswered == result.sent && target.waiting.count == result.sent)
        // Each that was sent was sent without an answer to the one before.
        #expect(target.waiting == Array(0..<result.sent))
        #expect(result.response.count == 0)
        #expect(
            result.doubts.contains("requests were left unanswered") == (result.unanswered > 0))
    }

    @Test func `a target without room holds requests back, and that is its doing`() throws {
        var target = Batches(size: .max, capacity: 5)
        let result = try loop.run(&target, .uniform, grace: .zero)
        #expect(result.sent <= 5 && result.sent + result.unsent == 4000)
        #expect(target.waiting.count == result.sent)
        #expect(target.refusals == 0 || result.sent == 5)
        #expect(!result.keptUp)
    }

    @Test func `more in flight than the limit wait for answers`() throws {
        var target = Batches(size: .max)
        let result = try loop.run(&target, .uniform, inFlight: 16, grace: .zero)
        #expect(result.sent <= 16 && result.sent + result.unsent == 4000)
        #expect(result.unanswered == result.sent && target.waiting.count == result.sent)
        #expect(target.refusals == 0)
    }
}
