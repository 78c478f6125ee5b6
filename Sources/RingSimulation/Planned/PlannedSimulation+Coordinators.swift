import Randomness
import ShenRing
import Simulation
import StateMachines

extension PlannedSimulation {
    /// Has clients ask coordinators for identifiers.
    func runCoordinators(
        _ course: PlannedCourse, seed: Seed
    ) throws(PlannedRunStopped) -> PlannedOutcome {
        let experiment = coordinatorExperiment
        var course = course
        var trial = experiment.trial(seed: seed)
        trial.begin()
        let before = trial.traffic(ofFirst: nodes)
        try course.run(&trial, for: duration)
        let load = PlannedLoad(
            before: before, after: trial.traffic(ofFirst: nodes), over: duration)
        // What was asked for last is waited for.
        try course.advance(&trial, to: trial.now + experiment.timeout * 10 + .seconds(2))
        let faults = trial.befallen.count
        let outcome = trial.finish()
        let asked = outcome.answered + outcome.failed
        var figures = [
            PlannedFigure(
                "latency", "what a client waited for an identifier", outcome.latencies,
                model: (delay + costs.receive + costs.send) * 2),
            PlannedFigure(
                "outage",
                "from a client's first request for a key of a coordinator that is down to its first "
                    + "answer to one", outcome.outages),
            PlannedFigure(
                "timeouts", .count(of: "timeouts"), "answers that were waited for in vain",
                [Double(outcome.timeouts)]),
            PlannedFigure(
                "inversions", .percent,
                "timestamps that are not above one that was known before they were asked for",
                [outcome.order.share * 100]),
        ]
        if asked > 0 {
            figures.append(
                PlannedFigure(
                    "served", .percent, "requests that some coordinator answered",
                    [100 * Double(outcome.answered) / Double(asked)]))
        }
        return PlannedOutcome(
            figures: figures + load.figures, operations: outcome.answered, faults: faults,
            simulated: outcome.simulated, trace: outcome.trace,
            violations: outcome.duplicates == 0
                ? [] : ["\(outcome.duplicates) identifiers were given out twice"])
    }

    private var coordinatorExperiment: CoordinatorExperiment {
        var experiment = CoordinatorExperiment()
        experiment.coordinators = nodes
        experiment.clients = coordinatorClients
        experiment.rate = 50
        experiment.duration = duration
        experiment.timeout = max(.milliseconds(300), longestAnswer * 10)
        experiment.network = network
        experiment.disk = disk
        experiment.costs = costs
        return experiment
    }
}
