import Quantities

/// Why a load calibration cannot be run as asked: its parameters contradict each other.
enum LoadProblem: Error, Hashable, CustomStringConvertible {
    /// The run has too few requests for any percentile.
    case tooFewRequests(rate: Double, time: Nanoseconds, least: Int)
    /// The run ends before half of it and the stall have passed.
    case stallTooLong(stall: Nanoseconds, time: Nanoseconds)
    /// Even the least rate of a search is beyond the generator.
    case stepTooShort(step: Nanoseconds, lowest: Double, highest: Double)

    /// What was found and what was expected, in one line.
    var description: String {
        switch self {
        case .tooFewRequests(let rate, let time, let least):
            "rate \(Presentation.significant(rate, digits: 6)) gives "
                + "\(Presentation.significant(rate * time.inSeconds, digits: 6)) requests in "
                + "\(time), the time of one loop (half of the fork's); expected \(least) at least"
        case .stallTooLong(let stall, let time):
            "stall \(stall) does not end within a loop's \(time) (half of the fork's time), "
                + "halfway through which it begins; expected less than \(time / 2)"
        case .stepTooShort(let step, let lowest, let highest):
            "step \(step) needs \(Presentation.significant(lowest)) requests/s for 100 requests, "
                + "the generator is trusted up to \(Presentation.significant(highest)); "
                + "expected a longer step"
        }
    }
}
