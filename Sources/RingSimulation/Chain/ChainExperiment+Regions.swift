public import Randomness
public import ShenRing
import Simulation
public import StateMachines

extension ChainExperiment {
    /// A chain across regions: a member, a warden where there are not three yet, and a client in each, in
    /// the order of the table.
    ///
    /// - Parameters:
    ///   - delays: one-way delays between regions; the row is where a message comes from.
    ///   - sync: how long a sync takes.
    ///   - reading: who answers reads; where any member does, each client reads in its own region.
    /// - Throws: `ChainError` where the table is empty.
    public static func acrossRegions(
        _ delays: [[Span]], sync: Span, reading: ChainSettings.Reading
    ) throws(ChainError) -> ChainExperiment {
        let count = delays.count
        let longest = delays.joined().max() ?? .zero
        var experiment = try ChainExperiment(
            replicas: count, clients: count, delay: longest, sync: sync)
        let nodes = experiment.servers + count
        let wardens = experiment.settings.wardens.count
        experiment.network.geography = Geography(
            regions: (0..<nodes).map { $0 < wardens ? $0 % count : ($0 - wardens) % count },
            delays: delays.map { $0.map { .constant($0) } })
        experiment.settings.reading = reading
        experiment.settings.heartbeat = max(.milliseconds(50), longest)
        experiment.settings.lease = experiment.settings.heartbeat * 10
        experiment.settings.suspicion = experiment.settings.heartbeat * 10
        experiment.settings.retry = max(.milliseconds(10), longest * 3)
        experiment.patience = experiment.settings.resend * 4
        experiment.warmUp = experiment.patience * 2 + .seconds(5)
        experiment.span = .seconds(30)
        experiment.load.reads = 0.5
        return experiment
    }

    /// What clients of each region see, beside what arithmetic says.
    ///
    /// - Precondition: made by `acrossRegions`, whose delays are constant.
    public func regions(seed: Seed) -> [ChainRegionFigures] {
        guard let geography = network.geography else {
            preconditionFailure("a chain without regions")
        }
        let delays = geography.delays.map { $0.map { $0.constant } }
        var world = ChainWorld(self, seed: seed)
        world.advance(to: Moment(nanoseconds: 0) + warmUp)
        let start = world.simulator.now
        world.advance(to: start + span)
        let last = settings.size - 1
        let syncs = model(delay: .zero, sync: disk.sync.constant)
        let violations = world.finish().violations
        let down = (0..<last).reduce(Span.zero) { $0 + delays[$1][$1 + 1] }
        return (0..<clients).map { region in
            let client = NodeID(place: servers + region)
            return ChainRegionFigures(
                region: region,
                writes: world.latencies(
                    from: start, to: start + span, reads: false, of: client),
                reads: world.latencies(
                    from: start, to: start + span, reads: true, of: client),
                modelledWrite: delays[region][0] + down + delays[last][region] + syncs.write,
                modelledTailRead: delays[region][last] + delays[last][region],
                modelledLocalRead: delays[region][region] * 2, violations: violations)
        }
    }
}

extension DelayDistribution {
    /// The delay, where it is always the same.
    fileprivate var constant: Span {
        guard case .constant(let span) = self else {
            preconditionFailure("\(self) is not constant")
        }
        return span
    }
}
