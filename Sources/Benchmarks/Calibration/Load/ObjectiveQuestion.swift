import LoadGeneration
import Measurement
import Quantities
import Randomness

/// What `calibration.objective` asks: how fast a server of known speed may be used until an objective
/// is missed, a rate tried for so long.
struct ObjectiveQuestion {
    /// What the server takes for a request.
    let service: Nanoseconds
    /// What is asked of the response times.
    let objective: LatencyObjective
    /// How long a rate is tried.
    let step: Nanoseconds

    /// What resolved parameters ask.
    init(_ parameters: ParameterSet) {
        func duration(_ name: String) -> Nanoseconds {
            guard let text = parameters[name], let value = try? Nanoseconds(parsing: text) else {
                preconditionFailure("parameter '\(name)' was not resolved to a time")
            }
            return value
        }
        guard let percentile = parameters["percentile"].flatMap(Double.init) else {
            preconditionFailure("parameter 'percentile' was not resolved to a number")
        }
        service = duration("service")
        objective = LatencyObjective(percentile: percentile, atMost: duration("objective"))
        step = duration("step")
    }

    /// The lowest rate that is tried, in requests a second: a step at it has as many requests as
    /// the percentile needs, also when as many of them are unsent as a rate that was kept up may
    /// leave (two, or one in a thousand).
    var lowestRate: Double { Double(objective.requestsNeeded + 2) * 1.002 / step.inSeconds }

    /// Why there is no answer, as far as the parameters tell; `nil` where there may be one.
    var problem: LoadProblem? {
        guard objective.limit > service else {
            return .objectiveOutOfReach(objective, service: service)
        }
        return obstacle(upTo: 1e9 / service.rawValue, of: "the server")
    }

    /// Why no rate up to `highest`, the limit of what `limit` names, can be tried.
    func obstacle(upTo highest: Double, of limit: String) -> LoadProblem? {
        guard lowestRate >= highest else { return nil }
        return .stepTooShort(step: step, objective: objective, limit: limit, highest: highest)
    }

    /// What a step at `rate` says.
    func verdict(
        at rate: Double, seed: Seed, clock: TickClock
    ) throws -> LatencyObjective.Verdict {
        var server = SpinningServer(service: service, clock: clock)
        let schedule = ArrivalSchedule(.constant, rate: rate, seed: seed)
        let result = try OpenLoop(schedule, for: step, clock: clock).run(&server, .uniform)
        return objective.verdict(on: result)
    }
}
