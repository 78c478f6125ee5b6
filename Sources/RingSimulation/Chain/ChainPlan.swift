import Randomness
import ShenRing
import Simulation
import StateMachines

/// What a seed makes of the scenario: a chain, its wardens and clients, and what befalls them.
///
/// Nodes are numbered: wardens, then replicas, then clients. Times are short, and faults dense, so that
/// a seed is cheap; what matters is how they compare: a suspicion is shorter than a lease, so that a
/// lease is what keeps a stale tail from answering, and clocks are so bad that one which leaves
/// their drift out of account is seen to.
struct ChainPlan {
    static let wardenCount = 3
    static let writerCount = 4
    static let readerCount = 3

    let wardens: [NodeID]
    let replicas: [NodeID]
    let clients: [NodeID]
    private(set) var settings: ChainSettings
    /// Now and then a message is so late that it comes in the next epoch.
    let network = NetworkConditions(
        delay: .uniform(.microseconds(150), .microseconds(600)), reordering: 0.02,
        lateness: .exponential(mean: .milliseconds(8)))
    let disk = DiskConditions(sync: .uniform(.microseconds(100), .microseconds(900)))
    let clocks = ClockConditions(offset: .seconds(3), drift: 0.2)
    /// How long nodes wait for messages that they settle together; at one seed in three.
    let burst: Span?
    private(set) var faults = FaultPlan()
    /// When nodes outside the chain lose their disks, or as soon after as one is.
    private(set) var losses: [Moment] = []
    /// When nodes are cut off.
    private(set) var cuts: [ChainCut] = []

    /// When faults begin, and when nothing is wrong any more.
    let calmEnd = Moment(nanoseconds: 0) + .milliseconds(120)
    let faultsEnd = Moment(nanoseconds: 0) + .milliseconds(640)
    /// When clients stop asking, and when whoever came back has caught up.
    let loadEnd = Moment(nanoseconds: 0) + .milliseconds(820)
    let end = Moment(nanoseconds: 0) + .milliseconds(1_060)
    /// How often logs are held against each other.
    let inspection = Span.milliseconds(5)

    var nodeCount: Int { wardens.count + replicas.count + clients.count }

    init(seed: Seed) {
        var generator = seed.derived(for: "plan").generator()
        let size = 2 + Int(generator.next(below: 4))
        let count = size + Int(generator.next(below: 2))
        wardens = (0..<Self.wardenCount).map(NodeID.init(place:))
        replicas = (0..<count).map { NodeID(place: Self.wardenCount + $0) }
        clients = (0..<Self.writerCount + Self.readerCount).map {
            NodeID(place: Self.wardenCount + count + $0)
        }
        settings = ChainSettings(
            cluster: ClusterID(seed.rawValue), wardens: wardens, replicas: replicas, size: size,
            answering: generator.next(below: 2) == 0 ? .byTail : .throughHead,
            reading: generator.next(below: 3) == 0 ? .atTail : .anywhere,
            forwarding: generator.next(below: 3) == 0 ? .whenDurable : .atOnce)
        // At some seeds the last member of the chain is one that comes when it is there already. A founder loses
        // its disk before that may be, so that one alone would be too few.
        var chance = seed.derived(for: "founders").generator()
        if size > 2, chance.next(below: 3) == 0 { settings.founders = size - 1 }
        burst = Bursts.drawn(by: seed)
        setTimes(by: &generator)
        drawFaults(seed: seed)
        drawCuts(by: &generator)
        drawLosses(by: &generator)
    }

    private mutating func setTimes(by generator: inout Xoshiro256StarStar) {
        settings.batch = 4
        settings.batchDelay = generator.next(below: 2) == 0 ? .zero : .microseconds(200)
        settings.window = 24
        settings.catchUpWindow = 16
        settings.compaction = CompactionRule(entries: 24, keeping: 24)
        settings.imagePartBytes = 96
        settings.heartbeat = .milliseconds(8)
        settings.lease = .milliseconds(50)
        settings.drift = clocks.drift
        settings.suspicion = .milliseconds(20)
        settings.resend = .milliseconds(4)
        settings.stall = .milliseconds(20)
        settings.retry = .milliseconds(4)
    }

