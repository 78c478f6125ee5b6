import CNilometerShims
import Measurement
import Quantities

/// Burns a given time, as told by the kernel's clock and not by the clock that measures it.
///
/// Each spin ends at a deadline one duration after the one before, so that the time it takes to
/// read the clock does not add up over a window of short spins. A spin that finds itself late by
/// more than `slack`, because the thread was off its processor, starts afresh: lost time stays
/// visible to whoever measures.
///
/// What is lost up to `slack`, a duration or a microsecond, whichever is longer, is taken up by the
/// spins that follow, which end at the deadlines that they would have ended at. So a spin of 10 ms
/// proves nothing about interruptions shorter than 10 ms; a spin of 50 ns shows all above 1 µs.
struct PacedSpin {
    private let duration: UInt64
    private let slack: UInt64
    private var deadline: UInt64

    init(_ duration: Nanoseconds) {
        self.duration = UInt64(duration.rawValue.rounded())
        slack = max(self.duration, 1000)
        deadline = TickClock.monotonicRaw()
    }

    /// Lets the next deadline be a duration from now.
    mutating func restart() { deadline = TickClock.monotonicRaw() }

    /// Burns one duration.
    @inline(__always)
    mutating func spin() {
        deadline += duration
        var now = TickClock.monotonicRaw()
        if now > deadline + slack {
            deadline = now + duration
        }
        while now < deadline { now = TickClock.monotonicRaw() }
    }

    /// A body of such spins; each window's first deadline counts from its start.
    static func body(_ duration: Nanoseconds) -> LoopBody {
        var spin = PacedSpin(duration)
        return LoopBody { iterations in
            spin.restart()
            for _ in 0..<iterations { spin.spin() }
        }
    }
}
