import CNilometerShims
import LoadGeneration
import Measurement
import Quantities

/// A server of known speed: every request takes the same time, spun, and the first one after a given
/// moment finds it stopped once.
struct SpinningServer: RequestTarget {
    private let clock: TickClock
    private let service: UInt64
    private let stall: UInt64
    /// When the server stops, in ticks of the clock; never when it has.
    private var stallAt = UInt64.max

    /// A server that takes `service` for a request.
    init(service: Nanoseconds, clock: TickClock) {
        self.init(service: service, stall: .zero, in: nil, clock: clock)
    }

    /// A server that takes `service` for a request and stops for `stall`, at the first request that
    /// it gets when `delay` has passed from now; never when that is nil.
    init(service: Nanoseconds, stall: Nanoseconds, in delay: Nanoseconds?, clock: TickClock) {
        self.clock = clock
        let ticks = clock.calibration.ticksPerNanosecond
        self.service = UInt64(service.rawValue * ticks)
        self.stall = UInt64(stall.rawValue * ticks)
        if let delay { stallAt = clock.begin() &+ UInt64(delay.rawValue * ticks) }
    }

    /// Spins for the service time, after the stall if it is due.
    mutating func serve(_ request: Request) {
        let start = clock.begin()
        var time = service
        if start >= stallAt {
            stallAt = .max
            time += stall
        }
        while clock.end() &- start < time { nilometer_pause() }
    }
}
