import CNilometerShims
import Measurement
import Quantities

/// A generator that sends the next request when the last one was answered, after a pause if it is
/// given one: one client that waits. See `ClosedLoopResult` for what its figures leave out.
///
/// The loop runs on the caller's thread, which should be bound. It is compiled for the target.
public struct ClosedLoop: Sendable {
    /// How long requests are sent.
    public let duration: Nanoseconds
    /// The pause between a response and the next request, spun.
    public let thinkTime: Nanoseconds
    /// The clock.
    public let clock: TickClock

    /// A loop that starts its last request before `duration` has passed.
    public init(
        for duration: Nanoseconds, thinkTime: Nanoseconds = .zero, clock: TickClock
    ) {
        precondition(duration > .zero, "a run of \(duration) has no requests")
        precondition(thinkTime >= .zero, "nobody thinks for \(thinkTime)")
        self.duration = duration
        self.thinkTime = thinkTime
        self.clock = clock
    }

    /// Runs against `target`.
    @inlinable
    public func run<Target: RequestTarget>(
        _ target: inout Target, _ requests: RequestStream
    ) throws -> ClosedLoopResult {
        var account = ClosedLoopAccount(self)
        var requests = requests
        let start = clock.begin()
        var now: UInt64 = 0
        while now < account.duration {
            let request = requests.next()
            let started = clock.begin() &- start
            try target.serve(request)
            let done = clock.end() &- start
            account.record(started: started, done: done)
            now = done
            while now < done + account.thinkTime {
                nilometer_pause()
                now = clock.begin() &- start
            }
        }
        return account.finished(at: clock.end() &- start)
    }
}

/// Keeps the books of a closed loop, in ticks after its start.
@usableFromInline
struct ClosedLoopAccount {
    @usableFromInline let duration: UInt64
    @usableFromInline let thinkTime: UInt64
    private let ticksPerNanosecond: Double
    private var result: ClosedLoopResult

    @usableFromInline
    init(_ loop: ClosedLoop) {
        ticksPerNanosecond = loop.clock.calibration.ticksPerNanosecond
        duration = UInt64(loop.duration.rawValue * ticksPerNanosecond)
        thinkTime = UInt64(loop.thinkTime.rawValue * ticksPerNanosecond)
        result = ClosedLoopResult(thinkTime: loop.thinkTime)
    }

    @usableFromInline
    mutating func record(started: UInt64, done: UInt64) {
        result.sent += 1
        result.service.record(nanoseconds: Double(done - started) / ticksPerNanosecond)
    }

    @usableFromInline
    func finished(at end: UInt64) -> ClosedLoopResult {
        var result = result
        result.duration = Nanoseconds(Double(end) / ticksPerNanosecond)
        return result
    }
}
