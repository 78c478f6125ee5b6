import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct ValidationTests {
    @Test(arguments: [0, -1, Conditions.mostNodes + 1])
    func `a cluster has at least one node, and not too many`(count: Int) {
        #expect(throws: SimulationProblem.nodes(count)) { try Conditions().validate(nodes: count) }
    }

    @Test(arguments: [1, 2, Conditions.mostNodes])
    func `clusters of one node and of two are clusters`(count: Int) throws {
        try Conditions().validate(nodes: count)
    }

    @Test func `shares outside 0 to 1, and what is no number, are found`() {
        for share in [-0.1, 1.5, .nan, .infinity] {
            for network in [
                NetworkConditions(loss: share), NetworkConditions(duplication: share),
                NetworkConditions(reordering: share), NetworkConditions(crossing: share),
            ] {
                #expect(throws: SimulationProblem.self) { try network.validate(nodes: 3) }
            }
            #expect(throws: SimulationProblem.self) {
                try DiskConditions(failure: share).validate()
            }
        }
        #expect(throws: SimulationProblem.number("loss", 1.5, expected: "a share from 0 to 1")) {
            try NetworkConditions(loss: 1.5).validate(nodes: 3)
        }
    }

    @Test func `impossible conditions are found`() {
        let backwards = DelayDistribution.constant(Span(nanoseconds: -1))
        let networks = [
            NetworkConditions(delay: backwards), NetworkConditions(lateness: backwards),
            NetworkConditions(bandwidth: 0), NetworkConditions(backlog: -1),
            NetworkConditions(geography: Geography(regions: [0, 0], delays: [[backwards]])),
            NetworkConditions(geography: Geography(regions: [0], delays: [[.constant(.zero)]])),
            NetworkConditions(geography: Geography(regions: [0, 1], delays: [[.constant(.zero)]])),
            NetworkConditions(geography: Geography(regions: [0, 0], delays: [])),
            NetworkConditions(geography: Geography(regions: [0, 0], delays: [[], []])),
        ]
        for network in networks {
            #expect(throws: SimulationProblem.self, "\(network)") {
                try Conditions(network: network).validate(nodes: 2)
            }
        }
        let others = [
            Conditions(disk: .init(sync: backwards)), Conditions(disk: .init(group: 0)),
            Conditions(clocks: .init(offset: Span(nanoseconds: -1))),
            Conditions(clocks: .init(drift: -0.1)), Conditions(clocks: .init(drift: .nan)),
            Conditions(clocks: .init(drift: 0.6)),
            Conditions(costs: .init(receive: Span(nanoseconds: -1), send: .zero)),
            Conditions(costs: .init(receive: .zero, send: Span(nanoseconds: -1))),
            Conditions(costs: .init(receive: .zero, send: .zero, queue: 0)),
        ]
        for conditions in others {
            #expect(throws: SimulationProblem.self, "\(conditions)") {
                try conditions.validate(nodes: 2)
            }
        }
    }

    @Test func `faults of nodes that there are not, and impossible ones, are found`() {
        let faults: [Fault] = [
            .crash(n2), .restart(n2), .freeze(n2), .thaw(n2), .partition([[n0], [n2]]),
            .partition([[n0], []]), .partition(Array(repeating: [n0], count: 65)),
            .block(from: n0, to: n2), .block(from: n2, to: n0), .network(.init(loss: 2)),
            .link(from: n0, to: n2, nil), .link(from: n2, to: n0, nil),
            .link(from: n0, to: n1, .init(loss: 2)), .failSyncs(n2), .stall(n2), .mend(n2),
            .clock(n2, jump: .seconds(1)), .clock(n0, jump: .zero),
            .clock(n0, jump: Span(nanoseconds: -1)),
        ]
        for fault in faults {
            #expect(throws: SimulationProblem.self, "\(fault)") { try fault.validate(nodes: 2) }
            let plan = FaultPlan([.init(at: Moment(nanoseconds: 5), fault)])
            #expect(throws: SimulationProblem.self, "\(fault)") { try plan.validate(nodes: 2) }
        }
        #expect(throws: SimulationProblem.unknownNode(n2, nodes: 2)) {
            try Fault.crash(n2).validate(nodes: 2)
        }
        #expect(throws: SimulationProblem.self) {
            try FaultPlan([.init(at: Moment(nanoseconds: -1), .heal)]).validate(nodes: 2)
        }
    }

    @Test func `mixes that no plan can be drawn from are found`() throws {
        let usual = FaultMix(
            interval: .milliseconds(1), duration: .zero ... .milliseconds(1), mostAway: 1)
        try usual.validate()
        let changes: [(inout FaultMix) -> Void] = [
            { $0.interval = .zero }, { $0.interval = Span(nanoseconds: -1) },
            { $0.duration = Span(nanoseconds: -1) ... .zero },
            { $0.duration = .zero ... .seconds(3_601) }, { $0.mostAway = -1 },
            { $0.crashes = -1 }, { $0.clockJumps = .nan }, { $0.storms = .infinity },
        ]
        for change in changes {
            var mix = usual
            change(&mix)
            #expect(throws: SimulationProblem.self, "\(mix)") { try mix.validate() }
        }
    }

    @Test func `a problem is told in one line`() {
        let problems: [SimulationProblem] = [
            .nodes(0), .number("loss", 1.5, expected: "a share from 0 to 1"),
            .span("the delay", Span(nanoseconds: -1), least: .zero, most: .seconds(1)),
            .emptyRange("the delay", .seconds(2), .seconds(1)), .unknownNode(n2, nodes: 2),
            .count("groups", 65, least: 0, most: 64),
            .malformed(line: 2, found: "'x'", expected: "'>'"),
        ]
        for problem in problems {
            #expect(problem.description.hasPrefix("simulation: "))
            #expect(!problem.description.contains("\n"))
        }
        #expect(
            SimulationProblem.unknownNode(n2, nodes: 2).description
                == "simulation: no node n2; expected n0 to n1")
    }

    @Test func `a programmer's mistakes trap`() async {
        await #expect(processExitsWith: .failure) { _ = Probes(0) }
        await #expect(processExitsWith: .failure) { _ = Probes(1, network: .init(loss: 1.5)) }
        await #expect(processExitsWith: .failure) { _ = Probes(1, starting: [n1]) }
        await #expect(processExitsWith: .failure) { Probes(1).inflict(.crash(n1)) }
        await #expect(processExitsWith: .failure) { Probes(1).schedule(.crash(n1), at: 0) }
        await #expect(processExitsWith: .failure) { Probes(1).ask(.tell(1), of: n1) }
        await #expect(processExitsWith: .failure) {
            let cluster = Probes(1)
            _ = cluster.told(until: 5)
            cluster.alarm(0, at: 4)
        }
        await #expect(processExitsWith: .failure) {
            let mix = FaultMix(interval: .zero, duration: .zero ... .zero, mostAway: 0)
            let now = Moment(nanoseconds: 0)
            _ = FaultPlan.random(mix, of: [], seed: Seed(1), from: now, to: now)
        }
        await #expect(processExitsWith: .failure) {
            let cluster = Probes(2, size: { _ in -1 })
            cluster.ask(.send([1], to: n1), of: n0)
        }
    }

    @Test func `a machine that is due for ever is told apart from one that takes long`() async {
        await #expect(processExitsWith: .failure) {
            var simulator = Simulator<AlwaysDue>(nodes: 1, seed: Seed(1)) { _, _, _ in AlwaysDue() }
            _ = simulator.next(until: Moment(nanoseconds: 1))
        }
    }
}

/// A machine whose deadline has always come.
private struct AlwaysDue: StateMachine {
    typealias Message = Never
    typealias Record = Never
    typealias Request = Never
    typealias Event = Never

    var deadline: Moment? { Moment(nanoseconds: 0) }

    mutating func start(at now: Moment, into effects: inout Effects<Self>) {}
    mutating func receive(
        _ message: Never, from sender: NodeID, at now: Moment, into effects: inout Effects<Self>
    ) {}
    mutating func handle(_ request: Never, at now: Moment, into effects: inout Effects<Self>) {}
    mutating func wake(at now: Moment, into effects: inout Effects<Self>) {}
    mutating func stored(
        through position: RecordPosition, at now: Moment, into effects: inout Effects<Self>
    ) {}
}
