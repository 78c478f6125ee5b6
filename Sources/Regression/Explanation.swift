import Glibc
import Runs

/// Where a change of an operation's time comes from, as far as counters tell.
///
/// By definition, time = instructions × cycles per instruction × time per cycle × wall time per
/// running time, so the ratio of two times is the product of the ratios of these four ("the iron law",
/// Emer and Clark 1984, with waiting as a factor of its own). What was not counted on both sides
/// leaves its factor unknown, with the reason; neighbouring unknown factors are told as one product.
/// The part of a factor is its share of the logarithm of the whole: parts add up to one.
public struct Explanation: Hashable, Encodable, Sendable {
    /// What a time is made of.
    public enum Part: String, Hashable, Encodable, Sendable, CaseIterable {
        /// Instructions an operation.
        case instructions
        /// Cycles an instruction: misses, dependencies, mispredictions.
        case cyclesPerInstruction = "cycles per instruction"
        /// Nanoseconds a cycle: the inverse of the frequency.
        case timePerCycle = "time per cycle"
        /// Wall time over running time: waiting for devices, locks, processors.
        case waiting
    }

    /// One or more parts whose product is known.
    public struct Factor: Hashable, Encodable, Sendable {
        /// The parts.
        public let parts: [Part]
        /// New over base.
        public let ratio: Double
        /// Its share of the logarithm of the whole change; may be negative or above 1.
        public let share: Double
        /// What the part was on the base: instructions an operation, cycles an instruction,
        /// nanoseconds a cycle, wall time over running time. `nil` for several parts.
        public let base: Double?
        /// What it is on the new side.
        public let new: Double?
    }

    /// An event that an operation meets more or less often than before.
    public struct Event: Hashable, Encodable, Sendable {
        /// The counter.
        public let name: String
        /// Events an operation on the base.
        public let base: Double
        /// Events an operation on the new side.
        public let new: Double
        /// What it is, in words.
        public let meaning: String
    }

    /// New time over base time.
    public let ratio: Double
    /// The factors in the order of `Part`; their ratios multiply to `ratio`.
    public let factors: [Factor]
    /// What separates factors that could not be told apart, and is missing.
    public let missing: [String]
    /// Causes that nobody looked for, with the reason: what would lengthen the instructions if it
    /// became more. Empty where their cycles did not change much.
    public let uncounted: [String]
    /// Events that changed, the largest change first, the cause's own kind before others.
    public let events: [Event]

    /// What `base` and `new` say.
    public init(base: CountedCosts, new: CountedCosts) {
        ratio = new.time / base.time
        let whole = log(ratio)
        factors = Explanation.links(base, new).map { link in
            let ratio = link.new / link.base
            let isOne = link.parts.count == 1
            return Factor(
                parts: link.parts, ratio: ratio, share: whole == 0 ? 0 : log(ratio) / whole,
                base: isOne ? link.base : nil, new: isOne ? link.new : nil)
        }
        missing = Explanation.missing(base, new)
        events = ChangedEvents.of(base, new)
        // An event that is known to have changed needs no guesses, where nothing tells otherwise.
        uncounted =
            factors.count == 1 && !events.isEmpty ? [] : Explanation.uncounted(base, new)
    }

    /// Explains a regressed metric; `nil` where it is no time and no rate.
    init?(of metric: ComparedMetric, base: MeasuredSide, new: MeasuredSide) {
        guard let old = metric.base, let fresh = metric.new,
            let before = CountedCosts(of: old, in: base),
            let after = CountedCosts(of: fresh, in: new)
        else { return nil }
        self.init(base: before, new: after)
    }

    /// The factor that carries most of the change.
    public var main: Factor? { factors.max { $0.share < $1.share } }
}
