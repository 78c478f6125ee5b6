import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct NetworkTests {
    private static func share(
        of count: Int = 20_000, _ network: NetworkConditions,
        _ counted: (Traffic, Traffic) -> Int
    ) -> Double {
        let cluster = Probes(2, seed: Seed(3), network: network)
        cluster.ask(.send(Array(0..<count), to: n1), of: n0)
        _ = cluster.told(until: 10_000 * ms)
        return Double(counted(cluster.traffic(of: n0), cluster.traffic(of: n1)))
            / Double(count)
    }

    @Test func `a message arrives once, after its delay`() {
        let cluster = Probes(2)
        cluster.ask(.send([7], to: n1), of: n0)
        #expect(
            cluster.told(until: 5 * ms) == [
                Told(
                    event: .received(7, from: n0, Moment(nanoseconds: ms)), node: n1,
                    moment: Moment(nanoseconds: ms))
            ])
        #expect(cluster.now == Moment(nanoseconds: 5 * ms))
    }

    @Test func `a message to itself comes back in a later step, whatever the network`() {
        let cluster = Probes(2, network: .init(loss: 1))
        cluster.inflict(.partition([]))
        cluster.ask(.send([7], to: n0), of: n0)
        let received = cluster.received(by: n0, until: 0)
        #expect(received.map(\.number) == [7])
        #expect(received.map(\.at) == [0])
    }

    @Test func `the share of lost messages is that of the conditions`() {
        // Four standard deviations of a binomial share of 20 000.
        let lost = Self.share(.init(loss: 0.1)) { sender, _ in sender.dropped(.lost).messages }
        #expect(isNear(lost, 0.1, of: 20_000))
        #expect(Self.share(.init(loss: 1)) { $1.received.messages } == 0)
        #expect(Self.share(.init(loss: 0)) { $1.received.messages } == 1)
    }

    @Test func `the share of doubled messages is that of the conditions, and both copies come`() {
        let network = NetworkConditions(duplication: 0.2)
        let doubled = Self.share(network) { sender, _ in sender.duplicated.messages }
        #expect(isNear(doubled, 0.2, of: 20_000))
        #expect(Self.share(network) { $1.received.messages } == 1 + doubled)
        #expect(Self.share(.init(duplication: 1)) { $1.received.messages } == 2)
    }

    @Test func `the second copy of a message has a delay of its own`() {
        let network = NetworkConditions(
            delay: .uniform(.zero, .milliseconds(100)), duplication: 1)
        let cluster = Probes(2, seed: Seed(3), network: network)
        cluster.ask(.send(Array(0..<100), to: n1), of: n0)
        let received = cluster.received(by: n1, until: 100 * ms)
        for number in 0..<100 {
            #expect(Set(received.filter { $0.number == number }.map(\.at)).count == 2)
        }
    }

    @Test func `reordered messages are late by what the conditions say, and others are not`() {
        let network = NetworkConditions(
            delay: .constant(.milliseconds(1)), reordering: 0.25,
            lateness: .constant(.milliseconds(3)))
        let cluster = Probes(2, seed: Seed(4), network: network)
        cluster.ask(.send(Array(0..<10_000), to: n1), of: n0)
        let received = cluster.received(by: n1, until: 100 * ms)
        let late = received.filter { $0.at == 4 * ms }
        #expect(received.count == 10_000)
        #expect(received.allSatisfy { $0.at == ms || $0.at == 4 * ms })
        #expect(isNear(Double(late.count) / 10_000, 0.25, of: 10_000))
        // Messages of one delay keep their order: what is late is overtaken by all that is not.
        #expect(late.map(\.number) == late.map(\.number).sorted())
    }

    @Test func `messages leave a link with a bandwidth one behind the other`() {
        // 64 bytes at 64 000 a second: a millisecond each.
        let network = NetworkConditions(delay: .constant(.milliseconds(5)), bandwidth: 64_000)
        let cluster = Probes(3, network: network)
        cluster.ask(.send([1, 2, 3], to: n1), of: n0)
        cluster.ask(.send([4], to: n2), of: n0)
        // 10 ms later the link is free again.
        cluster.alarm(0, at: 10 * ms)
        var arrivals: [Int64] = []
        while let occurrence = cluster.next(until: 50 * ms) {
            switch occurrence {
            case .alarm: cluster.ask(.send([5], to: n1), of: n0)
            case .event(_, _, let moment): arrivals.append(moment.nanoseconds / ms)
            case .fault: Issue.record("no fault was scheduled")
            }
        }
        // To n1 at 6, 7 and 8, to n2, which is another link, at 6 as well.
        #expect(arrivals == [6, 6, 7, 8, 16])
    }

    @Test func `what exceeds the backlog of a link is dropped at its tail`() {
        let network = NetworkConditions(
            delay: .constant(.zero), bandwidth: 64_000, backlog: 2 * 64)
        let cluster = Probes(2, network: network)
        cluster.ask(.send(Array(1...10), to: n1), of: n0)
        // One leaves, two wait behind it.
        #expect(cluster.received(by: n1, until: 100 * ms).map(\.number) == [1, 2, 3])
        #expect(cluster.traffic(of: n0).dropped(.congested).messages == 7)
    }

    @Test func `what would take a link longer than an hour is dropped`() {
        let network = NetworkConditions(
            delay: .constant(.zero), bandwidth: 1, backlog: 1 << 40)
        let cluster = Probes(2, network: network, size: { $0 })
        // The second would have left after 3 700 s, the third, which is small, at 3 600.
        cluster.ask(.send([3_500, 200, 100], to: n1), of: n0)
        let received = cluster.received(by: n1, until: 4_000_000 * ms)
        #expect(received.map(\.number) == [3_500, 100])
        #expect(received.map(\.at) == [3_500_000 * ms, 3_600_000 * ms])
        #expect(cluster.traffic(of: n0).dropped(.congested).messages == 1)
    }

    @Test func `where nodes stand gives the delay between them, each way its own`() {
        let near = DelayDistribution.constant(.milliseconds(1))
        let out = DelayDistribution.constant(.milliseconds(30))
        let back = DelayDistribution.constant(.milliseconds(40))
        let geography = Geography(regions: [0, 0, 1], delays: [[near, out], [back, near]])
        let cluster = Probes(3, network: .init(geography: geography))
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.ask(.send([2], to: n2), of: n0)
        cluster.ask(.send([3], to: n0), of: n2)
        let told = cluster.told(until: 100 * ms)
        #expect(told.map(\.node) == [n1, n2, n0])
        #expect(told.map(\.moment.nanoseconds) == [ms, 30 * ms, 40 * ms])
    }

    @Test func `one link can differ from the network, one way, until it no longer does`() {
        let cluster = Probes(2)
        let slow = NetworkConditions(delay: .constant(.milliseconds(50)))
        #expect(cluster.inflict(.link(from: n0, to: n1, slow)))
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.ask(.send([2], to: n0), of: n1)
        #expect(cluster.told(until: 100 * ms).map(\.moment.nanoseconds) == [ms, 50 * ms])
        #expect(cluster.inflict(.link(from: n0, to: n1, nil)))
        #expect(!cluster.inflict(.link(from: n0, to: n1, nil)))
        cluster.ask(.send([3], to: n1), of: n0)
        #expect(cluster.received(by: n1, until: 200 * ms).map(\.at) == [101 * ms])
    }

    @Test func `a network that changes leaves messages under way alone`() {
        let cluster = Probes(2)
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.inflict(.network(.init(loss: 1)))
        cluster.ask(.send([2], to: n1), of: n0)
        #expect(cluster.received(by: n1, until: 10 * ms).map(\.number) == [1])
    }

    @Test func `messages to nodes that there are not are counted, and no more`() {
        let cluster = Probes(1)
        cluster.ask(.send([1, 2], to: NodeID(9)), of: n0)
        #expect(cluster.told(until: ms).isEmpty)
        #expect(cluster.traffic(of: n0).dropped(.unknownReceiver).messages == 2)
    }

    @Test func `the harness sees deliveries, and drops what it chooses`() {
        let cluster = Probes(2)
        cluster.simulator.drops = { number, _, _, _ in number.isMultiple(of: 2) }
        var seen: [Int] = []
        cluster.simulator.onDelivery = { number, _, _, _ in seen.append(number) }
        cluster.ask(.send(Array(0..<6), to: n1), of: n0)
        #expect(cluster.received(by: n1, until: 10 * ms).map(\.number) == [1, 3, 5])
        #expect(seen == [1, 3, 5])
        #expect(cluster.traffic(of: n0).dropped(.intercepted).messages == 3)
    }

    @Test func `every message is received, dropped or under way, and its bytes with it`() {
        let network = NetworkConditions(
            delay: .exponential(mean: .milliseconds(3)), loss: 0.1, duplication: 0.1,
            reordering: 0.2, bandwidth: 100_000, backlog: 1_000, crossing: 0.3)
        let cluster = Probes(
            5, seed: Seed(11), network: network,
            costs: ProcessingCosts(receive: .microseconds(80), send: .microseconds(10), queue: 5),
            bounces: true, size: { $0 })
        let nodes = (0..<5).map(NodeID.init(place:))
        let mix = FaultMix(
            interval: .milliseconds(10), duration: .milliseconds(1) ... .milliseconds(20),
            mostAway: 2)
        cluster.schedule(
            FaultPlan.random(
                mix, of: nodes, seed: Seed(12), from: Moment(nanoseconds: 0),
                to: Moment(nanoseconds: 800 * ms), calm: network))
        for moment in 0..<100 { cluster.alarm(moment, at: Int64(moment) * 9 * ms) }
        var causes: Set<Traffic.Drop> = []
        while let occurrence = cluster.next(until: 1_000 * ms) {
            guard case .alarm(let number, _) = occurrence else { continue }
            for node in nodes {
                cluster.ask(.send([200, 100 + number], to: nodes[number % 5]), of: node)
            }
            var (given, ended) = (Traffic.Count(), Traffic.Count())
            for node in nodes {
                let traffic = cluster.traffic(of: node)
                given = given + traffic.sent + traffic.duplicated
                ended = ended + traffic.received + traffic.dropped
                causes.formUnion(Traffic.Drop.allCases.filter { traffic.dropped($0).messages > 0 })
            }
            #expect(given.messages - ended.messages == cluster.underWay)
            #expect(given.bytes >= ended.bytes)
        }
        // Each way to lose one was met.
        #expect(causes == [.lost, .cut, .congested, .down, .overflowed])
    }
}
