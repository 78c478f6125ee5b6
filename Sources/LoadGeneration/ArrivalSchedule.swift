import Quantities
import Randomness

/// When requests are meant to start, counted from the start of the run: the open loop's half of the
/// bargain, fixed before the target is asked anything.
///
/// The same pattern, rate and seed give the same times, byte for byte. Equal gaps are multiples of
/// one number, so no rounding adds up; a Poisson process begins with a gap, as every one of its
/// stretches does, the others with a request (or a burst) at 0. A value: a copy goes on from where it
/// was copied.
public struct ArrivalSchedule: Sendable {
    /// How times are spaced.
    public let pattern: ArrivalPattern
    /// Requests a second, on average.
    public let rate: Double

    private let gap: Double
    private let size: Int
    private let isPoisson: Bool
    private var generator: Xoshiro256StarStar
    private var leftInBurst: Int
    private var bursts = 0.0
    private var time: Double

    /// A schedule of `rate` requests a second, which must be positive and finite.
    public init(_ pattern: ArrivalPattern, rate: Double, seed: Seed) {
        precondition(rate > 0 && rate.isFinite, "a rate of \(rate) requests a second")
        precondition(
            ArrivalPattern.burstSizes.contains(pattern.burstSize), "burst of \(pattern.burstSize)")
        self.pattern = pattern
        self.rate = rate
        size = pattern.burstSize
        gap = Double(size) * 1e9 / rate
        isPoisson = pattern.spacing == .poisson
        generator = seed.generator()
        leftInBurst = size
        time = 0
        if isPoisson { time = generator.nextExponential(mean: gap) }
    }

    /// The mean time between two requests.
    public var interval: Nanoseconds { Nanoseconds(1e9 / rate) }

    /// The next intended start, in nanoseconds after the start of the run; never before the last.
    public mutating func next() -> Double {
        let now = time
        leftInBurst -= 1
        if leftInBurst == 0 {
            leftInBurst = size
            bursts += 1
            time = isPoisson ? time + generator.nextExponential(mean: gap) : bursts * gap
        }
        return now
    }

    /// How many requests are still meant to start before `end`, in nanoseconds after the start.
    ///
    /// Equal gaps are counted by arithmetic; the times of a Poisson process are drawn as far as a
    /// hundred thousand requests, and from there on its mean takes their place, so that no rate makes
    /// this slow.
    public func count(until end: Nanoseconds) -> Int {
        guard time < end.rawValue else { return 0 }
        guard isPoisson else {
            // Bursts begin at multiples of the gap; the current one is `bursts` of them from 0.
            let begun = (end.rawValue / gap).rounded(.up)
            return leftInBurst + Int(min(max(0, begun - bursts - 1), 1e15)) * size
        }
        var copy = self
        var drawn = 0
        while copy.time < end.rawValue {
            guard drawn < 100_000 else {
                let rest = (end.rawValue - copy.time) / 1e9 * rate
                return drawn + Int(min(rest.rounded(), 1e15))
            }
            _ = copy.next()
            drawn += 1
        }
        return drawn
    }
}
