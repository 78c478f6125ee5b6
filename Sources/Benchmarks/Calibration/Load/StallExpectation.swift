import LoadGeneration
import Measurement
import Quantities
import Statistics

/// What the open loop of `calibration.stall` is held to: `StalledQueue`, with a tolerance.
struct StallExpectation {
    let queue: StalledQueue
    let pattern: ArrivalPattern

    /// The percentiles that are looked at, as the statistics are called; 100 is the maximum.
    static let percentiles: [(name: String, percentile: Double)] = [
        ("p99", 99), ("p99.5", 99.5), ("p99.9", 99.9), ("max", 100),
    ]

    /// How far from `time` a figure may lie: 5 % or 2 ms, whichever is more, and what comes of
    /// requests being countable. Percentiles lie at a rank, and the time there is off by an interval
    /// for each request that arrived too early or late: one with equal gaps, up to a burst with
    /// bursts, and four standard deviations of a Poisson count of the requests above.
    func tolerance(of time: Nanoseconds) -> Nanoseconds {
        let above = (queue.stall - time).rawValue / 1e9 * queue.rate
        var requests = Double(pattern.burstSize)
        if pattern.spacing == .poisson {
            requests += 4 * (max(1, above) * Double(pattern.burstSize)).squareRoot()
        }
        return max(.milliseconds(2), time * 0.05) + Nanoseconds(requests * 1e9 / queue.rate)
    }

    /// Records what is expected; nothing when the backlog lasts longer than the run, since the figures
    /// are doubtful then. Percentiles below a fifth of the stall are left out: there the server's own
    /// time, and whatever else happens on the machine, is as large as what is left of the stall.
    func record(_ parameters: ParameterSet, into recorder: inout Recorder) {
        for (name, percentile) in StallExpectation.percentiles {
            guard let time = queue.response(atPercentile: percentile), time > queue.stall / 5,
                percentile == 100
                    || queue.requests
                        >= Quantile.sampleCountNeeded(forProbability: percentile / 100)
            else { continue }
            let tolerance = tolerance(of: time)
            recorder.expect(
                "response", parameters, name,
                .within(
                    low: max(0, (time - tolerance).rawValue), high: (time + tolerance).rawValue),
                because: "\(queue.delayed ?? 0) of \(queue.requests) requests are delayed, by the "
                    + "stall's \(queue.stall) at most and less by the same each")
        }
        guard queue.service < queue.stall / 10, let slow = queue.slower(than: queue.stall / 2)
        else { return }
        let tolerance =
            tolerance(of: queue.stall / 2).rawValue / 1e9 * queue.rate
        recorder.expect(
            "slow", parameters, "median",
            .within(low: max(0, Double(slow) - tolerance), high: Double(slow) + tolerance),
            because: "every request that the stall delays by more than half of it counts")
    }
}
