import Measurement
import Randomness
import RingSimulation
import ShenRing
import Simulation
import StateMachines

/// Under what conditions a replicated store is simulated, by whichever protocol.
struct StoreConditions {
    /// Members that have a copy.
    var replicas: Int
    /// What a message and its answer take on the way together.
    var roundTrip: Span
    /// What a sync of a member's disk takes.
    var sync: Span
    /// What a processor takes to receive a message, and to send one.
    var messageCost: Span
    var clients: Int
    /// Requests that each client has under way.
    var window = 1

    /// The bytes of a value.
    static let valueBytes = 64

    /// How long a store runs before it is measured: a chain has to find together in it.
    private var warmUp: Span { max(.milliseconds(200), roundTrip * 40) }

    private var costs: ProcessingCosts {
        ProcessingCosts(receive: messageCost, send: messageCost)
    }

    /// A chain, on a network whose delays do not vary.
    func chain() throws -> ChainExperiment {
        var chain = try ChainExperiment(
            replicas: replicas, clients: clients, delay: roundTrip / 2, sync: sync)
        chain.costs = costs
        chain.warmUp = warmUp
        // Nobody is to be asked again, or taken for dead, for the time that its processor's queue takes.
        let queue = messageCost * 16 * Int64(window) * Int64(clients)
        chain.settings.resend = max(chain.settings.resend, queue)
        chain.settings.stall = max(chain.settings.stall, chain.settings.resend * 4)
        chain.patience = chain.settings.resend * 2
        chain.settings.suspicion = max(chain.settings.suspicion, queue * 2)
        chain.settings.lease = chain.settings.suspicion
        chain.settings.heartbeat = chain.settings.suspicion / 5
        chain.load.valueBytes = Self.valueBytes
        // So many that hardly two clients meet at one, as in the quorum's experiment.
        chain.load.keys = 100_000
        return chain
    }

    /// A quorum, on a network whose delays do not vary.
    func quorum(seed: Seed) -> QuorumExperiment {
        var quorum = QuorumExperiment()
        quorum.replicas = replicas
        quorum.clients = clients
        quorum.valueBytes = Self.valueBytes
        quorum.delay = .constant(roundTrip / 2)
        quorum.sync = .constant(sync)
        quorum.costs = costs
        quorum.warmUp = warmUp
        quorum.seed = seed
        return quorum
    }
}

extension StoreConditions {
    /// Those of a fork.
    init(_ context: ForkContext, clients: Int) {
        replicas = context.integer("replicas")
        roundTrip = context.span("rtt")
        sync = context.span("sync")
        messageCost = context.span("message-cost")
        self.clients = clients
        window = context.request.parameters["window"].flatMap(Int.init) ?? 1
    }
}
