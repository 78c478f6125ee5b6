import Cluster
import Hardware
import Measurement
import Network
import PeerServers
import Quantities
import Randomness
import StateMachines
import Statistics
import Storage

/// A chain and a quorum of as many servers, for as many clients, on the same processors and disks, in
/// turns: who is ahead, by how much, and why.
enum ReplicationComparison: Benchmark {
    static let description = BenchmarkDescription(
        name: "replication.comparison",
        summary: "writes into a chain and into a quorum of processes of this machine, and into "
            + "etcd where asked for, in turns: the gain of the chain measured, simulated and by "
            + "arithmetic, and who is busy",
        parameters: [
            ParameterSpecification(
                "contenders", "who takes turns", .subset(of: ["chain", "quorum", "etcd"]),
                default: "chain,quorum"),
            ReplicationProcesses.replicas, ReplicationProcesses.durability,
            ReplicationProcesses.payload, ReplicationProcesses.clients,
            ReplicationProcesses.window, ReplicationProcesses.roundTrip,
            ReplicationProcesses.silence(default: "1s"),
            ParameterSpecification(
                "turn", "how long a turn is measured",
                .duration(.milliseconds(10) ... .seconds(10)), default: "100ms"),
        ],
        distinctions: ["part"],
        metrics: measured + explained + predicted,
        processingUnits: 1,
        floor: "none of its own: net.tcp.rtt for each hop, and storage.sync",
        isBlocking: true, contradiction: contradiction)

    /// What etcd cannot be compared in: links are between the suite's own servers, etcd syncs what it
    /// acknowledges, and its client has the limits of ``ConsensusPeer``.
    @Sendable
    private static func contradiction(
        _ parameters: ParameterSet, _ time: Nanoseconds
    ) -> String? {
        let names = (parameters["contenders"] ?? "").split(separator: ",")
        guard names.contains("etcd") else {
            return ReplicationProcesses.contradiction(parameters, time)
        }
        func exceeds(_ name: String, _ most: Int) -> Bool {
            (parameters[name].flatMap { Int($0) } ?? 0) > most
        }
        if parameters["rtt"] != ReplicationProcesses.direct {
            return
                "an rtt for etcd, whose servers have no links; expected \(ReplicationProcesses.direct)"
        }
        if parameters["durability"] == JournalDurability.none.rawValue {
            return
                "durability none beside etcd, which syncs before it answers; expected group or each"
        }
        let (window, payload) = (ConsensusPeer.mostPipelined, ConsensusPeer.mostPayload)
        if exceeds("window", window) {
            return "a window of \(parameters["window"] ?? "") for etcd; expected at most \(window)"
        }
        if exceeds("payload", payload) {
            return "a payload of \(parameters["payload"] ?? "") bytes for etcd; expected at most "
                + "\(payload)"
        }
        return ReplicationProcesses.contradiction(parameters, time)
    }

    private static let measured = [
        MetricSpecification(
            "throughput", .operationsPerSecond, .higher, .sampled,
            "writes answered a second, mean of a turn (a closed loop)"),
        MetricSpecification(
            "latency", .nanoseconds, .lower, .sampled,
            "time from a write to its answer, mean of a turn (a closed loop)"),
        MetricSpecification(
            "gain", .percent, .higher, .sampled,
            "throughput of the chain beyond that of the quorum in the same round"),
        MetricSpecification(
            "relative", .ratio, .lower, .sampled,
            "time for a write, the inverse of throughput, over that of the chain in the same round"),
        MetricSpecification(
            "wait", .ratio, .lower, .sampled,
            "mean latency of the chain over that of the quorum in the same round"),
    ]

    private static let explained = [
        MetricSpecification(
            "cost", .nanoseconds, .lower, .sampled, "processor time of all servers for a write"),
        MetricSpecification(
            "cost-busiest", .nanoseconds, .lower, .sampled,
            "processor time of the busiest server for a write"),
        MetricSpecification(
            "busy", .percent, .neither, .sampled,
            "share of a processor that `part` had: the busiest server, all servers (of those that "
                + "they may run on), the clients' process (with links, their relay too)"),
        MetricSpecification(
            "sync", .nanoseconds, .neither, .sampled,
            "append of a byte and its sync in the same directory, alone; only where writes wait for it"
        ),
    ]

