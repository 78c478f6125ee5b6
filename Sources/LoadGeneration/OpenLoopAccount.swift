import Measurement
import Quantities

/// Keeps the books of an open loop: everything about a request but the request itself. All times in
/// ticks after the start of the run.
@usableFromInline
struct OpenLoopAccount {
    private var result: OpenLoopResult
    private var split = LatenessSplit()
    private let ticksPerNanosecond: Double
    private var totalLateness: UInt64 = 0
    private var greatestLateness: UInt64 = 0
    private var greatestOwnLateness: UInt64 = 0
    private let tolerance: UInt64

    @usableFromInline
    init(_ loop: OpenLoop) {
        result = OpenLoopResult(
            schedule: loop.schedule, duration: loop.duration, tolerance: loop.tolerance)
        ticksPerNanosecond = loop.clock.calibration.ticksPerNanosecond
        tolerance = UInt64(loop.tolerance.rawValue * ticksPerNanosecond)
    }

    /// Ticks in `nanoseconds`, at most 2⁶² of them.
    @usableFromInline
    func ticks(_ nanoseconds: Double) -> UInt64 {
        UInt64(min(nanoseconds * ticksPerNanosecond, 0x1p62))
    }

    private func nanoseconds(_ ticks: UInt64) -> Double { Double(ticks) / ticksPerNanosecond }

    /// A request that was served before the next one could start.
    @usableFromInline
    mutating func record(intended: UInt64, started: UInt64, done: UInt64) {
        let own = split.own(
            intended: intended, lateness: started - intended, service: done - started)
        recordStart(intended: intended, started: started, own: own)
        recordAnswer(intended: intended, started: started, done: done)
    }

    /// A request's start; `own` is the generator's part of its lateness.
    @usableFromInline
    mutating func recordStart(intended: UInt64, started: UInt64, own: UInt64) {
        let lateness = started - intended
        result.sent += 1
        result.lateness.record(nanoseconds: nanoseconds(lateness))
        result.ownLateness.record(nanoseconds: nanoseconds(own))
        totalLateness += lateness
        greatestLateness = max(greatestLateness, lateness)
        greatestOwnLateness = max(greatestOwnLateness, own)
        if lateness > tolerance { result.missed += 1 }
        if own > tolerance { result.ownMissed += 1 }
    }

    /// A request's response.
    @usableFromInline
    mutating func recordAnswer(intended: UInt64, started: UInt64, done: UInt64) {
        result.response.record(nanoseconds: nanoseconds(done - intended))
        result.service.record(nanoseconds: nanoseconds(done - started))
    }

    /// The result, when nothing more will be recorded.
    @usableFromInline
    func finished(unsent: Int, unanswered: Int = 0) -> OpenLoopResult {
        var result = result
        result.unsent = unsent
        result.unanswered = unanswered
        result.greatestLateness = Nanoseconds(nanoseconds(greatestLateness))
        result.greatestOwnLateness = Nanoseconds(nanoseconds(greatestOwnLateness))
        if result.sent > 0 {
            result.meanLateness = Nanoseconds(nanoseconds(totalLateness) / Double(result.sent))
        }
        return result
    }
}

/// The requests that an asynchronous target has not answered yet, by their index in the run.
///
/// A table as long as the limit, entered by the index's low bits: a request whose place is still
/// taken by one as many requests older has to wait.
@usableFromInline
struct RequestsInFlight {
    private struct Departure {
        var index = -1
        var intended: UInt64 = 0
        var started: UInt64 = 0
    }

    private var departures: [Departure]
    /// How many there are.
    @usableFromInline private(set) var count = 0

    @usableFromInline
    init(limit: Int) {
        precondition(
            limit > 0 && limit & (limit - 1) == 0, "\(limit) in flight is no power of two")
        departures = Array(repeating: Departure(), count: limit)
    }

    private func place(of index: Int) -> Int { index & (departures.count - 1) }

    @usableFromInline
    func hasRoom(for index: Int) -> Bool { departures[place(of: index)].index < 0 }

    @usableFromInline
    mutating func depart(_ index: Int, intended: UInt64, started: UInt64) {
        departures[place(of: index)] = Departure(
            index: index, intended: intended, started: started)
        count += 1
    }

    @usableFromInline
    mutating func answer(_ index: Int, at done: UInt64, _ account: inout OpenLoopAccount) {
        let place = place(of: index)
        let departure = departures[place]
        precondition(
            index >= 0 && departure.index == index,
            "request \(index) was answered and is not in flight")
        departures[place].index = -1
        count -= 1
        account.recordAnswer(
            intended: departure.intended, started: departure.started, done: done)
    }
}
