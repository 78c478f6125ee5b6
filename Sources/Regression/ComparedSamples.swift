import Statistics

/// The samples of two sides, one array a fork, and how their forks belong together.
public struct ComparedSamples: Sendable {
    enum Design {
        case independent(base: [[Double]], new: [[Double]])
        /// New over base, round by round.
        case paired(ratios: [[Double]])
    }

    let design: Design

    /// Two sides whose forks ran apart: two runs, or two workloads of one.
    ///
    /// - Precondition: no fork is empty, all samples are finite.
    public static func independent(base: [[Double]], new: [[Double]]) -> ComparedSamples {
        check(base)
        check(new)
        return ComparedSamples(design: .independent(base: base, new: new))
    }

    /// Two sides that took turns in the same forks: `base[i][j]` and `new[i][j]` are round j of
    /// fork i. Whatever a fork or a round does to both cancels out.
    ///
    /// - Precondition: the same forks with the same rounds, none empty; base samples positive.
    public static func paired(base: [[Double]], new: [[Double]]) -> ComparedSamples {
        precondition(
            base.map(\.count) == new.map(\.count),
            "rounds \(base.map(\.count)) and \(new.map(\.count)) make no pairs")
        return paired(
            ratios: zip(base, new).map { fork in
                zip(fork.0, fork.1).map { base, new in
                    precondition(base > 0, "base sample \(base) has no ratio")
                    return new / base
                }
            })
    }

    /// The ratios of new to base, round by round, of sides that took turns in the same forks.
    ///
    /// - Precondition: no fork is empty, all ratios are finite.
    public static func paired(ratios: [[Double]]) -> ComparedSamples {
        check(ratios)
        return ComparedSamples(design: .paired(ratios: ratios))
    }

    /// Forks of the side that has fewer.
    public var forkCount: Int {
        switch design {
        case .independent(let base, let new): min(base.count, new.count)
        case .paired(let ratios): ratios.count
        }
    }

    /// Whether every fork's median is positive, so that it has a logarithm and a ratio.
    var isPositive: Bool {
        sides.joined().allSatisfy { Quantile.median(of: $0) > 0 }
    }

    /// Whether every pair by itself says that the sides differ by more than `margin`, and all in the
    /// same direction. Never true of independent sides: what disturbs the machine for as long as one
    /// of them runs is in all of its forks.
    func areUnanimous(beyond margin: ClosedRange<Double>) -> Bool {
        guard case .paired(let ratios) = design else { return false }
        let medians = ratios.map { Quantile.median(of: $0) }
        return medians.allSatisfy { $0 > margin.upperBound }
            || medians.allSatisfy { $0 < margin.lowerBound }
    }

    /// How much the samples vary; nil without forks or where a median is not positive.
    public var spread: Spread? {
        guard forkCount > 0, isPositive else { return nil }
        let found = sides.map { Spread(of: $0) }
        return found.dropFirst().reduce(found[0]) { $0.larger(of: $1) }
    }

    private var sides: [[[Double]]] {
        switch design {
        case .independent(let base, let new): [base, new]
        case .paired(let ratios): [ratios]
        }
    }

    private static func check(_ forks: [[Double]]) {
        for (index, fork) in forks.enumerated() {
            precondition(!fork.isEmpty, "fork \(index) has no samples")
            for value in fork where !value.isFinite {
                preconditionFailure("fork \(index) holds \(value): samples must be finite")
            }
        }
    }
}
