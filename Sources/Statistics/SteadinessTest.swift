/// Where the steady part of a series begins, if it does.
public enum Steadiness: Hashable, Codable, Sendable {
    /// From the sample at this index on the series is steady.
    case steady(from: Int)
    /// No part that reaches the end and is long enough is steady; why the last part tried is not.
    case never(Reason)

    /// What keeps a part of the series from being steady.
    public enum Reason: Hashable, Codable, Sendable, CustomStringConvertible {
        /// Too few samples to tell.
        case tooFewSamples(have: Int, need: Int)
        /// The start lies apart from the rest, by this share of the level.
        case apartAtStart(relative: Double)
        /// The end lies apart from the rest, by this share of the level.
        case apartAtEnd(relative: Double)
        /// The second half lies above (positive) or below the first by this share of the level.
        case shift(relative: Double)
        /// A significant trend changes the level by this share over the part.
        case trend(relative: Double)

        /// One line for the warm-up's note.
        public var description: String {
            switch self {
            case .tooFewSamples(let have, let need): "\(have) samples, \(need) needed to tell"
            case .apartAtStart(let share): "the start lies \(percent(share)) from the rest"
            case .apartAtEnd(let share): "the end lies \(percent(share)) from the rest"
            case .shift(let share): "the second half lies \(percent(share)) from the first"
            case .trend(let share): "a trend moves the level by \(percent(share))"
            }
        }

        private func percent(_ share: Double) -> String {
            let tenths = (share * 1_000).rounded() / 10
            return "\(tenths) %"
        }
    }
}

/// Decides from a series of timings where warm-up ends and steady state begins.
///
/// The series is cut into at most 64 windows, each reduced to its median, so that single outliers
/// do not count. A part that reaches to the end is steady when
///
/// 1. its first three windows lie within three scaled MADs of its median, and the medians of its
///    first and its last eighth within three standard errors of it;
/// 2. the medians of its halves agree within three of their standard errors; and
/// 3. the Mann-Kendall test finds no trend;
///
/// where a difference, or a trend's whole effect, below `tolerance` of the level never counts: long
/// series make any trifle significant. The longest steady part wins; it must hold a quarter of the
/// series and 10 windows. Below 20 samples one steady series in six is not recognised as such. A
/// series that jumps between levels for ever is steady as a whole or never, by how the jumps fall:
/// the test looks for a start that differs from the rest, not for one level.
///
/// Sources: Georges, Buytaert and Eeckhout, "Statistically rigorous Java performance evaluation",
/// OOPSLA 2007 (steady state is to be detected); Barrett et al., "Virtual machine warmup blows hot
/// and cold", OOPSLA 2017 (it may never come); Mann 1945 and Kendall 1975 for the trend. Deviation:
/// robust windows and a tolerance instead of a coefficient of variation or change points.
public struct SteadinessTest: Hashable, Sendable {
    /// The relative change of level that is accepted as steady; 0.01 unless said otherwise.
    public var tolerance: Double
    /// The level below which a trend's significance counts; 0.01 unless said otherwise.
    public var significance: Double

    static let mostWindows = 64
    static let fewestWindows = 10

    /// - Precondition: `tolerance >= 0` and `0 < significance < 1`.
    public init(tolerance: Double = 0.01, significance: Double = 0.01) {
        precondition(tolerance >= 0, "tolerance \(tolerance) must not be negative")
        precondition(
            significance > 0 && significance < 1,
            "significance \(significance) must lie between 0 and 1")
        self.tolerance = tolerance
        self.significance = significance
    }

    /// Where the series so far becomes steady; `never` for fewer than 10 samples.
    ///
    /// - Precondition: all samples finite.
    /// - Complexity: O(n log n) plus about 10⁶ operations at most.
    public func verdict(on series: [Double]) -> Steadiness {
        guard series.count >= SteadinessTest.fewestWindows else {
            return .never(
                .tooFewSamples(have: series.count, need: SteadinessTest.fewestWindows))
        }
        requireFinite(series)
        let most = SteadinessTest.mostWindows
        let size = (series.count + most - 1) / most
        let count = series.count / size
        // Windows end with the series; what is left over lies at the start, with the warm-up.
        let offset = series.count - count * size
        let windows = (0..<count).map { window in
            let start = offset + window * size
            return Quantile.median(of: Array(series[start..<start + size]))
        }
        let fewest = max(SteadinessTest.fewestWindows, count / 4)
        var start = 0
        var reason = unsteadiness(windows[...])
        while reason != nil && start < count - fewest {
            start += 1
            reason = unsteadiness(windows[start...])
        }
        if let reason { return .never(reason) }
        return .steady(from: start == 0 ? 0 : offset + start * size)
    }

    /// Why a run of window medians is not steady; nil when it is.
    private func unsteadiness(_ windows: ArraySlice<Double>) -> Steadiness.Reason? {
        let spread = MedianAbsoluteDeviation(of: Array(windows))
        let level = spread.center
        let accepted = tolerance * abs(level)
        func relative(_ difference: Double) -> Double {
            level == 0 ? difference : difference / abs(level)
        }
        let band = max(accepted, 3 * spread.normalScaled)
        if let apart = windows.prefix(3).first(where: { abs($0 - level) > band }) {
            return .apartAtStart(relative: relative(apart - level))
        }
        // The standard error of a median of h normal values is 1.2533·σ/√h.
        let eighth = max(4, windows.count / 8)
        let endError = 1.2533 * spread.normalScaled / Double(eighth).squareRoot()
        let apart = [windows.prefix(eighth), windows.suffix(eighth)].map {
            Quantile.median(of: Array($0)) - level
        }
        if abs(apart[0]) > max(accepted, 3 * endError) {
            return .apartAtStart(relative: relative(apart[0]))
        }
        if abs(apart[1]) > max(accepted, 3 * endError) {
            return .apartAtEnd(relative: relative(apart[1]))
        }
        let middle = windows.startIndex + windows.count / 2
        let halves = [Array(windows[..<middle]), Array(windows[middle...])]
        let medians = halves.map { Quantile.median(of: $0) }
        let residuals = zip(halves, medians).flatMap { half, median in
            half.map { abs($0 - median) }
        }
        let deviation = Quantile.median(of: residuals) * MedianAbsoluteDeviation.normalScale
        let error = 1.2533 * deviation * (4 / Double(windows.count)).squareRoot()
        let shift = medians[1] - medians[0]
        if abs(shift) > max(accepted, 3 * error) { return .shift(relative: relative(shift)) }
        guard MannKendall(windows).significance < significance else { return nil }
        let change = MannKendall.slope(windows) * Double(windows.count - 1)
        return abs(change) > accepted ? .trend(relative: relative(change)) : nil
    }
}
