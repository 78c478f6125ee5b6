import Randomness
import ShenRing
import Simulation
public import StateMachines

extension PlannedSimulation {
    /// How long a member of a replicated store may be silent: chain and quorum alike, so that they can be
    /// compared.
    public var silence: Span { max(.milliseconds(100), longestAnswer * 10) }

    /// Has clients write and read at a chain.
    func runChain(_ course: PlannedCourse, seed: Seed) throws(PlannedRunStopped) -> PlannedOutcome {
        let experiment = chainExperiment
        var (course, world) = (course, ChainWorld(experiment, seed: seed))
        try course.advance(&world, to: Moment(nanoseconds: 0) + warmUp)
        let start = world.now
        let before = world.simulator.traffic(ofFirst: nodes)
        try course.run(&world, for: duration)
        let load = PlannedLoad(
            before: before, after: world.simulator.traffic(ofFirst: nodes), over: duration)
        let answers = world.answered.map {
            StoreAnswer(at: $0.at, took: $0.took, isRead: $0.isRead)
        }
        let model = experiment.model(delay: delay, sync: sync)
        let figures = StoreFigures(
            plan: self, answers: answers, crashes: world.crashes, start: start,
            write: model.write, read: model.read, bound: model.throughput(batch: 1))
        let faults = world.befallen.count
        let (violations, isUnknown) = world.verdict()
        return PlannedOutcome(
            figures: figures.all + load.figures, operations: figures.count, faults: faults,
            simulated: world.now - Moment(nanoseconds: 0), trace: world.simulator.trace.value,
            violations: violations, isUnknown: isUnknown)
    }

    /// By when a store has found together and its clients have found it.
    var warmUp: Span { max(.milliseconds(500), silence * 4) }

    private var chainExperiment: ChainExperiment {
        var experiment: ChainExperiment
        do throws(ChainError) {
            experiment = try ChainExperiment(
                replicas: nodes, clients: clients, delay: delay.scaled(by: 1.2),
                sync: sync.scaled(by: 1.2))
        } catch { preconditionFailure("\(error)") }
        // Members come first, so that what a person calls n0 is one.
        experiment.settings.replicas = (0..<nodes).map(NodeID.init(place:))
        experiment.settings.wardens = (nodes..<nodes + wardens).map(NodeID.init(place:))
        experiment.settings.heartbeat = silence / 5
        experiment.settings.lease = silence
        experiment.settings.suspicion = silence
        experiment.settings.resend = max(
            experiment.settings.resend, longestAnswer * Int64(nodes + 1))
        experiment.settings.stall = max(
            experiment.settings.stall, experiment.settings.resend * 4)
        experiment.settings.retry = max(experiment.settings.retry, longestAnswer * 2)
        experiment.patience = max(silence / 2, experiment.settings.resend * 2)
        experiment.network = network
        experiment.disk = disk
        experiment.costs = costs
        experiment.load.reads = 0.5
        return experiment
    }
}

extension ChainWorld: PlannedWorld {
    var now: Moment { simulator.now }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }

    func node(in role: CrashRole) -> NodeID? {
        let place: ChainExperiment.Place
        switch role {
        case .head: place = .head
        case .middle: place = .middle
        case .tail: place = .tail
        case .random, .holder, .leader: return nil
        }
        let members = configuration.members
        return members.isEmpty ? nil : members[place.place(of: members.count)].node
    }

    mutating func schedule(_ fault: Fault, at moment: Moment) {
        simulator.schedule(fault, at: moment)
    }

    mutating func advance(to end: Moment) { advance(to: end) { _, _ in false } }
}
