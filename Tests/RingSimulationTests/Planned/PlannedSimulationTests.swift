import Randomness
import Simulation
import StateMachines
import Testing

@testable import RingSimulation

@Suite struct PlannedSimulationTests {
    /// A plan whose load is over soon.
    private func plan(_ subject: SimulatedProtocol, nodes: Int? = nil) -> PlannedSimulation {
        var plan = PlannedSimulation(subject)
        if let nodes { plan.nodes = nodes }
        switch subject {
        case .gossip, .ring: plan.lasting = .seconds(9)
        case .token, .chain, .quorum, .coordinators: plan.lasting = .milliseconds(400)
        }
        return plan
    }

    private func figure(_ name: String, of outcome: PlannedOutcome) throws -> PlannedFigure {
        try #require(outcome.figures.first { $0.name == name }, "no figure '\(name)'")
    }

    @Test(arguments: SimulatedProtocol.allCases, [1, 2, 3])
    func `one, two and three members work, and a seed determines the run`(
        subject: SimulatedProtocol, nodes: Int
    ) throws {
        let plan = plan(subject, nodes: nodes)
        let outcome = try plan.run(seed: Seed(5))
        #expect(outcome.violations.isEmpty && !outcome.isUnknown)
        #expect(try plan.run(seed: Seed(5)) == outcome)
        #expect(try plan.run(seed: Seed(6)).trace != outcome.trace)
        let messages = try figure("messages", of: outcome)
        #expect(messages.values.count == nodes)
    }

    @Test(arguments: [SimulatedProtocol.chain, .quorum], [1, 3, 5])
    func `clients of a store wait as long as arithmetic says`(
        subject: SimulatedProtocol, nodes: Int
    ) throws {
        let outcome = try plan(subject, nodes: nodes).run(seed: Seed(1))
        for name in ["write", "read"] {
            let figure = try figure(name, of: outcome)
            let (median, model) = (try #require(figure.quantile(0.5)), try #require(figure.model))
            // Reads share rounds of asking a majority, and come a little too late for one.
            #expect(abs(median - model) < model * 0.25, "\(nodes): \(name) \(median), \(model)")
        }
        let (under, clients) = (try figure("under-way", of: outcome), 8.0)
        #expect(abs(under.values[0] - clients) < 0.2)
    }

    @Test func `contenders for a token wait as long as arithmetic says`() throws {
        let outcome = try plan(.token, nodes: 5).run(seed: Seed(1))
        let grants = try figure("grants", of: outcome)
        #expect(abs(grants.values[0] - grants.model!) < grants.model! * 0.2)
        #expect(try figure("fairness", of: outcome).values[0] > 0.99)
    }

    @Test(arguments: [
        (SimulatedProtocol.chain, CrashRole.head), (.chain, .middle), (.chain, .tail),
        (.quorum, .leader), (.token, .holder), (.chain, .random), (.quorum, .random),
        (.token, .random),
    ])
    func `a member that crashes and comes back interrupts the service and breaks nothing`(
        subject: SimulatedProtocol, role: CrashRole
    ) throws {
        for seed in UInt64(1)...2 {
            var plan = plan(subject)
            plan.lasting = .seconds(1)
            plan.crashes = [
                RoleCrash(role, after: .milliseconds(100), lasting: .milliseconds(700))
            ]
            let outcome = try plan.run(seed: Seed(seed))
            #expect(outcome.violations.isEmpty && !outcome.isUnknown, "seed \(seed)")
            #expect(outcome.faults == 2)
            let name = subject == .token ? "recovery" : "failover"
            let recovery = try figure(name, of: outcome).values
            #expect(recovery.count == 1)
            // A chain that has no head, no tail or a gap serves nobody before that has been noticed.
            if [.head, .middle, .tail, .leader].contains(role) {
                #expect(recovery[0] > 70e6 && recovery[0] < 500e6, "seed \(seed): \(recovery)")
            }
            let pause = try #require(try figure("pause", of: outcome).values.first)
            #expect(pause < 0.9e9, "seed \(seed): \(pause)")
        }
    }

    @Test(arguments: [SimulatedProtocol.chain, .quorum, .token, .coordinators, .gossip, .ring])
    func `a minority that is cut off for a while breaks nothing`(
        subject: SimulatedProtocol
    ) throws {
        var plan = plan(subject, nodes: 5)
        let nodes = (0..<5).map(NodeID.init(place:))
        plan.faults.add(
            .partition([Array(nodes[..<2]), Array(nodes[2...])]),
            at: Moment(nanoseconds: 0) + plan.duration / 3)
        plan.faults.add(.heal, at: Moment(nanoseconds: 0) + plan.duration / 2)
        for seed in UInt64(1)...2 {
            let outcome = try plan.run(seed: Seed(seed))
            #expect(outcome.violations.isEmpty && !outcome.isUnknown, "seed \(seed)")
            #expect(outcome.faults == 2 && outcome.operations > 0)
        }
    }

    @Test(arguments: SimulatedProtocol.allCases)
    func `whatever a drawn plan does to servers, checkers find nothing`(
        subject: SimulatedProtocol
    ) throws {
        for seed in UInt64(1)...3 {
            var plan = plan(subject, nodes: 5)
            var mix = FaultMix(
                interval: plan.duration / 20,
                duration: plan.duration / 50...plan.duration / 8, mostAway: 2)
            mix.clockJumps = 0
            plan.faults = FaultPlan.random(
                mix, of: (0..<5).map(NodeID.init(place:)), seed: Seed(seed),
                from: Moment(nanoseconds: 0), to: Moment(nanoseconds: 0) + plan.duration * 9 / 10,
                calm: plan.network)
            let outcome = try plan.run(seed: Seed(seed))
            #expect(outcome.violations.isEmpty, "seed \(seed)")
            #expect(outcome.faults > 0)
        }
    }

    @Test func `gossip notices a crash, comes to one view, and wrongs nobody`() throws {
        var plan = plan(.gossip, nodes: 50)
        plan.crashes = [RoleCrash(.random, after: .seconds(4), lasting: nil)]
        let outcome = try plan.run(seed: Seed(1))
        #expect(outcome.violations.isEmpty)
        let first = try #require(try figure("detection", of: outcome).values.first)
        let all = try #require(try figure("detection-all", of: outcome).values.first)
        #expect(first > 0 && first <= all)
        #expect(try figure("convergence", of: outcome).values == [all])
        #expect(try figure("false-deaths", of: outcome).values == [0])
        let rounds = try figure("rounds", of: outcome)
        #expect(try #require(rounds.values.first) <= rounds.model! + 4)
    }

    @Test(arguments: SimulatedProtocol.allCases)
    func `where every message is lost nothing comes of it, and nothing is wrong`(
        subject: SimulatedProtocol
    ) throws {
        var plan = plan(subject, nodes: 3)
        plan.loss = 1
        let outcome = try plan.run(seed: Seed(1))
        #expect(outcome.violations.isEmpty)
        for name in ["write", "latency", "window", "rounds"] {
            let figure = outcome.figures.first { $0.name == name }
            #expect(figure?.values.isEmpty ?? true)
        }
    }

    @Test(arguments: [SimulatedProtocol.gossip, .token, .chain, .quorum, .coordinators, .ring])
    func `nobody is taken for dead for being far away`(subject: SimulatedProtocol) throws {
        var plan = PlannedSimulation(subject)
        plan.nodes = 3
        plan.roundTrip = .seconds(2)
        plan.lasting = .seconds(100)
        let outcome = try plan.run(seed: Seed(1))
        #expect(outcome.violations.isEmpty && outcome.operations > 0)
        for name in ["pause", "timeouts", "false-deaths"] {
            guard let figure = outcome.figures.first(where: { $0.name == name }) else { continue }
            #expect(figure.values[0] < 60e9, "\(name): \(figure.values)")
        }
        if subject == .coordinators {
            #expect(try figure("timeouts", of: outcome).values == [0])
        }
    }

    @Test func `what somebody does not wait for any longer ends soon`() {
        var asked = 0
        #expect(throws: PlannedRunStopped.self) {
            _ = try plan(.quorum).run(seed: Seed(1)) {
                asked += 1
                return asked > 3
            }
        }
        #expect(asked == 4)
    }
}