    private static let predicted = [
        MetricSpecification(
            "gain-by-cost", .percent, .higher, .sampled,
            "the gain if nothing but the busiest server's processor bounded either, from what it "
                + "takes for a write in the same round"),
        MetricSpecification(
            "gain-simulated", .percent, .higher, .sampled,
            "the gain in simulated time, every server on a processor of its own, one entry a message, "
                + "with the mean cost of a message that was measured"),
        MetricSpecification(
            "gain-by-arithmetic", .percent, .higher, .sampled,
            "the same by the bounds of a closed system"),
    ]

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try ReplicationProcesses.with(.chain, in: context, into: &recorder) { plan, recorder in
            var plan = plan
            (plan.clients, plan.window) = (context.integer("clients"), context.integer("window"))
            plan.payload = context.integer("payload")
            let sync = try ReplicationComparison.sync(plan, context, into: &recorder)
            let contenders = try start(plan, context, into: &recorder)
            let rounds = try turns(of: contenders, in: context)
            for contender in contenders {
                recorder.note("\(contender.name): \(try contender.finish())")
            }
            let figures = ReplicationRounds(
                rounds, units: max(1, plan.units.indexes.count),
                parameters: parameters(of: plan, recorder))
            figures.record(contenders.map(\.name), into: &recorder)
            if figures.hasBoth { try predict(plan, sync, figures, context, into: &recorder) }
        }
    }

    /// Those who take turns; a note of one that cannot be had here.
    private static func start(
        _ plan: StorePlan, _ context: ForkContext, into recorder: inout Recorder
    ) throws -> [any ReplicationContender] {
        let names = context.words("contenders")
        var contenders: [any ReplicationContender] = []
        for replication in Replication.allCases where names.contains(replication.rawValue) {
            var plan = plan
            plan.replication = replication
            contenders.append(try OwnContender(plan))
        }
        guard names.contains("etcd") else { return contenders }
        do {
            let etcd = try EtcdContender(plan, clock: context.clock)
            recorder.note("etcd: \(etcd.facts.joined(separator: ", "))")
            recorder.note(
                "etcd's clients write one key, those of the others many; one that has several writes "
                    + "under way sends the next batch when it has all answers to the last")
            contenders.append(etcd)
        } catch let failure as PeerFailure where failure.isAbsence {
            recorder.note("etcd: unavailable, \(failure)")
        }
        return contenders
    }

    /// Rounds in which each has a turn, in an order drawn from the seed, by name.
    private static func turns(
        of contenders: [any ReplicationContender], in context: ForkContext
    ) throws -> [[String: ReplicationTurn]] {
        var order = context.generator(for: "order")
        let span = context.span("turn")
        let end = MonotonicClock.now + Span(nanoseconds: Int64(context.time.rawValue))
        var rounds: [[String: ReplicationTurn]] = []
        repeat {
            var round: [String: ReplicationTurn] = [:]
            for contender in contenders.shuffled(using: &order) {
                round[contender.name] = try contender.turn(for: span)
            }
            rounds.append(round)
        } while MonotonicClock.now < end
        return rounds
    }

    /// What a sync takes while nothing else is done, by the median; zero where writes wait for none.
    private static func sync(
        _ plan: StorePlan, _ context: ForkContext, into recorder: inout Recorder
    ) throws -> Span {
        guard plan.durability != .none else { return .zero }
        let file = try DurableAppends(
            path: "\(plan.directory)/sync",
            options: .init(engine: .ioUring, creation: .required), payload: 1)
        let times = try SingleOperations(file).turn(operations: 50, clock: context.clock)
        try file.close()
        recorder.record("sync", parameters(of: plan, recorder), samples: times)
        return Span(nanoseconds: Int64(Quantile.median(of: times)))
    }

    /// What figures are told apart by.
    private static func parameters(of plan: StorePlan, _ recorder: Recorder) -> ParameterSet {
        ReplicationProcesses.names(of: plan, recorder).without("contenders")
    }

    private static func predict(
        _ plan: StorePlan, _ sync: Span, _ figures: ReplicationRounds, _ context: ForkContext,
        into recorder: inout Recorder
    ) throws {
        let conditions = StoreConditions(
            replicas: plan.replicas, roundTrip: (plan.links?.delay ?? .zero) * 2, sync: sync,
            messageCost: ReplicationPrediction.messageCost(
                chain: figures.cost(of: .chain), quorum: figures.cost(of: .quorum),
                replicas: plan.replicas),
            clients: plan.clients, window: plan.window)
        let prediction = ReplicationPrediction(conditions: conditions)
        let parameters = parameters(of: plan, recorder)
        let seed = Seed(context.request.seed)
        let simulated = try prediction.simulated(seed: seed)
        recorder.record(
            "gain-simulated", parameters,
            samples: [100 * (simulated.chain / simulated.quorum - 1)])
        recorder.note(
            "predictions are for messages that cost either end \(conditions.messageCost), and "
                + "syncs of \(sync)")
        guard let bounds = prediction.byArithmetic() else { return }
        recorder.record(
            "gain-by-arithmetic", parameters, samples: [100 * (bounds.chain / bounds.quorum - 1)])
    }
}

