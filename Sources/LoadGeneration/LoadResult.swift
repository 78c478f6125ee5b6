import Measurement
import Quantities

/// What an open loop found.
public struct OpenLoopResult: Sendable {
    /// Requests a second that were asked for.
    public let askedRate: Double
    /// How requests were meant to arrive.
    public let pattern: ArrivalPattern
    /// How long the schedule was.
    public let duration: Nanoseconds
    /// From the *intended* start to the response: what a client of a service at this rate sees. Every
    /// request that a stall delayed counts with its delay.
    public internal(set) var response: LatencyDistribution
    /// From the actual start to the response: what the target says of itself.
    public internal(set) var service: LatencyDistribution
    /// From the intended to the actual start, whatever the cause.
    public internal(set) var lateness: LatencyDistribution
    /// The part of the lateness that the generator alone caused (see `LatenessSplit`).
    public internal(set) var ownLateness: LatencyDistribution
    /// Requests that started.
    public internal(set) var sent = 0
    /// Requests that were meant to start within the duration and did not.
    public internal(set) var unsent = 0
    /// Requests whose answer had not come when the run was given up; only an asynchronous target
    /// leaves any. They are in no distribution.
    public internal(set) var unanswered = 0
    /// Lateness up to this is not counted as a miss.
    public let tolerance: Nanoseconds
    /// Requests late by more than the tolerance.
    public internal(set) var missed = 0
    /// Those of them that the generator alone made late by more than the tolerance.
    public internal(set) var ownMissed = 0
    /// The longest that a request was late.
    public internal(set) var greatestLateness = Nanoseconds.zero
    /// The longest that the generator alone made a request late.
    public internal(set) var greatestOwnLateness = Nanoseconds.zero
    /// Mean of the lateness.
    public internal(set) var meanLateness = Nanoseconds.zero

    init(schedule: ArrivalSchedule, duration: Nanoseconds, tolerance: Nanoseconds) {
        askedRate = schedule.rate
        pattern = schedule.pattern
        self.duration = duration
        self.tolerance = tolerance
        response = LatencyDistribution()
        service = LatencyDistribution()
        lateness = LatencyDistribution()
        ownLateness = LatencyDistribution()
    }

    /// Requests a second that started.
    public var achievedRate: Double { Double(sent) / duration.inSeconds }

    /// Whether the schedule's requests were sent up to a thousandth, or up to two bursts where that is
    /// more. What is left unsent at the end is a backlog that a longer run would have made longer, or
    /// what a stall in the last thousandth left.
    public var keptUp: Bool {
        Double(unsent) <= max(Double(2 * pattern.burstSize), Double(sent + unsent) / 1000)
    }

    /// Why the figures of this run are to be doubted; empty when there is no reason.
    ///
    /// - The asked rate was not reached: what the percentiles say depends on how long the run was.
    /// - The generator itself was late for more than one request in a thousand: p99.9 is then as much
    ///   the generator's as the target's.
    ///
    /// By how much is in `unsent`, `ownMissed` and `ownLateness`: the forks of a run share their doubts
    /// as far as they can.
    public var doubts: [String] {
        func text(_ rate: Double) -> String { Presentation.significant(rate, digits: 3) }
        var doubts: [String] = []
        if !keptUp {
            doubts.append(
                "asked for \(text(askedRate)) requests/s, achieved \(text(achievedRate)): "
                    + "a backlog was left at the end")
        }
        if unanswered > 0 { doubts.append("requests were left unanswered") }
        if ownMissed * 1000 > sent {
            doubts.append("the generator itself was late for more than 0.1 % of the requests")
        }
        return doubts
    }
}

/// What a closed loop found.
///
/// A closed loop waits for each response before it sends the next request, so a target that stops
/// stops the generator too: the requests that would have met the stall are never made. Response and
/// service time are the same, and neither says what clients see that do not wait for one another.
/// Source: Schroeder, Wierman and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI
/// 2006.
public struct ClosedLoopResult: Sendable {
    /// Time of each request, from its start to its response.
    public internal(set) var service: LatencyDistribution
    /// Requests served.
    public internal(set) var sent = 0
    /// How long the loop ran.
    public internal(set) var duration: Nanoseconds
    /// The pause after each response.
    public let thinkTime: Nanoseconds

    init(thinkTime: Nanoseconds) {
        service = LatencyDistribution()
        duration = .zero
        self.thinkTime = thinkTime
    }

    /// Requests a second that were served: the target's doing as much as the generator's.
    public var rate: Double { duration > .zero ? Double(sent) / duration.inSeconds : 0 }

    /// What has to stand beside the figures.
    public var note: String {
        "closed loop: each request waited for the response before it"
            + (thinkTime > .zero ? " and \(thinkTime) more" : "")
    }
}
