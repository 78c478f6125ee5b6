import Checkers
import Randomness
import ShenRing
import Simulation
import StateMachines

/// One run of a `CoordinatorExperiment`.
struct CoordinatorTrial {
    private let experiment: CoordinatorExperiment
    private let directory: CoordinatorDirectory
    private var simulator: Simulator<CoordinatorParticipant>
    private var generators: [Xoshiro256StarStar]
    private var outcome: CoordinatorExperiment.Outcome
    private var checker = UniquenessChecker()
    /// What each client waits for, by number.
    private var open: [[UInt64: Asked]]
    /// The request that a client makes now: its number comes with the next event.
    private var upcoming: [Asked?]
    /// Since when coordinators are down that crashed, and up again that were restarted.
    private var crashed: [NodeID: Moment] = [:]
    private var restored: [NodeID: Moment] = [:]
    /// How each client fares with each coordinator that is down.
    private var outages: [Outage: Moment?] = [:]
    private(set) var befallen: [BefallenFault] = []
    private var cut = false
    private var healed: Moment?

    /// A client and a coordinator that it cannot reach: the first request that it made since, until there
    /// is an answer to one of them.
    private struct Outage: Hashable {
        let client: Int
        let home: NodeID
    }

    private struct Asked {
        let home: NodeID
        let since: Moment
        let isAffected: Bool
        let inCut: Bool
    }

    init(_ experiment: CoordinatorExperiment, seed: Seed, directory: CoordinatorDirectory) {
        self.experiment = experiment
        self.directory = directory
        let layout = experiment.layout
        let cluster = ClusterID(1)
        outcome = .init(order: RealTimeOrder { layout.time(of: $0) })
        generators = (0..<experiment.clients).map { client in
            seed.derived(for: "clients").derived(for: client).generator()
        }
        open = Array(repeating: [:], count: experiment.clients)
        upcoming = Array(repeating: nil, count: experiment.clients)
        let (coordinators, timeout) = (experiment.coordinators, experiment.timeout)
        let preferences = experiment.preferences
        simulator = Simulator(
            nodes: coordinators + experiment.clients, seed: seed.derived(for: "simulator"),
            network: experiment.network, disk: experiment.disk,
            clocks: ClockConditions(offset: experiment.skew, drift: experiment.drift),
            costs: experiment.costs, size: { $0.size }
        ) { node, records, _ in
            guard node.place >= coordinators else {
                let settings = CoordinatorSettings(
                    cluster: cluster, machine: node.place, layout: layout)
                return .server(CoordinatorNode(settings, recovered: records))
            }
            var settings = CoordinatorClientSettings(
                cluster: cluster, node: node, directory: directory)
            (settings.timeout, settings.preferences) = (timeout, preferences)
            return .client(CoordinatorClient(settings))
        }
    }

    mutating func run() -> CoordinatorExperiment.Outcome {
        scheduleFaults(from: simulator.now)
        begin()
        advance(to: simulator.now + experiment.duration + experiment.timeout * 10 + .seconds(2))
        return finish()
    }

    /// Has clients begin to ask.
    mutating func begin() {
        for client in 0..<experiment.clients { scheduleRequest(of: client) }
    }

    mutating func advance(to end: Moment) {
        while let occurrence = simulator.next(until: end) {
            switch occurrence {
            case .alarm(let client, _): ask(client)
            case .event(.client(let event), let node, let now):
                hear(event, of: node.place - experiment.coordinators, at: now)
            case .event(.server, _, _): break
            case .fault(let fault, let now):
                befallen.append(BefallenFault(fault: fault, at: now))
                suffer(fault, at: now)
            }
        }
    }

    private mutating func scheduleFaults(from start: Moment) {
        let (begin, end) = (start + experiment.duration / 3, start + experiment.duration * 2 / 3)
        for place in 0..<min(experiment.crashes, experiment.coordinators) {
            simulator.schedule(.crash(NodeID(place: place)), at: begin)
            simulator.schedule(.restart(NodeID(place: place)), at: end)
        }
        guard experiment.isCut else { return }
        let nodes = (0..<simulator.nodeCount).map(NodeID.init(place:))
        let halves = [0, 1].map { half in nodes.filter { $0.place % 2 == half } }
        simulator.schedule(.partition(halves), at: begin)
        simulator.schedule(.heal, at: end)
    }

    private mutating func scheduleRequest(of client: Int) {
        let gap = generators[client].nextExponential(mean: 1e9 / experiment.rate)
        let next = simulator.now + Span(nanoseconds: Int64(gap))
        if next < Moment(nanoseconds: 0) + experiment.duration {
            simulator.alarm(client, at: next)
        }
    }

