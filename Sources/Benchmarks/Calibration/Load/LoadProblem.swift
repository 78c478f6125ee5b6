import LoadGeneration
import Quantities

/// Why a load calibration cannot be run as asked: its parameters contradict each other.
enum LoadProblem: Error, Hashable, CustomStringConvertible {
    /// The run has too few requests for any percentile.
    case tooFewRequests(rate: Double, time: Nanoseconds, least: Int)
    /// The run ends before half of it and the stall have passed.
    case stallTooLong(stall: Nanoseconds, time: Nanoseconds)
    /// A rate at which a step has enough requests for the percentile is beyond the generator or the
    /// server, as `limit` says.
    case stepTooShort(
        step: Nanoseconds, objective: LatencyObjective, limit: String, highest: Double)
    /// No request is served within the limit, however few there are.
    case objectiveOutOfReach(LatencyObjective, service: Nanoseconds)

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
        case .stepTooShort(let step, let objective, let limit, let highest):
            "objective '\(objective)' needs \(objective.requestsNeeded) requests, for which a "
                + "step of \(step) needs a higher rate than the "
                + "\(Presentation.significant(highest)) requests/s of \(limit); expected at "
                + "least \(Nanoseconds(Double(objective.requestsNeeded) / highest * 1e9)), "
                + "and some times that for the search to begin well below"
        case .objectiveOutOfReach(let objective, let service):
            "objective '\(objective)' with a service time of \(service) is missed at any rate; "
                + "expected an objective above the service time"
        }
    }
}
