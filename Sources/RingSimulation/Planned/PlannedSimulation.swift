public import Randomness
public import Simulation
public import StateMachines

/// A protocol with load on a network, under faults that somebody planned: what `nilometer simulate` runs.
///
/// Members are n0, n1 …; behind them come what else the protocol has: three wardens of a chain, then
/// clients (`others`). Times of faults count from the beginning of the load, which begins when the members
/// have found together. Timeouts of the protocols follow from the round trip, the costs and the syncs, so
/// that no healthy member is taken for dead for being far away.
///
/// Equal values and seeds give equal outcomes, in any process.
public struct PlannedSimulation: Hashable, Sendable {
    /// What is run.
    public var subject: SimulatedProtocol
    /// How many members it has.
    public var nodes: Int
    /// What a message and its answer take on the way together; each takes half, a fifth more or less.
    public var roundTrip = Span.milliseconds(1)
    /// The share of messages that are lost.
    public var loss = 0.0
    /// What a sync of a disk takes, a fifth more or less.
    public var sync = Span.microseconds(200)
    /// What messages cost processors.
    public var costs = ProcessingCosts.none
    /// How long the load lasts; nil for as long as suits the protocol and the network.
    public var lasting: Span?
    /// What goes wrong.
    public var faults = FaultPlan()
    /// Who crashes, by what they do.
    public var crashes: [RoleCrash] = []

    /// A protocol under usual conditions, without faults.
    public init(_ subject: SimulatedProtocol) {
        self.subject = subject
        nodes = subject.usualNodes
    }

    /// How long the load lasts.
    public var duration: Span { lasting ?? usualDuration }

    private var usualDuration: Span {
        switch subject {
        case .gossip: period * 30
        case .token: max(.seconds(5), roundTrip * Int64(40 * nodes))
        case .chain, .quorum: max(.seconds(3), roundTrip * 400)
        case .coordinators: max(.seconds(6), roundTrip * 400)
        case .ring: period * 20
        }
    }

    /// Nodes behind the members: wardens and clients.
    public var others: Int {
        switch subject {
        case .gossip, .token, .ring: 0
        case .chain: wardens + clients
        case .quorum: clients
        case .coordinators: coordinatorClients
        }
    }

    /// How many wardens a chain has.
    public var wardens: Int { subject == .chain ? 3 : 0 }
    /// How many clients a replicated store has.
    var clients: Int { 8 }
    var coordinatorClients: Int { 16 }

    /// One round of gossip: a second, or longer where round trips are.
    var period: Span { max(.seconds(1), roundTrip * 4) }

    var delay: Span { roundTrip / 2 }

    var network: NetworkConditions {
        NetworkConditions(delay: .uniform(delay.scaled(by: 0.8), delay.scaled(by: 1.2)), loss: loss)
    }

    var disk: DiskConditions {
        DiskConditions(sync: .uniform(sync.scaled(by: 0.8), sync.scaled(by: 1.2)))
    }

    /// What an answer may take while all is well: there and back, a sync, and its turn at a processor that
    /// everybody's messages keep busy.
    var longestAnswer: Span {
        roundTrip.scaled(by: 1.2) + sync.scaled(by: 2.4)
            + (costs.receive + costs.send) * Int64(4 * (clients + nodes))
    }

    /// The plan with everybody on all sides of a partition that the partition does not name.
    var completedFaults: FaultPlan {
        let all = (0..<nodes + others).map(NodeID.init(place:))
        return FaultPlan(
            faults.steps.map { step in
                guard case .partition(let groups) = step.fault else { return step }
                let named = Set(groups.joined())
                let rest = all.filter { !named.contains($0) }
                return FaultPlan.Step(at: step.moment, .partition(groups.map { $0 + rest }))
            })
    }

    /// Runs it.
    ///
    /// - Parameter shouldStop: asked some hundred times a run; true ends it.
    /// - Precondition: `validate` finds nothing wrong.
    /// - Throws: where it was stopped.
    public func run(
        seed: Seed, shouldStop: @escaping () -> Bool = { false }
    ) throws(PlannedRunStopped) -> PlannedOutcome {
        do throws(PlanProblem) {
            try validate()
        } catch { preconditionFailure("\(error)") }
        let course = PlannedCourse(self, seed: seed, shouldStop: shouldStop)
        return switch subject {
        case .gossip: try runGossip(course, seed: seed)
        case .token: try runToken(course, seed: seed)
        case .chain: try runChain(course, seed: seed)
        case .quorum: try runQuorum(course, seed: seed)
        case .coordinators: try runCoordinators(course, seed: seed)
        case .ring: try runRing(course, seed: seed)
        }
    }
}
