import Randomness
import ShenRing
import Simulation
import StateMachines

/// What differs between the seeds of the quorum's scenario: how large the cluster is, how its nodes are set,
/// and what the network, the disks and the clocks are like.
struct QuorumVariety {
    static let cluster = ClusterID(0x51)

    let founders: Int
    /// Founders, and spares that may be let in.
    let servers: Int
    let clients: Int
    let settings: QuorumSettings
    let clientSettings: ClientSettings
    let network: NetworkConditions
    let disk: DiskConditions
    let clocks: ClockConditions

    var serverNodes: [NodeID] { (0..<servers).map(NodeID.init(place:)) }
    var clientNodes: [NodeID] { (servers..<servers + clients).map(NodeID.init(place:)) }

    init(seed: Seed, planted: QuorumMistake?) {
        var random = seed.derived(for: "variety").generator()
        founders = random.next(below: 2) == 0 ? 3 : 5
        servers = founders == 3 ? 5 : 6
        clients = 3
        settings = Self.settings(&random, planted: planted)
        var clients = ClientSettings(
            cluster: Self.cluster, servers: (0..<servers).map(NodeID.init(place:)))
        clients.patience = .milliseconds(60)
        clients.backoff = .milliseconds(5)
        clients.reads = random.next(below: 2) == 0 ? .anywhere : .asWrites
        var load = ClientLoad()
        load.keys = 3
        load.window = 2
        load.pause = .milliseconds(3)
        clients.load = load
        clientSettings = clients
        network = NetworkConditions(
            delay: .uniform(.microseconds(100), .microseconds(1_000)),
            loss: random.next(below: 2) == 0 ? 0 : 0.01,
            duplication: random.next(below: 2) == 0 ? 0 : 0.03,
            reordering: random.next(below: 2) == 0 ? 0 : 0.05,
            lateness: .exponential(mean: .milliseconds(8)))
        disk = DiskConditions(
            sync: random.next(below: 2) == 0
                ? .uniform(.microseconds(100), .microseconds(500))
                : .exponential(above: .microseconds(200), mean: .milliseconds(2)))
        clocks = ClockConditions(offset: .milliseconds(500), drift: settings.driftBound)
    }

    private static func settings(
        _ random: inout Xoshiro256StarStar, planted: QuorumMistake?
    ) -> QuorumSettings {
        var settings = QuorumSettings(cluster: cluster)
        settings.electionTimeout = .milliseconds(40)
        settings.heartbeat = .milliseconds(10)
        settings.reads = random.next(below: 2) == 0 ? .readIndex : .lease
        settings.servesFollowerReads = random.next(below: 4) > 0
        settings.driftBound = 0.05
        settings.batchBytes = random.next(below: 2) == 0 ? 1 : 4_096
        settings.window = [1, 4, 32][Int(random.next(below: 3))]
        settings.snapshotPartBytes = random.next(below: 2) == 0 ? 300 : 4_096
        settings.compaction = CompactionRule(
            entries: 15 + Int(random.next(below: 60)), keeping: Int(random.next(below: 12)))
        settings.promotionLag = 20
        settings.announcesCommits = random.next(below: 2) == 0
        #if PLANTED_DEFECTS
            settings.planted = planted
        #endif
        return settings
    }

    /// Faults among the servers. Clocks leap only where nothing trusts them: leases do.
    func faults(seed: Seed, from start: Moment, to end: Moment) -> FaultPlan {
        var mix = FaultMix(
            interval: .milliseconds(45), duration: .milliseconds(20)...(.milliseconds(160)),
            mostAway: (founders - 1) / 2)
        mix.clockJumps = settings.reads == .lease ? 0 : 1
        return .random(
            mix, of: serverNodes, seed: seed.derived(for: "faults"), from: start, to: end,
            calm: network, bystanders: clientNodes)
    }
}