/// The rounds of a comparison, as figures.
struct ReplicationRounds {
    private let rounds: [[String: ReplicationTurn]]
    /// How many processing units servers share.
    private let units: Int
    private let parameters: ParameterSet

    init(_ rounds: [[String: ReplicationTurn]], units: Int, parameters: ParameterSet) {
        self.rounds = rounds
        self.units = units
        self.parameters = parameters
    }

    /// Whether a chain and a quorum took turns.
    var hasBoth: Bool {
        Replication.allCases.allSatisfy { !turns(of: $0.rawValue).isEmpty }
    }

    private func turns(of name: String) -> [ReplicationTurn] { rounds.compactMap { $0[name] } }

    /// The processor time of all servers for a write, by the median of rounds, in nanoseconds.
    func cost(of replication: Replication) -> Double {
        Quantile.median(of: turns(of: replication.rawValue).map(\.cost))
    }

    func record(_ names: [String], into recorder: inout Recorder) {
        for name in names { record(name, parameters.with("contender", name), into: &recorder) }
        let chain = turns(of: "chain")
        guard !chain.isEmpty else { return }
        for name in names where name != "chain" {
            recorder.record(
                "relative", parameters.with("contender", name),
                samples: zip(turns(of: name), chain).map { $1.throughput / $0.throughput })
        }
        guard hasBoth else { return }
        let pairs = zip(chain, turns(of: "quorum"))
        recorder.record(
            "gain", parameters, samples: pairs.map { 100 * ($0.throughput / $1.throughput - 1) })
        recorder.record("wait", parameters, samples: pairs.map { $0.meanWait / $1.meanWait })
        recorder.record(
            "gain-by-cost", parameters,
            samples: pairs.map { 100 * ($1.busiestCost / $0.busiestCost - 1) })
    }

    /// What one of them was like by itself.
    private func record(
        _ name: String, _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        let own = turns(of: name)
        recorder.record("throughput", parameters, samples: own.map(\.throughput))
        recorder.record("latency", parameters, samples: own.map(\.meanWait))
        recorder.record("cost", parameters, samples: own.map(\.cost))
        recorder.record("cost-busiest", parameters, samples: own.map(\.busiestCost))
        func share(_ part: String, _ value: (ReplicationTurn) -> Double) {
            recorder.record(
                "busy", parameters.with("part", part), samples: own.map { 100 * value($0) })
        }
        share("busiest-server") { $0.shares.busiest }
        share("servers") { $0.shares.servers / Double(units) }
        share("clients") { $0.shares.clients }
    }
}
