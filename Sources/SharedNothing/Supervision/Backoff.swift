import Randomness

/// How long to wait before the next attempt: at once for the first ones, then a delay that doubles
/// up to a cap, with jitter, so that what failed together does not come back together.
///
/// Source: Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015, whose
/// names the kinds of jitter bear. After a quiet time it begins anew. Reads no clock; draws from a
/// seeded generator of its own.
public struct Backoff: Sendable {
    /// How a delay is drawn.
    public enum Jitter: Sendable, Equatable, CaseIterable {
        /// Not at all: `first`, twice that, four times that, …, the cap.
        case none
        /// Uniformly between 0 and what `none` gives.
        case full
        /// Uniformly between `first` and three times the last delay, at most the cap.
        case decorrelated
    }

    /// What delays are made of.
    public struct Shape: Sendable, Equatable {
        /// How many attempts follow at once, before the first delay.
        public var immediate: Int
        /// The first delay, before jitter; at least a nanosecond.
        public var first: Duration
        /// No delay is longer; at least `first`.
        public var longest: Duration
        /// When nothing failed for so long after a delay was over, the next failure is a first one.
        public var quiet: Duration
        /// How a delay is drawn.
        public var jitter: Jitter

        /// Memberwise.
        public init(
            immediate: Int = 1, first: Duration = .milliseconds(1),
            longest: Duration = .seconds(10),
            quiet: Duration = .seconds(30), jitter: Jitter = .decorrelated
        ) {
            self.immediate = immediate
            self.first = first
            self.longest = longest
            self.quiet = quiet
            self.jitter = jitter
        }
    }

    /// What delays are made of.
    public let shape: Shape
    private var generator: Xoshiro256StarStar
    /// Failures since the last quiet time.
    private var failures = 0
    /// The last delay, in nanoseconds.
    private var last: UInt64 = 0
    /// When the last delay is over.
    private var resumes = MonotonicTime(nanoseconds: 0)

    /// Delays of `shape`, drawn from `seed`.
    public init(_ shape: Shape = Shape(), seed: Seed) {
        precondition(
            shape.immediate >= 0 && shape.first.wholeNanoseconds > 0
                && shape.longest >= shape.first
                && shape.quiet >= .zero, "no back-off of \(shape)")
        self.shape = shape
        generator = seed.generator()
    }

    /// The delay before the attempt that follows a failure at `now`.
    public mutating func delay(afterFailureAt now: MonotonicTime) -> Duration {
        if failures > 0, now - resumes > shape.quiet { reset() }
        failures += 1
        last = failures <= shape.immediate ? 0 : draw()
        let delay = Duration.nanoseconds(Int64(clamping: last))
        resumes = now + delay
        return delay
    }

    /// Forgets the failures: the next is a first one again. For when an attempt has succeeded.
    public mutating func reset() {
        failures = 0
        last = 0
    }

    private mutating func draw() -> UInt64 {
        let first = shape.first.wholeNanoseconds
        let longest = shape.longest.wholeNanoseconds
        switch shape.jitter {
        case .none: return doubled(first, longest)
        case .full: return generator.next(through: doubled(first, longest))
        case .decorrelated:
            let (tripled, overflowed) = max(last, first).multipliedReportingOverflow(by: 3)
            let most = overflowed ? longest : min(tripled, longest)
            return first + generator.next(through: most - first)
        }
    }

    private func doubled(_ first: UInt64, _ longest: UInt64) -> UInt64 {
        let doublings = failures - shape.immediate - 1
        guard doublings < first.leadingZeroBitCount else { return longest }
        return min(first << UInt64(doublings), longest)
    }
}

extension Xoshiro256StarStar {
    /// A uniform integer in `0...most`.
    fileprivate mutating func next(through most: UInt64) -> UInt64 {
        most == .max ? next() : next(below: most + 1)
    }
}

extension Duration {
    /// The whole nanoseconds in it: 0 where it is negative, at most what 64 bits hold.
    var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        let all = Int128(seconds) * 1_000_000_000 + Int128(attoseconds / 1_000_000_000)
        return UInt64(clamping: all)
    }
}
