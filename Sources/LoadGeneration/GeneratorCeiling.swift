import Measurement
import Quantities
import Randomness

/// The highest rate that the generator itself reaches: an open loop, always behind its schedule, over
/// a target that does nothing. The generator's every reading of the clock and every record is in it.
public struct GeneratorCeiling: Hashable, Sendable {
    /// How requests arrive.
    public let pattern: ArrivalPattern
    /// Requests a second.
    public let rate: Double

    /// A ceiling that is known.
    public init(_ pattern: ArrivalPattern, rate: Double) {
        precondition(rate > 0, "a ceiling of \(rate) requests a second")
        self.pattern = pattern
        self.rate = rate
    }

    /// Measures the ceiling for `time`, on the caller's thread. `requests` costs what making requests
    /// costs in the run that the ceiling is for.
    public init(
        measuring pattern: ArrivalPattern, for time: Nanoseconds, clock: TickClock, seed: Seed,
        requests: RequestStream = .uniform
    ) throws {
        // One a nanosecond: less than a reading of any clock, so the loop never waits.
        let loop = OpenLoop(
            ArrivalSchedule(pattern, rate: 1e9, seed: seed), for: time, clock: clock)
        var target = NullTarget()
        let result = try loop.run(&target, requests)
        self.init(pattern, rate: max(1, Double(result.sent)) / time.inSeconds)
    }

    /// Why a result at `rate` is to be doubted: it is above half of the ceiling, where the generator's
    /// own time is as large as the target's.
    public func doubt(at rate: Double) -> String? {
        guard rate > self.rate / 2 else { return nil }
        return "\(Presentation.significant(rate)) requests/s are above half of what the generator "
            + "itself reaches (\(Presentation.significant(self.rate)))"
    }
}
