import Randomness
import ShenRing
import Simulation
import StateMachines

/// What the harness aims at a leader.
enum QuorumPlot: CaseIterable {
    case transfer, strand, ambush, duel, hungDisk, lostDisk, powerCut, restartedClient
}

/// What differs between the seeds of the quorum's scenario: how large the cluster is, how its nodes
/// are set, and what the network, the disks and the clocks are like.
struct QuorumVariety {
    static let cluster = ClusterID(0x51)

    let founders: Int
    /// Founders, and spares that may be let in.
    let servers: Int
    let clients: Int
    let settings: QuorumSettings
    /// The mistake that is not the node's, but of those who start it.
    let rejoinsAsVoter: Bool
    private let readsAnywhere: Bool
    let network: NetworkConditions
    let disk: DiskConditions
    let clocks: ClockConditions
    /// How long nodes wait for messages that they settle together; at one seed in three.
    let burst: Span?

    var serverNodes: [NodeID] { (0..<servers).map(NodeID.init(place:)) }
    var clientNodes: [NodeID] { (servers..<servers + clients).map(NodeID.init(place:)) }

    /// The clients that do not only read.
    var writers: [NodeID] { Array(clientNodes.dropLast()) }

    init(seed: Seed, planted: QuorumMistake?) {
        var random = seed.derived(for: "variety").generator()
        founders = random.next(below: 2) == 0 ? 3 : 5
        servers = founders == 3 ? 5 : 6
        clients = 3
        var settings = Self.settings(&random, planted: planted)
        // The spares of some seeds ask to be let in; those of others wait for the operator.
        var chance = seed.derived(for: "joiners").generator()
        if chance.next(below: 2) == 0 {
            settings.admitted = (founders..<servers).map(NodeID.init(place:))
            settings.contacts = (0..<servers).map(NodeID.init(place:))
        }
        self.settings = settings
        rejoinsAsVoter = planted == .rejoinsAsVoter
        readsAnywhere = random.next(below: 2) == 0
        network = NetworkConditions(
            delay: .uniform(.microseconds(100), .microseconds(1_000)),
            loss: random.next(below: 2) == 0 ? 0 : 0.01,
            duplication: random.next(below: 2) == 0 ? 0 : 0.03,
            reordering: random.next(below: 2) == 0 ? 0 : 0.05,
            lateness: .exponential(mean: .milliseconds(8)),
            crossing: random.next(below: 2) == 0 ? 0 : 0.5)
        disk = DiskConditions(
            sync: random.next(below: 2) == 0
                ? .uniform(.microseconds(100), .microseconds(500))
                : .exponential(above: .microseconds(200), mean: .milliseconds(2)))
        clocks = ClockConditions(offset: .milliseconds(500), drift: settings.driftBound)
        burst = Bursts.drawn(by: seed)
    }

    /// One client writes and is soon out of patience, so that it finds a new leader first; one does
    /// everything; one only reads, and stays with who answers it, so that it is the last to leave
    /// an old one.
    func client(_ node: NodeID, life: Int) -> ClientSettings {
        var settings = ClientSettings(cluster: Self.cluster, servers: serverNodes)
        var load = ClientLoad()
        load.keys = 3
        load.pause = .milliseconds(6)
        switch node.place - servers {
        case 0:
            settings.patience = .milliseconds(10)
            load.reads = 0.2
        case 1:
            settings.patience = .milliseconds(30)
            settings.reads = readsAnywhere ? .anywhere : .asWrites
        default:
            settings.patience = .milliseconds(60)
            load.reads = 1
        }
        settings.backoff = .milliseconds(3)
        settings.firstNumber = UInt64(life) << 32
        settings.load = load
        return settings
    }

    private static func settings(
        _ random: inout Xoshiro256StarStar, planted: QuorumMistake?
    ) -> QuorumSettings {
        var settings = QuorumSettings(cluster: cluster)
        settings.electionTimeout = .milliseconds(40)
        settings.heartbeat = .milliseconds(10)
        settings.reads = random.next(below: 2) == 0 ? .readIndex : .lease
        settings.servesFollowerReads =
            random.next(below: settings.reads == .lease ? 4 : 2) == 0
        settings.driftBound = 0.05
        // One entry at a time, one in each of many messages, or many in few.
        (settings.batchBytes, settings.window) =
            [(1, 1), (1, 1), (1, 32), (4_096, 4)][Int(random.next(below: 4))]
        settings.snapshotPartBytes = random.next(below: 2) == 0 ? 300 : 4_096
        settings.compaction = CompactionRule(
            entries: 15 + Int(random.next(below: 60)), keeping: Int(random.next(below: 12)))
        settings.promotionLag = 20
        settings.announcesCommits = random.next(below: 2) == 0
        settings.planted = Planted(planted)
        return settings
    }

    /// What the harness aims at leaders; what leases could get wrong more often where there are
    /// leases.
    var plots: [QuorumPlot] {
        QuorumPlot.allCases
            + (settings.reads == .lease
                ? [.transfer, .strand, .ambush] : [.duel, .duel, .lostDisk])
    }

    /// Faults among the servers. Clocks leap only where nothing trusts them: leases do.
    func faults(seed: Seed, from start: Moment, to end: Moment) -> FaultPlan {
        var mix = FaultMix(
            interval: .milliseconds(120), duration: .milliseconds(20)...(.milliseconds(120)),
            mostAway: (founders - 1) / 2)
        // Partitions are the plots'; here they would only end those.
        mix.partitions = 0
        mix.bridges = 1
        mix.clockJumps = settings.reads == .lease ? 0 : 1
        return .random(
            mix, of: serverNodes, seed: seed.derived(for: "faults"), from: start, to: end,
            calm: network, bystanders: clientNodes)
    }
}
