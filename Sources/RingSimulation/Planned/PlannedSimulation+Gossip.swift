import Checkers
import Randomness
import ShenRing
import Simulation
import StateMachines

extension PlannedSimulation {
    /// Once the faults are over, how many periods members get to come to one view.
    private static var mostPeriods: Int64 { 100 }

    /// Tells a piece of news in a cluster without faults, then carries the plan out in another and watches
    /// how crashes are noticed and views come together.
    func runGossip(_ course: PlannedCourse, seed: Seed) throws(PlannedRunStopped) -> PlannedOutcome
    {
        let experiment = gossipExperiment(seed: seed)
        let spread = experiment.spread()[0]
        var (course, world) = (course, GossipWorld(experiment))
        try course.run(&world, for: duration)
        let last = world.befallen.last?.at ?? world.now
        let bound = world.now + period * Self.mostPeriods
        while world.checker.convergedSince == nil, world.now < bound {
            try course.advance(&world, to: world.now + period)
        }
        var figures = spreadFigures(spread, experiment)
        let detections = world.checker.detections
        figures += [
            PlannedFigure(
                "detection", "from a crash to the first member that takes the node for dead",
                detections.compactMap { detection in detection.first.map { $0 - detection.stopped }
                }),
            PlannedFigure(
                "detection-all", "from a crash until no member takes the node for alive",
                detections.compactMap { detection in detection.all.map { $0 - detection.stopped } }),
            PlannedFigure(
                "convergence",
                "from the last fault, or its end, until all members have the same and right view",
                world.checker.convergedSince.map { [max(.zero, $0 - last)] } ?? []),
            PlannedFigure(
                "false-deaths", .count(of: "nodes"),
                "lives of nodes that somebody took for dead while they ran",
                [Double(world.falseDeaths)]),
        ]
        let load = PlannedLoad(
            before: Array(repeating: .init(), count: nodes),
            after: world.simulator.traffic(ofFirst: nodes),
            over: world.now - Moment(nanoseconds: 0))
        let isHealthy = loss == 0 && faults.steps.allSatisfy(\.fault.isCrash)
        return PlannedOutcome(
            figures: figures + load.figures, operations: world.operations,
            faults: world.befallen.count, simulated: world.now - Moment(nanoseconds: 0),
            trace: SplitMix64.mix(spread.trace ^ world.simulator.trace.value),
            violations: world.violations(isHealthy: isHealthy))
    }

    private func gossipExperiment(seed: Seed) -> GossipExperiment {
        var settings = SundialSettings()
        settings.period = period
        settings.detection = .probes(ProbeSettings(timeout: period / 2))
        do throws(SundialError) {
            return try GossipExperiment(
                nodes: nodes, settings: settings, network: network, costs: costs, seed: seed)
        } catch { preconditionFailure("\(error)") }
    }

    private func spreadFigures(
        _ spread: GossipExperiment.Spread, _ experiment: GossipExperiment
    ) -> [PlannedFigure] {
        let model: EpidemicModel
        do throws(SundialError) {
            model = try EpidemicModel(
                nodes: nodes, fanout: experiment.settings.fanout,
                direction: experiment.settings.direction)
        } catch { preconditionFailure("\(error)") }
        return [
            PlannedFigure(
                "rounds", .count(of: "rounds"),
                "rounds until all members know what one of them tells; the model leaves a constant "
                    + "out", spread.rounds.map { [Double($0)] } ?? [], model: model.rounds),
            PlannedFigure(
                "spread", "the time that takes", spread.time.map { [$0] } ?? [],
                model: period.scaled(by: model.rounds)),
        ]
    }
}

extension Fault {
    /// Whether it is a crash or the end of one.
    fileprivate var isCrash: Bool {
        switch self {
        case .crash, .restart: true
        default: false
        }
    }
}

/// A cluster that gossips, and what its members think of each other.
struct GossipWorld: PlannedWorld {
    private(set) var simulator: Simulator<Sundial>
    private(set) var checker: MembershipChecker
    private(set) var befallen: [BefallenFault] = []
    /// Changes of views, and probes that were answered.
    private(set) var operations = 0
    private var wronged = Set<MemberUpdate>()
    private var isUp: [Bool]

    init(_ experiment: GossipExperiment) {
        simulator = experiment.cluster(trial: 0)
        checker = MembershipChecker(nodes: experiment.nodes)
        isUp = Array(repeating: false, count: experiment.nodes)
    }

    var now: Moment { simulator.now }

    /// Lives that were taken for over while they were not.
    var falseDeaths: Int { wronged.count }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }

    func node(in role: CrashRole) -> NodeID? { nil }

    mutating func schedule(_ fault: Fault, at moment: Moment) {
        simulator.schedule(fault, at: moment)
    }

    mutating func advance(to end: Moment) {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(let event, let node, let now): heard(event, of: node, at: now)
            case .fault(let fault, let now):
                befallen.append(BefallenFault(fault: fault, at: now))
                if case .crash(let node, _) = fault, isUp[node.place] {
                    isUp[node.place] = false
                    checker.stopped(node, at: now)
                }
            case .alarm: break
            }
        }
    }

    private mutating func heard(_ event: SundialEvent, of node: NodeID, at now: Moment) {
        switch event {
        case .announced:
            // The first thing that a life tells.
            if !isUp[node.place] { start(node, at: now) }
        case .changed(let subject, let state):
            operations += 1
            // A member tells of itself too, when it is buried and objects.
            guard subject != node, isUp[node.place] else { return }
            checker.viewed(
                subject, as: Checkers.MemberStatus(state), incarnation: UInt64(state.incarnation),
                by: node, at: now)
            if state.status == .dead, isUp[subject.place] {
                wronged.insert(MemberUpdate(subject, state))
            }
        case .startedOver:
            guard isUp[node.place] else { return }
            view(all: .unknown, by: node, at: now)
        case .probed(_, let answered): if answered { operations += 1 }
        case .departed: break
        }
    }

    /// A life begins with everybody as a member.
    private mutating func start(_ node: NodeID, at now: Moment) {
        isUp[node.place] = true
        checker.started(node, at: now)
        view(all: .alive, by: node, at: now)
    }

    private mutating func view(all status: Checkers.MemberStatus, by node: NodeID, at now: Moment) {
        for place in isUp.indices where place != node.place {
            checker.viewed(
                NodeID(place: place), as: status, incarnation: 0, by: node, at: now)
        }
    }

    /// What was found; that a node was taken for dead that ran is wrong only where nothing but crashes
    /// came, and no message was lost: in a bad network it cannot be told from one that is.
    func violations(isHealthy: Bool) -> [String] {
        checker.findings.first.compactMap { finding in
            if case .falseDeath = finding, !isHealthy { nil } else { finding.description }
        }
    }
}
