import Randomness
import ShenRing
import Simulation
import StateMachines

/// The nodes, the load and the checks of `RingScenario`.
struct RingWorld: ~Copyable {
    var simulator: Simulator<AnkhNode>
    var generator: Xoshiro256StarStar
    let placement: PointPlacement
    /// What each running node has published to its threads.
    var published: [PublishedRing?]
    /// The newest version that each node has had in this life.
    var newest: [RingVersion]
    /// The ring of each version that the writer has given out.
    var oracles: [RingVersion: RingOracle] = [:]
    /// The last of them.
    var latest: RingOracle
    /// When the ring is to change again.
    var nextChange = Moment(nanoseconds: 0) + .milliseconds(60)
    var data: RingData
    var shards: ShardWorld
    var report = ScenarioReport()

    static let writer = NodeID(0)

    init(seed: Seed, planted: AnkhMistake?) {
        let placement = RingWorld.placement(planted)
        let first = RingWorld.firstView
        generator = seed.derived(for: "load").generator()
        self.placement = placement
        latest = RingOracle(first)
        published = Array(repeating: nil, count: RingScale.nodes)
        newest = Array(repeating: RingVersion(0), count: RingScale.nodes)
        data = RingData(
            first: first, placement: placement, planted: planted,
            seed: seed.derived(for: "data"))
        shards = ShardWorld(first, placement: placement, seed: seed.derived(for: "shards"))
        let calm = NetworkConditions(
            delay: .exponential(above: .microseconds(300), mean: .milliseconds(2)), loss: 0.02,
            duplication: 0.05, reordering: 0.2, lateness: .exponential(mean: .milliseconds(40)))
        simulator = Simulator(
            nodes: RingScale.nodes, seed: seed.derived(for: "simulator"), network: calm,
            disk: DiskConditions(sync: .uniform(.milliseconds(2), .milliseconds(12))),
            clocks: ClockConditions(offset: .milliseconds(50), drift: 1e-4)
        ) { node, recovered, seed in
            AnkhNode(
                RingWorld.settings(of: node, planted: planted), recovered: recovered, seed: seed)
        }
        var mix = FaultMix(
            interval: .milliseconds(45), duration: .milliseconds(20)...(.milliseconds(120)),
            mostAway: 3)
        (mix.failedSyncs, mix.stalls) = (1, 1)
        simulator.schedule(
            FaultPlan.random(
                mix, of: (0..<RingScale.nodes).map(NodeID.init(place:)),
                seed: seed.derived(for: "faults"), from: simulator.now + .milliseconds(20),
                to: simulator.now + RingScale.busy, calm: calm))
        simulator.alarm(RingWorld.tick, at: simulator.now + RingScale.tick)
    }

    /// The token of the load's alarm; those of copies are above.
    static let tick = 0

    private static var firstView: RingView {
        do throws(RingError) {
            return try RingView(
                version: .first, members: (0..<4).map { RingMember(RingScale.name(of: $0)) },
                virtualNodes: RingScale.virtualNodes)
        } catch { preconditionFailure("\(error)") }
    }

    private static func placement(_ planted: AnkhMistake?) -> PointPlacement {
        let spacing = UInt64.max / RingOracle.places + 1
        var placement = PointPlacement { encoded in
            // Sound: the bytes of bytes.
            KeyHash.position(of: unsafe encoded.bytes) / spacing * spacing
        }
        placement.planted = Planted(planted)
        return placement
    }

    private static func settings(of node: NodeID, planted: AnkhMistake?) -> AnkhSettings {
        var settings = AnkhSettings(
            cluster: ClusterID(7), node: node,
            peers: (0..<RingScale.nodes).map(NodeID.init(place:)), writer: writer,
            first: firstView, interval: .milliseconds(40), fanout: 2, history: 2
        )
        settings.planted = Planted(planted)
        return settings
    }

    mutating func violate(_ text: String) {
        if report.violations.count < 20 { report.violations.append(text) }
    }
}

extension RingWorld {
    mutating func run() {
        let end = simulator.now + RingScale.end
        // What is wrong stays wrong: the first findings are enough.
        while report.violations.isEmpty, let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .event(let event, let node, _): hear(event, of: node)
            case .alarm(RingWorld.tick, _): load()
            case .alarm(let token, _): endCopy(token)
            case .fault(let fault, _): suffer(fault)
            }
        }
        if report.violations.isEmpty { checkRest() }
        report.operations += shards.operations
        for violation in shards.violations + data.violations { violate(violation) }
        report.simulated = simulator.now - Moment(nanoseconds: 0)
        report.trace = simulator.trace.value
    }

    private mutating func suffer(_ fault: Fault) {
        report.faults += 1
        guard case .crash(let node, _) = fault else { return }
        published[node.place] = nil
        newest[node.place] = RingVersion(0)
        data.breakCopies(of: RingScale.name(of: node.place))
    }

    /// One step of the load.
    private mutating func load() {
        let now = simulator.now
        let isBusy = now < Moment(nanoseconds: 0) + RingScale.busy
        lookUp()
        if generator.next(below: 3) == 0 { write() }
        shards.step()
        for violation in shards.violations { violate(violation) }
        // Who has lost its data leaves in any case.
        if isBusy || !data.lost.isEmpty, now >= nextChange { change() }
        if isBusy, generator.next(below: 60) == 0 { loseData() }
        beginCopies()
        if now + RingScale.tick < Moment(nanoseconds: 0) + RingScale.end {
            simulator.alarm(RingWorld.tick, at: now + RingScale.tick)
        }
    }

    /// Whatever happened, all nodes have the last version in the end, and everything is where it wants
    /// it.
    private mutating func checkRest() {
        for node in 0..<RingScale.nodes {
            let version = published[node]?.version
            if version != latest.view.version {
                let text = version.map { "\($0)" } ?? "nothing"
                violate("n\(node) has \(text) at rest, not \(latest.view.version)")
            }
        }
        data.checkRest(latest)
        shards.check()
    }
}
