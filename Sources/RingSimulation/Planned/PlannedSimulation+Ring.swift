import Checkers
import Glibc
import Randomness
import ShenRing
import Simulation
import StateMachines

extension PlannedSimulation {
    /// With how many others members compare their rings at a time.
    private static let fanout = 3

    /// Has a member join the ring, and watches how the others hear of it.
    func runRing(_ course: PlannedCourse, seed: Seed) throws(PlannedRunStopped) -> PlannedOutcome {
        var (course, world) = (course, VersionWorld(self, fanout: Self.fanout, seed: seed))
        try course.advance(&world, to: Moment(nanoseconds: 0) + period)
        let before = world.simulator.traffic(ofFirst: nodes)
        world.change()
        try course.run(&world, for: duration)
        let load = PlannedLoad(
            before: before, after: world.simulator.traffic(ofFirst: nodes), over: duration)
        let (half, window) = world.times
        let figures = [
            PlannedFigure(
                "half", "from the durable change until half of the members have heard of it", half,
                model: delay.scaled(by: delaysToHalf)),
            PlannedFigure("window", "the same until all members that run have heard", window),
            PlannedFigure(
                "adopted", .percent, "members that run and have the new ring in the end",
                [world.adopted]),
            PlannedFigure(
                "agreement", .percent,
                "keys about whose owner two members agree, on average, when it is least",
                [100 * (1 - world.worst)]),
        ]
        return PlannedOutcome(
            figures: figures + load.figures, operations: world.adoptions,
            faults: world.befallen.count, simulated: world.now - Moment(nanoseconds: 0),
            trace: world.simulator.trace.value, violations: world.violations)
    }

    /// After how many one-way delays half of the members have heard by theory: whoever hears tells others
    /// at once, so those who know grow by as many and one with each delay while they are few.
    private var delaysToHalf: Double {
        max(0, log(Double(nodes) / 2) / log(Double(Self.fanout + 1)))
    }
}

/// Members of a ring that hear of a new version from each other.
struct VersionWorld: PlannedWorld {
    private(set) var simulator: Simulator<AnkhNode>
    private(set) var befallen: [BefallenFault] = []
    /// The most, over time, of the share of pairs of a member pair and a key that disagree.
    private(set) var worst = 0.0
    /// How many times a member took a version.
    private(set) var adoptions = 0
    private let changing: RingChange
    private let contested: Double
    private var versions: [RingVersion?]
    private var changed: Moment?
    private var moments: [Moment?]
    private var checker = EpochChecker<UInt64>()
    private var found: [String] = []

    init(_ plan: PlannedSimulation, fanout: Int, seed: Seed) {
        let peers = (0..<plan.nodes).map(NodeID.init(place:))
        let view: RingView
        do throws(RingError) {
            view = try RingView(
                version: .first, members: peers.map { RingMember(NodeName("node-\($0.place)")) })
            changing = RingChange(making: view.version.next, joining: [RingMember(NodeName("new"))])
            let after = try view.applying(changing)
            contested =
                try VersionedRing(view).ring.disagreement(with: VersionedRing(after).ring).fraction
        } catch { preconditionFailure("\(error)") }
        let interval = plan.period
        simulator = Simulator(
            nodes: plan.nodes, seed: seed, network: plan.network, disk: plan.disk,
            costs: plan.costs, size: { $0.size }
        ) { node, recovered, seed in
            AnkhNode(
                AnkhSettings(
                    cluster: ClusterID(1), node: node, peers: peers, writer: peers[0], first: view,
                    interval: interval, fanout: fanout),
                recovered: recovered, seed: seed)
        }
        versions = Array(repeating: nil, count: plan.nodes)
        moments = Array(repeating: nil, count: plan.nodes)
    }

    var now: Moment { simulator.now }

    /// What the checkers found.
    var violations: [String] { found + checker.findings.lines }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }

    func node(in role: CrashRole) -> NodeID? { nil }

    mutating func schedule(_ fault: Fault, at moment: Moment) {
        simulator.schedule(fault, at: moment)
    }

    /// Asks the writer for a new member.
    mutating func change() { simulator.ask(AnkhNode.Request(changing), of: NodeID(0)) }

    mutating func advance(to end: Moment) {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(.adopted(let view), let node, let now): adopt(view, by: node, at: now)
            case .event(.conflict(let version, let other), let node, let now):
                found.append("\(node) and \(other) have different rings of \(version) at \(now)")
            case .event(.published, _, _), .event(.refused, _, _), .alarm: break
            case .fault(let fault, let now):
                befallen.append(BefallenFault(fault: fault, at: now))
                // The next life has what was durable, which may be the version before.
                if case .crash(let node, _) = fault { versions[node.place] = nil }
            }
        }
    }

    private mutating func adopt(_ view: RingView, by node: NodeID, at now: Moment) {
        adoptions += 1
        checker.chose(
            RingStamp(of: view).digest, in: view.version.rawValue, by: node, at: now)
        if let before = versions[node.place], view.version < before {
            found.append("\(node) went back from \(before) to \(view.version) at \(now)")
        }
        versions[node.place] = view.version
        guard view.version == changing.version else { return }
        changed = changed ?? now
        moments[node.place] = moments[node.place] ?? now
        let (all, new) = (versions.count, versions.count { $0 == changing.version })
        let share = contested * Double(2 * new * (all - new)) / Double(max(1, all * (all - 1)))
        worst = max(worst, share)
    }

    /// The share of members that run and have the new version, in hundredths.
    var adopted: Double {
        let running = versions.indices.filter { !simulator.isDown(NodeID(place: $0)) }
        guard !running.isEmpty else { return 0 }
        let count = running.count { versions[$0] == changing.version }
        return 100 * Double(count) / Double(running.count)
    }

    /// The time from the durable change until half of the members and all that run have heard; empty where
    /// that did not come.
    var times: (half: [Span], window: [Span]) {
        guard let changed else { return ([], []) }
        let heard = moments.compactMap { $0 }.sorted()
        let middle = (moments.count + 1) / 2
        let half = heard.count >= middle ? [heard[middle - 1] - changed] : []
        guard adopted == 100, let last = heard.last else { return (half, []) }
        return (half, [last - changed])
    }
}
