import Glibc

/// Gunther's Universal Scalability Law: X(N) = λN / (1 + σ(N − 1) + κN(N − 1)).
///
/// Source: Gunther, "Guerrilla Capacity Planning", Springer 2007, chapters 4 to 6.
public struct ScalabilityLaw: Hashable, Sendable {
    /// λ, the throughput of one, in the unit of the throughputs.
    public let rate: Double
    /// σ, the share of work that queues for something shared; 0 is none.
    public let contention: Double
    /// κ, the cost of keeping a pair consistent; 0 is none.
    public let coherency: Double

    /// A law with these parameters.
    ///
    /// - Precondition: the rate is positive, the others are not negative.
    public init(rate: Double, contention: Double, coherency: Double) {
        precondition(
            rate > 0 && contention >= 0 && coherency >= 0,
            "λ \(rate) must be positive, σ \(contention) and κ \(coherency) not negative")
        self.rate = rate
        self.contention = contention
        self.coherency = coherency
    }

    /// The throughput of `concurrency` workers, nodes or clients.
    public func throughput(at concurrency: Double) -> Double {
        rate * concurrency
            / (1 + contention * (concurrency - 1) + coherency * concurrency * (concurrency - 1))
    }

    /// The concurrency of the highest throughput, √((1 − σ)/κ); nil where it grows for ever or
    /// falls from the first.
    public var peakConcurrency: Double? {
        coherency > 0 && contention < 1 ? ((1 - contention) / coherency).squareRoot() : nil
    }
}

/// A throughput that was measured at a concurrency.
public struct ScalabilityPoint: Hashable, Sendable {
    /// Workers, nodes or clients; 1 or more.
    public let concurrency: Double
    /// Positive; in any unit of work per time.
    public let throughput: Double
    /// Where a throughput that summarises several forks lies, with the forks as its unit; nil for a
    /// single measurement. Points of the same forks may err together.
    public let interval: ConfidenceInterval?

    /// A measured point.
    ///
    /// - Precondition: both finite; `concurrency >= 1`; `throughput > 0`.
    public init(concurrency: Double, throughput: Double, interval: ConfidenceInterval? = nil) {
        precondition(
            concurrency >= 1 && concurrency.isFinite && throughput > 0 && throughput.isFinite,
            "throughput \(throughput) at \(concurrency) is not a point of a scalability curve")
        self.concurrency = concurrency
        self.throughput = throughput
        self.interval = interval
    }

    /// How far the interval's ends lie from the throughput, as logarithms of their ratio; nil without
    /// an interval that is finite and above zero.
    var reach: (below: Double, above: Double)? {
        guard let interval, interval.low > 0, interval.high.isFinite else { return nil }
        return (
            max(0, log(throughput / interval.low)), max(0, log(interval.high / throughput))
        )
    }

    /// The point moved within its interval: to its upper end by 1, to its lower by -1.
    func moved(by share: Double) -> ScalabilityPoint {
        guard let reach else { return self }
        let step = share * (share < 0 ? reach.below : reach.above)
        return ScalabilityPoint(
            concurrency: concurrency, throughput: throughput * exp(step), interval: interval)
    }
}
