import Randomness

/// A place in a series from which on its distribution differs.
public struct ChangePoint: Hashable, Sendable {
    /// The first sample of the new distribution.
    public let index: Int
    /// The scaled energy distance between what lies before and after; larger is clearer.
    public let divergence: Double
    /// The permutation p-value.
    public let significance: Double
}

/// E-divisive means: change points of a series found one after the other by energy distance, each
/// accepted by a permutation test.
///
/// The split (τ, κ) of a segment that maximises mn/(m+n) times the energy distance between the m
/// samples before τ and the n samples from τ to κ is tested against the same maximum in series
/// whose segments are shuffled; the clearest over all segments is taken, until one is not
/// significant. No distribution is assumed; a change of spread is found as well as one of level.
/// Source: Matteson and James, "A nonparametric approach for multiple change point analysis of
/// multivariate data", JASA 109, 2014, with α = 1. Use on performance: Daly et al., "The use of
/// change point detection to identify software performance regressions", ICPE 2020.
public struct ChangePointDetector: Hashable, Sendable {
    /// Shuffled series per test; 199 unless said otherwise, the fewest for p = 0.005.
    public var permutations: Int
    /// A change is accepted at this p-value or below; 0.01 unless said otherwise.
    public var significance: Double
    /// The fewest samples between changes; 5 unless said otherwise.
    public var shortestSegment: Int
    /// Determines the shuffles.
    public var seed: Seed

    /// A detector with these settings.
    ///
    /// - Precondition: the permutations can reach the significance, 1/(permutations + 1) or more;
    ///   `shortestSegment >= 2`.
    public init(
        seed: Seed, permutations: Int = 199, significance: Double = 0.01, shortestSegment: Int = 5
    ) {
        precondition(
            permutations > 0 && significance * Double(permutations + 1) >= 1 && significance < 1,
            "\(permutations) permutations cannot reach significance \(significance)")
        precondition(shortestSegment >= 2, "a segment of \(shortestSegment) has no spread")
        self.seed = seed
        self.permutations = permutations
        self.significance = significance
        self.shortestSegment = shortestSegment
    }

    /// The change points in order of place; none for fewer than two shortest segments.
    ///
    /// - Precondition: all samples finite.
    /// - Complexity: O(permutations · n²) a change point in time, O(n²) in memory; some 0.1 s for
    ///   500 samples and 199 permutations in a release build.
    public func changePoints(in series: [Double]) -> [ChangePoint] {
        tests(in: series).filter { $0.significance <= significance }
            .sorted { $0.index < $1.index }
    }

    /// Every place that was tested, in the order of testing: the change points, clearest first, and the
    /// place at which the search ended because it was not significant. Whoever looks at many series
    /// corrects for all of these.
    ///
    /// - Parameter hits: a test ends early, with p = hits / shuffled series, when this many series were
    ///   as clear as the one observed, so that series without a change cost little (Besag and Clifford,
    ///   "Sequential Monte Carlo p-values", Biometrika 78, 1991). `nil` tries all permutations.
    /// - Precondition: all samples finite.
    /// - Complexity: as `changePoints`.
    public func tests(in series: [Double], endingAt hits: Int? = nil) -> [ChangePoint] {
        guard series.count >= 2 * shortestSegment else { return [] }
        requireFinite(series)
        var generator = seed.generator()
        var segments = [0..<series.count]
        var tested: [ChangePoint] = []
        while let split = clearest(series, segments) {
            let p = chance(of: split.divergence, series, segments, hits, &generator)
            tested.append(
                ChangePoint(index: split.index, divergence: split.divergence, significance: p))
            guard p <= significance else { break }
            segments = segments.flatMap { segment in
                segment.contains(split.index)
                    ? [segment.lowerBound..<split.index, split.index..<segment.upperBound]
                    : [segment]
            }
        }
        return tested
    }

    /// How often shuffled segments are as clear.
    private func chance(
        of divergence: Double, _ series: [Double], _ segments: [Range<Int>], _ hits: Int?,
        _ generator: inout Xoshiro256StarStar
    ) -> Double {
        var asClear = 0
        for number in 1...permutations {
            var shuffled = series
            for segment in segments {
                let part = Array(series[segment]).shuffled(by: &generator)
                shuffled.replaceSubrange(segment, with: part)
            }
            let chance = clearest(shuffled, segments)?.divergence ?? 0
            asClear += chance >= divergence ? 1 : 0
            if asClear == hits { return Double(asClear) / Double(number) }
        }
        return Double(asClear + 1) / Double(permutations + 1)
    }

    private func clearest(
        _ series: [Double], _ segments: [Range<Int>]
    ) -> (index: Int, divergence: Double)? {
        var best: (index: Int, divergence: Double)?
        for segment in segments where segment.count >= 2 * shortestSegment {
            let split = EnergyDivergence(series[segment]).clearest(shortest: shortestSegment)
            if split.divergence > best?.divergence ?? 0 {
                best = (segment.lowerBound + split.index, split.divergence)
            }
        }
        return best
    }
}

/// The energy distances between parts of one segment, in constant time each.
struct EnergyDivergence {
    private let count: Int
    /// `sums[i·(count+1) + j]` is Σ |x[a] − x[b]| over a < i, b < j.
    private let sums: [Double]

    /// - Complexity: O(n²) time and memory.
    init(_ segment: ArraySlice<Double>) {
        let values = Array(segment)
        count = values.count
        let width = count + 1
        var sums = Array(repeating: 0.0, count: width * width)
        for i in 0..<count {
            var row = 0.0
            for j in 0..<count {
                row += abs(values[i] - values[j])
                sums[(i + 1) * width + j + 1] = sums[i * width + j + 1] + row
            }
        }
        self.sums = sums
    }

    /// mn/(m+n) · (2·E|X−Y| − E|X−X′| − E|Y−Y′|) of the samples before `split` and those from it
    /// to `end`, the last two as means over distinct pairs (Matteson and James, eq. 5 and 7).
    func divergence(split: Int, end: Int) -> Double {
        let width = count + 1
        let (m, n) = (Double(split), Double(end - split))
        let before = sums[split * width + split]
        let whole = sums[end * width + end]
        let between = sums[split * width + end] - before
        let after = whole - before - 2 * between
        let energy = 2 * between / (m * n) - before / (m * (m - 1)) - after / (n * (n - 1))
        return m * n / (m + n) * energy
    }

    /// The split of the largest divergence over all ends.
    func clearest(shortest: Int) -> (index: Int, divergence: Double) {
        var best = (index: shortest, divergence: -Double.infinity)
        for split in shortest...(count - shortest) {
            for end in (split + shortest)...count {
                let divergence = divergence(split: split, end: end)
                if divergence > best.divergence { best = (split, divergence) }
            }
        }
        return best
    }
}
