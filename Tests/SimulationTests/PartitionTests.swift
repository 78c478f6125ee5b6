import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct PartitionTests {
    /// Which node reaches which, as pairs.
    private static func reached(_ cluster: Probes) -> Set<[UInt32]> {
        let nodes = (0..<4).map(NodeID.init(place:))
        for sender in nodes {
            for receiver in nodes where receiver != sender {
                cluster.ask(.send([0], to: receiver), of: sender)
            }
        }
        let end = cluster.now + .milliseconds(10)
        return Set(
            cluster.told(until: end.nanoseconds).compactMap { told in
                guard case .received(_, let sender, _) = told.event else { return nil }
                return [sender.rawValue, told.node.rawValue]
            })
    }

    private static let all: Set<[UInt32]> = [
        [0, 1], [0, 2], [0, 3], [1, 0], [1, 2], [1, 3], [2, 0], [2, 1], [2, 3], [3, 0], [3, 1],
        [3, 2],
    ]

    @Test func `nodes reach each other within their group alone, and one in none is alone`() {
        let cluster = Probes(4)
        #expect(cluster.inflict(.partition([[n0, n1], [n2]])))
        #expect(Self.reached(cluster) == [[0, 1], [1, 0]])
        #expect(cluster.inflict(.heal))
        #expect(!cluster.inflict(.heal))
        #expect(Self.reached(cluster) == Self.all)
    }

    @Test func `a node in two groups is a bridge, which passes nothing on by itself`() {
        let cluster = Probes(4)
        cluster.inflict(.partition([[n0, n1], [n1, n2, n3]]))
        #expect(
            Self.reached(cluster) == [
                [0, 1], [1, 0], [1, 2], [2, 1], [1, 3], [3, 1], [2, 3], [3, 2],
            ])
    }

    @Test func `a later partition takes the place of the one before`() {
        let cluster = Probes(4)
        cluster.inflict(.partition([[n0, n1], [n2, n3]]))
        cluster.inflict(.partition([[n0, n2]]))
        #expect(Self.reached(cluster) == [[0, 2], [2, 0]])
    }

    @Test func `a blocked link is blocked one way, beside a partition, until it is healed`() {
        let cluster = Probes(4)
        #expect(cluster.inflict(.block(from: n0, to: n1)))
        #expect(!cluster.inflict(.block(from: n0, to: n1)))
        #expect(Self.reached(cluster) == Self.all.subtracting([[0, 1]]))
        cluster.inflict(.partition([[n0, n1]]))
        #expect(Self.reached(cluster) == [[1, 0]])
        cluster.inflict(.heal)
        #expect(Self.reached(cluster) == Self.all)
    }

    @Test(arguments: [0, 0.3, 1])
    func `of messages under way when a link is cut so many arrive as the conditions say`(
        crossing: Double
    ) {
        let network = NetworkConditions(delay: .constant(.milliseconds(2)), crossing: crossing)
        let cluster = Probes(2, seed: Seed(5), network: network)
        cluster.ask(.send(Array(0..<10_000), to: n1), of: n0)
        cluster.schedule(.partition([[n0], [n1]]), at: ms)
        let arrived = cluster.received(by: n1, until: 10 * ms).count
        #expect(isNear(Double(arrived) / 10_000, crossing, of: 10_000))
        #expect(cluster.traffic(of: n0).dropped(.cut).messages == 10_000 - arrived)
    }

    @Test func `a message that arrives after its link is healed has not met the cut`() {
        let network = NetworkConditions(delay: .constant(.milliseconds(5)), crossing: 0)
        let cluster = Probes(2, network: network)
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.schedule(.partition([]), at: ms)
        cluster.schedule(.heal, at: 2 * ms)
        #expect(cluster.received(by: n1, until: 10 * ms).map(\.number) == [1])
    }

    @Test
    func
        `what is sent while a link is cut is lost, even where it is healed before it would arrive`()
    {
        let network = NetworkConditions(delay: .constant(.milliseconds(5)))
        let cluster = Probes(2, network: network)
        cluster.inflict(.block(from: n0, to: n1))
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.inflict(.heal)
        #expect(cluster.received(by: n1, until: 10 * ms).isEmpty)
        #expect(cluster.traffic(of: n0).dropped(.cut).messages == 1)
    }
}