@Suite struct PlanProblemTests {
    private func problem(_ change: (inout PlannedSimulation) -> Void) -> PlanProblem? {
        var plan = PlannedSimulation(.quorum)
        change(&plan)
        do throws(PlanProblem) {
            try plan.validate()
            return nil
        } catch { return error }
    }

    @Test func `the defaults of every protocol can be run`() throws {
        for subject in SimulatedProtocol.allCases { try PlannedSimulation(subject).validate() }
    }

    @Test func `what cannot be run is named with what was expected`() {
        #expect(problem { $0.nodes = 0 } == .nodes(0, .quorum))
        #expect(problem { $0.nodes = 32 } == .nodes(32, .quorum))
        for loss in [-0.1, 1.1, .nan] {
            let found = problem { $0.loss = loss }
            #expect("\(found!)".contains("0 to 1"))
        }
        #expect(problem { $0.roundTrip = .zero } != nil)
        #expect(problem { $0.lasting = .zero } != nil)
        #expect(problem { $0.sync = .seconds(61) } != nil)
        #expect(problem { $0.costs.receive = .seconds(2) } != nil)
        #expect(
            problem { $0.crashes = [RoleCrash(.tail, after: .zero, lasting: nil)] }
                == .role(.tail, .quorum))
        #expect(
            problem { $0.crashes = [RoleCrash(.leader, after: .seconds(9), lasting: nil)] } != nil)
    }

    @Test(arguments: [
        "1s crash n3", "1s restart n9", "1s crash n0 loses", "9s crash n0", "1s partition n0 | n77",
        "1s network loss=2", "1s partition", "1s partition n0 n1", "1s partition n0 |",
    ])
    func `a fault that cannot be, or that nothing is promised under, is refused`(
        text: String
    ) throws {
        let faults = try FaultPlan(parsing: text)
        let found = problem { $0.faults = faults }
        #expect(found != nil && "\(found!)".contains("expected"))
    }

    @Test func `a chain's wardens can fail, its clients cannot`() throws {
        var plan = PlannedSimulation(.chain)
        plan.faults = try FaultPlan(parsing: "1s crash n5\n1.2s restart n5")
        try plan.validate()
        plan.faults = try FaultPlan(parsing: "1s crash n6")
        #expect(throws: PlanProblem.self) { try plan.validate() }
    }
}
