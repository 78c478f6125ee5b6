import CNilometerShims
import Glibc
import Measurement
import Quantities

/// A generator that starts requests when the schedule says so, whatever the target does.
///
/// Times count from the intended start, so that a stall is counted against every request that it
/// delays and not only against the one that it met: what Gil Tene called coordinated omission, and
/// wrk2 and YCSB's intended measurement interval avoid in the same way. Service time, from the actual
/// start, is recorded beside it.
///
/// A run ends on time. What was meant to start within the duration and has not is counted as unsent.
///
/// The loop runs on the caller's thread, which should be bound. It is compiled for the target.
public struct OpenLoop: Sendable {
    /// How the generator waits for the next intended start.
    public enum Waiting: Hashable, Sendable {
        /// Reads the clock in a loop, with a pause between readings: late by a reading or two, at
        /// the price of the whole processing unit.
        case spin
        /// Sleeps until this long before the start, and spins then. Leaves the processing unit to
        /// others in long gaps. The margin has to be longer than a wake-up takes to be on time, and
        /// a core that was asleep starts the next request with cold caches and a lower clock.
        case sleep(margin: Nanoseconds)
    }

    /// When requests are meant to start.
    public let schedule: ArrivalSchedule
    /// How long the schedule runs.
    public let duration: Nanoseconds
    /// How the generator waits.
    public let waiting: Waiting
    /// Lateness up to this is not a miss.
    public let tolerance: Nanoseconds
    /// The clock.
    public let clock: TickClock

    /// A loop over the schedule's first `duration`.
    ///
    /// - Parameter tolerance: lateness up to this is not a miss; by default 5 % of the mean interval
    ///   between requests, so that what is called on time keeps the schedule's shape, but never less
    ///   than 1 µs, which a spinning thread keeps to unless it was interrupted.
    public init(
        _ schedule: ArrivalSchedule, for duration: Nanoseconds, clock: TickClock,
        waiting: Waiting = .spin, tolerance: Nanoseconds? = nil
    ) {
        precondition(duration > .zero, "a run of \(duration) has no requests")
        self.schedule = schedule
        self.duration = duration
        self.clock = clock
        self.waiting = waiting
        self.tolerance = tolerance ?? max(.microseconds(1), schedule.interval * 0.05)
    }

    /// Runs against a target that serves on this thread. While it serves, nothing else starts: what
    /// was meant to start meanwhile starts as soon as it returns, and counts from when it was meant
    /// to.
    @inlinable
    public func run<Target: RequestTarget>(
        _ target: inout Target, _ requests: RequestStream
    ) throws -> OpenLoopResult {
        var account = OpenLoopAccount(self)
        var requests = requests
        var schedule = schedule
        let end = account.ticks(duration.rawValue)
        var intended = account.ticks(schedule.next())
        var isUnsent = false
        let start = clock.begin()
        while intended < end {
            let request = requests.next()
            let now = wait(until: intended, since: start)
            guard now < end else {
                isUnsent = true
                break
            }
            try target.serve(request)
            account.record(intended: intended, started: now, done: clock.end() &- start)
            intended = account.ticks(schedule.next())
        }
        return account.finished(unsent: isUnsent ? 1 + schedule.count(until: duration) : 0)
    }

    /// Runs against a target that answers later: starts requests on time whatever is still
    /// unanswered, and looks for answers in between.
    ///
    /// A response time ends when `poll` reports the answer, so it is as fine as the loop is fast.
    /// When the target has no room, or `inFlight` requests are unanswered (a power of two), the next
    /// one waits, and that is the target's doing.
    ///
    /// - Parameter grace: how long answers are awaited after the last request.
    @inlinable
    public func run<Target: AsynchronousTarget>(
        _ target: inout Target, _ requests: RequestStream, inFlight: Int = 65_536,
        grace: Nanoseconds = .seconds(1)
    ) throws -> OpenLoopResult {
        var account = OpenLoopAccount(self)
        var flight = RequestsInFlight(limit: inFlight)
        var requests = requests
        var schedule = schedule
        let end = account.ticks(duration.rawValue)
        var intended = account.ticks(schedule.next())
        var isUnsent = false
        let start = clock.begin()
        var freeAt: UInt64 = 0
        sending: while intended < end {
            let request = requests.next()
            var now = clock.begin() &- start
            var isAccepted = false
            var wasRefused = false
            while !isAccepted {
                try target.poll { flight.answer($0, at: clock.end() &- start, &account) }
                now = clock.begin() &- start
                guard now < end else {
                    isUnsent = true
                    break sending
                }
                guard now >= intended else {
                    nilometer_pause()
                    continue
                }
                if flight.hasRoom(for: request.index) { isAccepted = try target.submit(request) }
                wasRefused = wasRefused || !isAccepted
            }
            if wasRefused { freeAt = now }
            flight.depart(request.index, intended: intended, started: now)
            account.recordStart(
                intended: intended, started: now, own: now - min(now, max(intended, freeAt)))
            intended = account.ticks(schedule.next())
        }
        let last = account.ticks((duration + grace).rawValue)
        while flight.count > 0, clock.begin() &- start < last {
            try target.poll { flight.answer($0, at: clock.end() &- start, &account) }
        }
        return account.finished(
            unsent: isUnsent ? 1 + schedule.count(until: duration) : 0, unanswered: flight.count)
    }

    /// Waits until `intended`, in ticks after `start`, and gives the ticks of now; at once when that
    /// has passed.
    @usableFromInline
    func wait(until intended: UInt64, since start: UInt64) -> UInt64 {
        var now = clock.begin() &- start
        guard now < intended else { return now }
        if case .sleep(let margin) = waiting {
            let gap = Double(intended - now) / clock.calibration.ticksPerNanosecond
            OpenLoop.sleep(nanoseconds: gap - margin.rawValue)
        }
        repeat {
            nilometer_pause()
            now = clock.begin() &- start
        } while now < intended
        return now
    }

    private static func sleep(nanoseconds: Double) {
        guard nanoseconds > 0 else { return }
        let seconds = (nanoseconds / 1e9).rounded(.down)
        let request = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds - seconds * 1e9))
        // A signal may end it early; the caller spins for what is left.
        // SAFETY: the pointer is used within the closure, and no remainder is asked for.
        unsafe withUnsafePointer(to: request) {
            _ = unsafe clock_nanosleep(CLOCK_MONOTONIC, 0, $0, nil)
        }
    }
}
