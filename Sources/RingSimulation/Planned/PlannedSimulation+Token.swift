import Randomness
import ShenRing
import Simulation
import StateMachines

extension PlannedSimulation {
    /// How long a member keeps the right.
    private static let hold = Span.milliseconds(1)

    /// Has all members ask for the right, again and again.
    func runToken(_ course: PlannedCourse, seed: Seed) throws(PlannedRunStopped) -> PlannedOutcome {
        let experiment = tokenExperiment
        var (course, world) = (course, experiment.makeWorld(seed: seed))
        let lap = (Self.hold + longestAnswer) * Int64(nodes)
        try course.advance(&world, to: Moment(nanoseconds: 0) + max(.seconds(1), lap * 3))
        let (start, grants) = (world.now, world.ledger.waits.count)
        let before = world.simulator.traffic(ofFirst: nodes)
        try course.run(&world, for: duration)
        let end = world.now
        let load = PlannedLoad(
            before: before, after: world.simulator.traffic(ofFirst: nodes), over: duration)
        world.isOpen = false
        try course.advance(&world, to: end + experiment.settings.lease)
        let waits = Array(world.ledger.waits.dropFirst(grants))
        let grantees = world.ledger.grantees.dropFirst(grants)
        let pauses = Pauses(moments: world.ledger.grantMoments)
        let model = experiment.model(delay: delay, hold: Self.hold)
        var shares = [Double](repeating: 0, count: nodes)
        for node in grantees { shares[node.place] += 1 }
        var figures = [
            PlannedFigure(
                "wait", "from asking for the right to having it", waits, model: model.wait),
            PlannedFigure(
                "grants", .operations, "rights granted a second",
                [Double(waits.count) / duration.inSeconds], model: model.grantsPerSecond),
            PlannedFigure(
                "waiting", .count(of: "members"),
                "members that waited at a time, on average; the model is Little's law",
                [waits.reduce(0) { $0 + $1.inSeconds } / duration.inSeconds],
                model: model.waiting),
            PlannedFigure(
                "pause", "the longest time without a grant",
                [pauses.longest(from: start, to: end)]),
            PlannedFigure(
                "recovery", "from a crash to the next grant",
                pauses.next(after: world.crashes)),
        ]
        if !waits.isEmpty {
            figures += [
                PlannedFigure(
                    "fairness", .ratio,
                    "Jain's index of the members' grants: 1 where all had as many",
                    [TokenFigures.jainIndex(of: shares)]),
                PlannedFigure(
                    "messages-per-grant", .count(of: "messages"), "messages sent for a grant",
                    [Double(load.messages) / 2 / Double(waits.count)]),
            ]
        }
        return PlannedOutcome(
            figures: figures + load.figures, operations: waits.count, faults: world.befallen.count,
            simulated: world.now - Moment(nanoseconds: 0), trace: world.simulator.trace.value,
            violations: world.ledger.findings)
    }

    private var tokenExperiment: TokenExperiment {
        // Timeouts are for the slowest, with what its processor does besides.
        let slowest =
            delay.scaled(by: 1.2) + (costs.receive + costs.send) * 4 + sync.scaled(by: 1.2)
        var experiment = TokenExperiment(
            members: nodes, contenders: nodes, delay: slowest, hold: Self.hold)
        experiment.network = network
        experiment.disk = disk
        experiment.costs = costs
        experiment.load.delay = .constant(delay)
        return experiment
    }
}

extension TokenWorld: PlannedWorld {
    var now: Moment { simulator.now }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }

    func node(in role: CrashRole) -> NodeID? { role == .holder ? holder : nil }

    mutating func schedule(_ fault: Fault, at moment: Moment) {
        simulator.schedule(fault, at: moment)
    }

    mutating func advance(to end: Moment) { _ = run(until: end) }
}
