import Randomness
import ShenRing
import Simulation
import StateMachines

extension PlannedSimulation {
    /// Has clients write and read at a quorum.
    func runQuorum(_ course: PlannedCourse, seed: Seed) throws(PlannedRunStopped) -> PlannedOutcome
    {
        var settings = quorumExperiment.settings
        settings.electionTimeout = silence
        settings.heartbeat = silence / 5
        var experiment = quorumExperiment
        experiment.seed = seed
        var course = course
        var world = QuorumBenchWorld(experiment, settings: settings, patience: silence / 2)
        try course.advance(&world, to: Moment(nanoseconds: 0) + warmUp)
        let start = world.now
        let before = world.simulator.traffic(ofFirst: nodes)
        try course.run(&world, for: duration)
        let load = PlannedLoad(
            before: before, after: world.simulator.traffic(ofFirst: nodes), over: duration)
        let model = QuorumModel(
            replicas: nodes, delay: delay, sync: sync, receive: costs.receive, send: costs.send)
        let bound = model.throughputBound(batch: 1, acknowledged: 1)
        let figures = StoreFigures(
            plan: self, answers: world.answers, crashes: world.crashes, start: start,
            write: model.writeLatency, read: model.readLatency(.leader),
            bound: bound.isFinite ? bound : nil)
        let (violations, isUnknown) = world.finish(after: silence * 8)
        return PlannedOutcome(
            figures: figures.all + load.figures, operations: figures.count,
            faults: world.befallen.count, simulated: world.now - Moment(nanoseconds: 0),
            trace: world.simulator.trace.value, violations: violations, isUnknown: isUnknown)
    }

    private var quorumExperiment: QuorumExperiment {
        var experiment = QuorumExperiment()
        experiment.replicas = nodes
        experiment.clients = clients
        experiment.readShare = 0.5
        experiment.delay = network.delay
        experiment.loss = loss
        experiment.sync = disk.sync
        experiment.costs = costs
        return experiment
    }
}

extension QuorumBenchWorld: PlannedWorld {
    var now: Moment { simulator.now }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }

    func node(in role: CrashRole) -> NodeID? { role == .leader ? leader : nil }

    mutating func advance(to end: Moment) { pass(until: end) }
}
