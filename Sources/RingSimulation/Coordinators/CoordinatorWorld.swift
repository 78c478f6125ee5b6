import Checkers
import Randomness
import ShenRing
import Simulation
import StateMachines

/// A node of a simulated system of coordinators.
typealias CoordinatorParticipant = Participant<CoordinatorNode, CoordinatorClient>

/// The nodes, the load and the checks of `CoordinatorScenario`.
struct CoordinatorWorld {
    private var simulator: Simulator<CoordinatorParticipant>
    private var generator: Xoshiro256StarStar
    private var report = ScenarioReport()
    private var stamps = UniquenessChecker()
    private var numbers = UniquenessChecker()
    /// The order of each coordinator's timestamps.
    private var orders: [RealTimeOrder]
    /// When each client asked for what it waits for, by number.
    private var asked: [[UInt64: Moment]]
    /// How many requests were given up since the last fault ended.
    private var failedAtRest = 0

    private static let coordinators = 5
    private static let clients = 4
    private static let busy = Moment(nanoseconds: 0) + .milliseconds(1_200)
    private static let quiet = Moment(nanoseconds: 0) + .milliseconds(1_700)
    private static let end = Moment(nanoseconds: 0) + .milliseconds(2_600)
    private static let layout = StampLayout(machineBits: 3, sequenceBits: 4)
    private static let cluster = ClusterID(11)

    init(seed: Seed, planted: CoordinatorMistake?) {
        let coordinators = (0..<CoordinatorWorld.coordinators).map(NodeID.init(place:))
        let directory = CoordinatorWorld.directory(of: coordinators)
        generator = seed.derived(for: "load").generator()
        let layout = CoordinatorWorld.layout
        orders = coordinators.map { _ in RealTimeOrder { layout.time(of: $0) } }
        asked = Array(repeating: [:], count: CoordinatorWorld.clients)
        let calm = NetworkConditions(
            delay: .exponential(above: .microseconds(200), mean: .milliseconds(1)), loss: 0.02,
            duplication: 0.05, reordering: 0.1, lateness: .exponential(mean: .milliseconds(20)))
        simulator = Simulator(
            nodes: CoordinatorWorld.coordinators + CoordinatorWorld.clients,
            seed: seed.derived(for: "simulator"), network: calm,
            disk: DiskConditions(sync: .uniform(.milliseconds(1), .milliseconds(8))),
            clocks: ClockConditions(offset: .milliseconds(50), drift: 1e-4)
        ) { node, recovered, _ in
            if node.place < CoordinatorWorld.coordinators {
                return .server(
                    CoordinatorNode(
                        CoordinatorWorld.server(node, planted), recovered: recovered))
            }
            return .client(
                CoordinatorClient(CoordinatorWorld.client(node, directory, planted)))
        }
        let mix = FaultMix(
            interval: .milliseconds(45), duration: .milliseconds(5)...(.milliseconds(120)),
            mostAway: 3)
        let clients = (0..<CoordinatorWorld.clients).map {
            NodeID(place: CoordinatorWorld.coordinators + $0)
        }
        simulator.schedule(
            FaultPlan.random(
                mix, of: coordinators, seed: seed.derived(for: "faults"),
                from: simulator.now + .milliseconds(20), to: CoordinatorWorld.busy, calm: calm,
                bystanders: clients))
        simulator.alarm(0, at: simulator.now)
    }

    private static func directory(of coordinators: [NodeID]) -> CoordinatorDirectory {
        do throws(CoordinatorError) {
            return try CoordinatorDirectory(of: coordinators, layout: layout, virtualNodes: 8)
        } catch { preconditionFailure("\(error)") }
    }

    private static func server(
        _ node: NodeID, _ planted: CoordinatorMistake?
    ) -> CoordinatorSettings {
        var settings = CoordinatorSettings(
            cluster: cluster, machine: node.place, layout: layout)
        (settings.window, settings.reserve) = (12, 12)
        settings.patience = .milliseconds(60)
        settings.planted = Planted(planted)
        return settings
    }