    private mutating func ask(_ client: Int) {
        let key = generators[client].next()
        let home = directory.home(ofKey: key)
        upcoming[client] = Asked(
            home: home, since: simulator.now, isAffected: !canReach(home, from: client), inCut: cut)
        if cut { outcome.madeInCut += 1 }
        let outage = Outage(client: client, home: home)
        if crashed[home] != nil, outages[outage] == nil { outages[outage] = simulator.now }
        simulator.ask(
            .client(CoordinatorClient.Request(key: key, service: .stamps, count: experiment.count)),
            of: NodeID(place: experiment.coordinators + client))
        scheduleRequest(of: client)
    }

    private func canReach(_ coordinator: NodeID, from client: Int) -> Bool {
        let place = experiment.coordinators + client
        return simulator.runs(coordinator) && (!cut || coordinator.place % 2 == place % 2)
    }

    private mutating func suffer(_ fault: Fault, at now: Moment) {
        switch fault {
        case .crash(let node, _): crashed[node] = now
        case .restart(let node): (crashed[node], restored[node]) = (nil, now)
        case .partition: cut = true
        case .heal: (cut, healed) = (false, now)
        default: break
        }
    }
}

extension CoordinatorTrial {
    private mutating func hear(_ event: CoordinatorClient.Event, of client: Int, at now: Moment) {
        switch event {
        case .asked(let number):
            open[client][number] = upcoming[client]
        case .timedOut(_, let coordinator):
            outcome.timeouts += 1
            if wasInReach(coordinator, of: client, at: now) { outcome.wrongTimeouts += 1 }
        case .failed(let number), .tooMany(let number, _):
            open[client][number] = nil
            outcome.failed += 1
        case .given(let number, _, let run, let coordinator, _):
            guard let asked = open[client].removeValue(forKey: number) else { return }
            take(run, by: coordinator, asked, at: now)
            noteOutage(of: asked, client: client, at: now)
        }
    }

    private mutating func take(
        _ run: IdentifierRun, by coordinator: NodeID, _ asked: Asked, at now: Moment
    ) {
        outcome.answered += 1
        outcome.identifiers += Int(run.count)
        outcome.latencies.append(now - asked.since)
        if asked.isAffected { outcome.affected.append(now - asked.since) }
        if asked.inCut && cut { outcome.answeredInCut += 1 }
        for id in run.first..<run.first + run.count {
            checker.gaveOut(id, by: coordinator, asked: asked.since, received: now)
        }
        outcome.order.told(run.first, asked: asked.since, received: now)
    }

    /// The first answer that a client got for a key of a coordinator that is down.
    private mutating func noteOutage(of asked: Asked, client: Int, at now: Moment) {
        let outage = Outage(client: client, home: asked.home)
        guard let crash = crashed[asked.home], asked.since >= crash,
            let entry = outages[outage], let begin = entry
        else { return }
        outcome.outages.append(now - begin)
        outages[outage] = .some(nil)
    }

    /// Whether a coordinator has run and been in reach of a client for as long as a time-out takes.
    private func wasInReach(_ coordinator: NodeID, of client: Int, at now: Moment) -> Bool {
        let asked = now - experiment.timeout
        let isSame = coordinator.place % 2 == (experiment.coordinators + client) % 2
        return canReach(coordinator, from: client) && (restored[coordinator] ?? asked) <= asked
            && (isSame || (healed ?? asked) <= asked)
    }

    /// What came of it, once what was asked for has been waited for.
    mutating func finish() -> CoordinatorExperiment.Outcome {
        outcome.duplicates = checker.findings.count
        outcome.failed += open.reduce(0) { $0 + $1.count }
        outcome.latencies.sort()
        outcome.affected.sort()
        outcome.outages.sort()
        for place in 0..<simulator.nodeCount {
            outcome.messages += simulator.traffic(of: NodeID(place: place)).sent.messages
        }
        outcome.simulated = simulator.now - Moment(nanoseconds: 0)
        outcome.trace = simulator.trace.value
        return outcome
    }
}

extension CoordinatorTrial: PlannedWorld {
    var now: Moment { simulator.now }

    func runs(_ node: NodeID) -> Bool { simulator.runs(node) }

    func node(in role: CrashRole) -> NodeID? { nil }

    mutating func schedule(_ fault: Fault, at moment: Moment) {
        simulator.schedule(fault, at: moment)
    }

    /// What the first `count` nodes sent and received.
    func traffic(ofFirst count: Int) -> [Traffic.Count] { simulator.traffic(ofFirst: count) }
}
