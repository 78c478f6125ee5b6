public import Randomness
public import StateMachines

/// How long something takes: a message on its way, a sync of the disk.
///
/// No draw is negative or longer than an hour: what a distribution would give beyond is cut there, so
/// that no tail, however heavy, leaves the range of the clock.
public enum DelayDistribution: Hashable, Sendable {
    /// Always the same. Draws nothing from the generator.
    case constant(Span)
    /// Every nanosecond from the first to the second, both included, as often as any other.
    case uniform(Span, Span)
    /// The first span, which nothing goes below, and beyond it an exponential one of this mean: the
    /// way through the wire, and then a queue.
    case exponential(above: Span = .zero, mean: Span)
    /// Its logarithm is normal around that of the median; the mean is `median`·exp(σ²/2).
    case logNormal(median: Span, sigma: Double)

    /// The longest delay, and the longest span that a distribution may be made from.
    public static let longest = Span.seconds(3_600)

    /// The next delay, in nanoseconds from zero to `longest`. O(1).
    ///
    /// - Precondition: `validate` finds nothing wrong.
    @inlinable
    public func next(using generator: inout Xoshiro256StarStar) -> Span {
        switch self {
        case .constant(let span):
            return span
        case .uniform(let least, let most):
            let width = UInt64(most.nanoseconds - least.nanoseconds) + 1
            return Span(
                nanoseconds: least.nanoseconds + Int64(generator.next(below: width)))
        case .exponential(let floor, let mean):
            let further = generator.nextExponential(mean: Double(mean.nanoseconds))
            return Self.cut(Double(floor.nanoseconds) + further)
        case .logNormal(let median, let sigma):
            return Self.cut(
                generator.nextLogNormal(median: Double(median.nanoseconds), sigma: sigma))
        }
    }

    @usableFromInline
    static func cut(_ nanoseconds: Double) -> Span {
        // The comparison is made among doubles: an infinite one would trap as an integer.
        guard nanoseconds < Double(longest.nanoseconds) else { return longest }
        return Span(nanoseconds: Int64(nanoseconds.rounded()))
    }

    /// Finds what a delay cannot be drawn from: a negative or too long span, ends in the wrong order, a
    /// mean or a median of zero, a sigma that is not a number from 0 to 10.
    ///
    /// - Parameter name: what the delay is of, for the message.
    public func validate(as name: String) throws(SimulationProblem) {
        switch self {
        case .constant(let span):
            try SimulationProblem.check(span, name)
        case .uniform(let least, let most):
            try SimulationProblem.check(least, name)
            try SimulationProblem.check(most, name)
            guard least <= most else { throw .emptyRange(name, least, most) }
        case .exponential(let floor, let mean):
            try SimulationProblem.check(floor, name)
            try SimulationProblem.check(mean, name, least: Span(nanoseconds: 1))
        case .logNormal(let median, let sigma):
            try SimulationProblem.check(median, name, least: Span(nanoseconds: 1))
            guard sigma >= 0, sigma <= 10 else {
                throw .number("sigma of \(name)", sigma, expected: "a number from 0 to 10")
            }
        }
    }
}
