import Quantities
import Randomness
import ShenRing
import Simulation
import StateMachines
import StorageFaults
import TestSupport
import Testing

@testable import Shen

/// The log over both replications.
@Suite struct PartitionTests {
    private static let cluster = ClusterID(77)

    private static func settings(
        _ nodes: Int, _ mistake: PartitionMistake?
    ) -> PartitionSettings {
        var settings = PartitionSettings(
            cluster: cluster, key: 5, replicas: (0..<nodes).map(NodeID.init(place:)))
        settings.retry = .milliseconds(40)
        settings.planted = Planted(mistake)
        return settings
    }

    private static func quorum(
        _ seed: Seed, planting mistake: PartitionMistake? = nil
    ) -> PartitionWorld<QuorumNode> {
        var quorum = QuorumSettings(cluster: cluster)
        quorum.electionTimeout = .milliseconds(60)
        quorum.heartbeat = .milliseconds(12)
        let nodes = (0..<3).map(NodeID.init(place:))
        // Often enough that a replica which was away is given a snapshot.
        return PartitionWorld(
            3, seed: seed, settings: settings(3, mistake),
            compaction: { .compact(through: $0, application: []) }
        ) { [quorum] id, recovered, seed in
            do throws(QuorumError) {
                return try QuorumNode(
                    id, settings: quorum, origin: .founding(nodes), recovered: recovered,
                    seed: seed)
            } catch { preconditionFailure("\(error)") }
        }
    }

    private static func chain(
        _ seed: Seed, planting mistake: PartitionMistake? = nil
    ) -> PartitionWorld<ChainNode> {
        let nodes = (0..<3).map(NodeID.init(place:))
        // Keeps more entries than the run has: a chain compacts by itself, behind or not.
        let chain = ChainSettings(cluster: cluster, wardens: nodes, replicas: nodes, size: 3)
        return PartitionWorld(3, seed: seed, settings: settings(3, mistake)) {
            [chain] id, recovered, seed in
            do throws(ChainError) {
                return try ChainNode(id: id, settings: chain, recovered: recovered, seed: seed)
            } catch { preconditionFailure("\(error)") }
        }
    }

    @Test func `over a quorum, replicas have the same log, each answered append once`() {
        var restored = 0
        for round in 0..<testRounds(8) {
            var world = Self.quorum(testSeed.derived(for: round))
            world.run(appends: 400)
            #expect(world.violations == [], "round \(round), \(replay)")
            #expect(world.answered.count > 150 && world.faults > 5, "round \(round), \(replay)")
            restored += world.restored
        }
        #expect(restored > 0, "\(replay)")
    }

    @Test func `over a chain, replicas have the same log, each answered append once`() {
        for round in 0..<testRounds(8) {
            var world = Self.chain(testSeed.derived(for: round))
            world.run(appends: 400)
            #expect(world.violations == [], "round \(round), \(replay)")
            #expect(world.answered.count > 150 && world.faults > 5, "round \(round), \(replay)")
        }
    }

    @Test(arguments: PartitionMistake.allCases)
    func `each planted mistake in a replicated log is found`(mistake: PartitionMistake) {
        var rounds = 0
        var found: String?
        while found == nil, rounds < 100 {
            rounds += 1
            var quorum = Self.quorum(Seed(1).derived(for: rounds), planting: mistake)
            quorum.run(appends: 250)
            var chain = Self.chain(Seed(2).derived(for: rounds), planting: mistake)
            chain.run(appends: 250)
            found = quorum.violations.first ?? chain.violations.first
        }
        #expect(found != nil, "\(mistake), in \(rounds) rounds")
    }

    @Test func `a command comes back from its bytes, and from no others`() {
        let record: [UInt8] = [1, 2, 3]
        var batch = RecordBatch(record.span, time: Moment(nanoseconds: 5))
        batch.add(Swift.Span())
        let command = PartitionCommand(batch, stamp(3, 4, 5))
        let bytes = command.bytes
        #expect(PartitionCommand(bytes.span) == command)
        for count in 0..<bytes.count {
            #expect(PartitionCommand(Array(bytes.prefix(count)).span) == nil)
        }
        #expect(PartitionCommand((bytes + [0]).span) == nil)
    }
}