    /// What each client does. Writers read at a replica of their own, and ask that one on whatever
    /// becomes of it; readers ask all, so that one which answers and should not is found.
    var clientSettings: [ClientSettings] {
        clients.indices.map { place in
            var client = ClientSettings(cluster: settings.cluster, servers: replicas)
            client.patience = .milliseconds(12)
            client.backoff = .milliseconds(3)
            var load = ClientLoad()
            load.keys = 3
            if place < Self.writerCount {
                client.reads = .at(replicas[place % replicas.count])
                load.reads = 0.3
                load.comparisons = 0.25
                load.window = 3
                load.pause = .milliseconds(3)
            } else {
                client.reads = .anywhere
                load.reads = 1
                load.comparisons = 0
                load.window = 1
                load.pause = .milliseconds(2)
            }
            client.load = load
            return client
        }
    }

    /// Replicas meet everything, all but one of them at once. Of the wardens a minority is away at any
    /// time, and none loses its disk.
    private mutating func drawFaults(seed: Seed) {
        var mix = FaultMix(
            interval: .milliseconds(24), duration: .milliseconds(8)...(.milliseconds(90)),
            mostAway: max(1, replicas.count - 1))
        mix.crashes = 4
        mix.freezes = 3
        mix.clockJumps = 0.5
        faults = FaultPlan.random(
            mix, of: replicas, seed: seed.derived(for: "replicas"), from: calmEnd, to: faultsEnd,
            calm: network, bystanders: wardens + clients)
        var quiet = FaultMix(
            interval: .milliseconds(120), duration: .milliseconds(10)...(.milliseconds(60)),
            mostAway: 1)
        (quiet.storms, quiet.partitions, quiet.bridges, quiet.blocks) = (0, 0, 0, 0)
        let others = FaultPlan.random(
            quiet, of: wardens, seed: seed.derived(for: "wardens"), from: calmEnd, to: faultsEnd)
        for step in others.steps { faults.add(step.fault, at: step.moment) }
    }

    /// Replicas are cut off from the wardens, or with one of them from the others, while clients reach
    /// both sides. Some of the time all wardens crash just then, and have forgotten what they granted.
    private mutating func drawCuts(by generator: inout Xoshiro256StarStar) {
        var moment = calmEnd + .milliseconds(Int64(generator.next(below: 60)))
        while moment < faultsEnd - .milliseconds(100) {
            let whom: [ChainCut.Whom] = [.tail, .tail, .tail, .head, .some, .some]
            let lasting = Int64(60 + generator.next(below: 40))
            cuts.append(
                ChainCut(
                    at: moment, lasting: .milliseconds(lasting),
                    whom: whom[Int(generator.next(below: 6))],
                    takesWarden: generator.next(below: 4) == 0))
            if generator.next(below: 3) == 0 {
                for warden in wardens { faults.add(.crash(warden, disk: .tears), at: moment) }
                let back = moment + .milliseconds(Int64(1 + generator.next(below: 4)))
                for warden in wardens { faults.add(.restart(warden), at: back) }
            }
            moment = moment + .milliseconds(lasting + Int64(20 + generator.next(below: 60)))
        }
    }

    /// A member loses its disk while all others are well, and is back before or after it is missed. Of
    /// those that are out of the chain some lose theirs later, at any time: what no configuration counts
    /// on may go, and a chain whose every disk is lost has lost its data.
    private mutating func drawLosses(by generator: inout Xoshiro256StarStar) {
        let victim = replicas[Int(generator.next(below: UInt64(settings.size)))]
        let moment = Moment(nanoseconds: 0) + .milliseconds(30)
        faults.add(.crash(victim, disk: .loses), at: moment)
        let away = Int64(2 + generator.next(below: 40))
        faults.add(.restart(victim), at: moment + .milliseconds(away))
        let span = UInt64((faultsEnd - calmEnd).nanoseconds)
        losses = (0..<2).map { _ in
            calmEnd + Span(nanoseconds: Int64(generator.next(below: span)))
        }
    }
}

/// Replicas that are cut off for a while: who that is shows when it comes.
struct ChainCut {
    enum Whom { case tail, head, some }

    let at: Moment
    let lasting: Span
    let whom: Whom
    /// Whether a warden is on their side.
    let takesWarden: Bool
}