    private static func client(
        _ node: NodeID, _ directory: CoordinatorDirectory, _ planted: CoordinatorMistake?
    ) -> CoordinatorClientSettings {
        var settings = CoordinatorClientSettings(
            cluster: cluster, node: node, directory: directory)
        (settings.timeout, settings.avoidance) = (.milliseconds(15), .milliseconds(60))
        settings.planted = Planted(planted)
        return settings
    }

    private mutating func violate(_ text: String) {
        if report.violations.count < 20 { report.violations.append(text) }
    }
}

extension CoordinatorWorld {
    mutating func run() -> ScenarioReport {
        while report.violations.isEmpty,
            let occurrence = simulator.next(until: CoordinatorWorld.end)
        {
            switch occurrence {
            case .event(.client(let event), let node, let moment):
                hear(event, of: node, at: moment)
            case .event(.server, _, _): break
            case .alarm: load()
            case .fault: report.faults += 1
            }
        }
        for finding in stamps.findings.first + numbers.findings.first { violate("\(finding)") }
        if report.violations.isEmpty { checkRest() }
        report.simulated = simulator.now - Moment(nanoseconds: 0)
        report.trace = simulator.trace.value
        return report
    }

    /// One step of the load: a request of some client, and a clock that is set now and then.
    private mutating func load() {
        let now = simulator.now
        if now < CoordinatorWorld.quiet {
            let client = Int(generator.next(below: UInt64(CoordinatorWorld.clients)))
            simulator.ask(
                .client(
                    CoordinatorClient.Request(
                        key: generator.next(below: 64),
                        service: generator.next(below: 3) == 0 ? .numbers : .stamps,
                        count: 1 + generator.next(below: 6))),
                of: NodeID(place: CoordinatorWorld.coordinators + client))
        }
        if now < CoordinatorWorld.busy, generator.next(below: 20) == 0 { setClock() }
        let gap = Span.microseconds(Int64(generator.next(below: 2_400)))
        if now + gap < CoordinatorWorld.quiet { simulator.alarm(0, at: now + gap) }
    }

    /// Sets a wall clock ahead or back.
    private mutating func setClock() {
        let node = NodeID(place: Int(generator.next(below: UInt64(CoordinatorWorld.coordinators))))
        let ahead = Span.milliseconds(Int64(generator.next(below: 80)) - 40)
        if simulator.ask(.server(.wallClock(ahead: ahead)), of: node) { report.faults += 1 }
    }

    private mutating func hear(
        _ event: CoordinatorClient.Event, of node: NodeID, at now: Moment
    ) {
        let client = node.place - CoordinatorWorld.coordinators
        switch event {
        case .asked(let number): asked[client][number] = now
        case .timedOut: break
        case .failed(let number):
            if asked[client].removeValue(forKey: number) == nil {
                violate("\(node) gave request \(number) up, which was answered or never made")
            }
            if now > CoordinatorWorld.quiet { failedAtRest += 1 }
        case .tooMany(let number, let most):
            violate("\(node) was told that request \(number) is for more than \(most)")
        case .given(let number, let service, let run, let coordinator, _):
            guard let since = asked[client].removeValue(forKey: number) else {
                return violate("\(node) was given something twice for request \(number)")
            }
            report.operations += 1
            take(run, of: service, by: coordinator, asked: since, received: now)
        }
    }

    private mutating func take(
        _ run: IdentifierRun, of service: CoordinatorService, by coordinator: NodeID,
        asked: Moment, received: Moment
    ) {
        for id in run.first..<run.first + run.count {
            switch service {
            case .numbers:
                numbers.gaveOut(id, by: coordinator, asked: asked, received: received)
            case .stamps:
                stamps.gaveOut(id, by: coordinator, asked: asked, received: received)
            }
        }
        guard service == .stamps else { return }
        let isAbove = orders[coordinator.place].told(
            run.first, asked: asked, received: received)
        if !isAbove {
            violate("\(coordinator) gave out \(run.first), which is not above what it gave before")
        }
    }

    /// Nobody waits for ever.
    private mutating func checkRest() {
        for (client, open) in asked.enumerated() where !open.isEmpty {
            violate("client \(client) still waits for \(open.count) requests")
        }
        if failedAtRest > 0 { violate("\(failedAtRest) requests were given up at rest") }
    }
}
