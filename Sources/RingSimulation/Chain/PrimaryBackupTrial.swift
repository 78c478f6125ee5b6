public import Randomness
import ShenRing
public import Simulation
public import StateMachines

/// What becomes of acknowledged writes when the primary fails, by how many copies were waited for.
///
/// Clients write; the primary's link to one backup fails, and a moment later the primary, for good; a
/// backup that the operator names takes over. A write that was answered and is not in the new primary's log
/// is lost. With an answer after one copy the backup that has the copy need not be the one that takes over;
/// with answers after all copies, whichever takes over has everything.
public struct PrimaryBackupTrial: Sendable {
    /// What came of a trial.
    public struct Outcome: Hashable, Sendable {
        /// Writes that clients were told of.
        public var acknowledged: Int
        /// Those of them that the new primary does not have.
        public var lost: Int
        /// How long writes took.
        public var latencies: Latencies
    }

    /// Backups, 1 at least.
    public var backups: Int
    /// How many backups a write waits for: 0 for none, `backups` for all.
    public var copies: Int
    /// How many clients write, one write each at a time.
    public var clients = 8
    /// What the network does. It must lose nothing.
    public var network = NetworkConditions(
        delay: .uniform(.microseconds(100), .milliseconds(1)))
    /// What the disks do.
    public var disk = DiskConditions()
    /// When the primary crashes.
    public var crash = Span.milliseconds(100)
    /// How long before that its link to a backup fails.
    public var warning = Span.milliseconds(5)

    /// A trial.
    public init(backups: Int, copies: Int) {
        precondition(
            backups >= 1 && copies >= 0 && copies <= backups, "\(copies) copies of \(backups)")
        self.backups = backups
        self.copies = copies
    }

    /// Runs it.
    public func run(seed: Seed) -> Outcome {
        typealias Machine = Participant<PrimaryBackup, KeyedClient<PrimaryBackupMessage>>
        let (cluster, servers, rule) = (
            ClusterID(1), backups + 1, PrimaryBackup.Rule.after(copies)
        )
        var settings = ClientSettings(cluster: cluster, servers: [NodeID(0)])
        var load = ClientLoad()
        (load.reads, load.comparisons, load.window) = (0, 0, 1)
        settings.load = load
        let client = settings
        var simulator = Simulator<Machine>(
            nodes: servers + clients, seed: seed, network: network, disk: disk,
            make: { id, recovered, seed in
                id.place < servers
                    ? .server(PrimaryBackup(cluster: cluster, rule: rule, recovered: recovered))
                    : .client(KeyedClient(id, settings: client, seed: seed))
            })
        let others = (1..<servers).map(NodeID.init(place:))
        simulator.ask(.server(.lead(others)), of: NodeID(0))
        var outcome = Outcome(acknowledged: 0, lost: 0, latencies: Latencies())
        var asked: [RequestID: Moment] = [:]
        var told: [RequestID] = []
        func advance(to end: Moment) {
            while let occurrence = simulator.next(until: end) {
                guard case .event(.client(let event), _, let moment) = occurrence else { continue }
                switch event {
                case .invoked(let id, _, _): asked[id] = moment
                case .answered(let id, _):
                    told.append(id)
                    if let start = asked[id] { outcome.latencies.all.append(moment - start) }
                case .abandoned: break
                }
            }
        }
        var generator = seed.derived(for: "operator").generator()
        let cutOff = others[Int(generator.next(below: UInt64(others.count)))]
        advance(to: Moment(nanoseconds: 0) + crash - warning)
        simulator.inflict(.block(from: NodeID(0), to: cutOff))
        advance(to: Moment(nanoseconds: 0) + crash)
        simulator.inflict(.crash(NodeID(0)))
        // What is under way arrives, be it an answer or a copy; then the operator acts.
        advance(to: simulator.now + .milliseconds(20))
        let next = others[Int(generator.next(below: UInt64(others.count)))]
        simulator.ask(.server(.lead(others.filter { $0 != next })), of: next)
        guard case .server(let successor)? = simulator[next] else {
            preconditionFailure("\(next) is down")
        }
        let kept = Set(successor.log.map(\.id))
        outcome.acknowledged = told.count
        outcome.lost = told.count { !kept.contains($0) }
        return outcome
    }
}
