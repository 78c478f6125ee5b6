import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct LifeTests {
    @Test func `nodes that do not start are down until a restart`() {
        let cluster = Probes(3, starting: [n1])
        #expect(cluster[n0] == nil && cluster[n1] != nil && cluster[n2] == nil)
        #expect(cluster.clock(of: n0) == nil)
        #expect(cluster.inflict(.restart(n0)))
        #expect(cluster.told(until: 0).map(\.node) == [n0])
    }

    @Test func `a crash takes what waits for the node, and what comes to it while it is down`() {
        let cluster = Probes(2)
        cluster.ask(.wake(after: .milliseconds(1)), of: n1)
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.inflict(.freeze(n1))
        _ = cluster.told(until: 2 * ms)
        cluster.ask(.send([2], to: n1), of: n0)
        #expect(cluster.inflict(.crash(n1)))
        #expect(!cluster.inflict(.crash(n1)))
        _ = cluster.told(until: 4 * ms)
        #expect(cluster.traffic(of: n1).dropped(.down).messages == 2)
        cluster.inflict(.restart(n1))
        let told = cluster.told(until: 10 * ms)
        #expect(told.map(\.event) == [.started(recovered: [], Moment(nanoseconds: 4 * ms))])
        #expect(cluster.underWay == 0)
    }

    @Test func `what was under way to or from a former life may arrive in the next`() {
        let network = NetworkConditions(delay: .constant(.milliseconds(10)))
        let cluster = Probes(2, network: network)
        cluster.ask(.send([1], to: n1), of: n0)
        cluster.ask(.send([2], to: n0), of: n1)
        for node in [n0, n1] {
            cluster.inflict(.crash(node))
            cluster.inflict(.restart(node))
        }
        #expect(cluster.received(by: n1, until: 20 * ms).map(\.number) == [1])
        #expect(cluster.traffic(of: n0).received.messages == 1)
    }

    @Test func `a timer of a former life wakes nobody`() {
        let cluster = Probes(1)
        cluster.ask(.wake(after: .milliseconds(5)), of: n0)
        cluster.inflict(.crash(n0))
        cluster.inflict(.restart(n0))
        #expect(
            cluster.told(until: 20 * ms).map(\.event) == [
                .started(recovered: [], Moment(nanoseconds: 0))
            ])
    }

    @Test func `each life of each node has a seed of its own, which repeats`() {
        func seeds() -> [Seed] {
            let cluster = Probes(3, seed: Seed(9))
            var seeds: [Seed] = []
            for _ in 0..<3 {
                for node in [n0, n1, n2] {
                    if let machine = cluster[node] { seeds.append(machine.seed) }
                    cluster.inflict(.crash(node))
                    cluster.inflict(.restart(node))
                }
            }
            return seeds
        }
        #expect(seeds().count == 9)
        #expect(Set(seeds()).count == 9)
        #expect(seeds() == seeds())
    }

    @Test func `what comes to a frozen node waits, in its order, and its clock goes on`() {
        let cluster = Probes(2)
        cluster.ask(.store([5]), of: n1)
        #expect(cluster.inflict(.freeze(n1)))
        #expect(!cluster.inflict(.freeze(n1)))
        #expect(!cluster.runs(n1) && !cluster.isDown(n1))
        #expect(!cluster.ask(.store([6]), of: n1))
        cluster.ask(.send([1, 2, 3], to: n1), of: n0)
        #expect(cluster.told(until: 10 * ms).isEmpty)
        // The disk is another machine, which does not freeze.
        #expect(cluster.durable(on: n1) == [5])
        #expect(cluster.inflict(.thaw(n1)))
        #expect(!cluster.inflict(.thaw(n1)))
        let then = Moment(nanoseconds: 10 * ms)
        #expect(
            cluster.told(until: 11 * ms).map(\.event) == [
                .stored(1, then), .received(1, from: n0, then), .received(2, from: n0, then),
                .received(3, from: n0, then),
            ])
    }

    @Test func `after a thaw a timer that came meanwhile is now first and now last`() {
        var places: Set<Int> = []
        for seed in 0..<20 {
            let cluster = Probes(2, seed: Seed(UInt64(seed)))
            cluster.ask(.wake(after: .milliseconds(3)), of: n1)
            cluster.inflict(.freeze(n1))
            cluster.ask(.send([1, 2], to: n1), of: n0)
            _ = cluster.told(until: 10 * ms)
            cluster.inflict(.thaw(n1))
            let told = cluster.told(until: 20 * ms)
            #expect(told.count == 3)
            #expect(told.allSatisfy { $0.moment.nanoseconds == 10 * ms })
            for (place, one) in told.enumerated() {
                if case .woken = one.event { places.insert(place) }
            }
        }
        #expect(places == [0, 2])
    }

    @Test func `a frozen node's queue is bounded`() {
        let costs = ProcessingCosts(receive: .zero, send: .zero, queue: 3)
        let cluster = Probes(2, costs: costs)
        cluster.inflict(.freeze(n1))
        cluster.ask(.send(Array(1...10), to: n1), of: n0)
        _ = cluster.told(until: 2 * ms)
        #expect(cluster.traffic(of: n1).dropped(.overflowed).messages == 7)
        cluster.inflict(.thaw(n1))
        #expect(cluster.received(by: n1, until: 3 * ms).map(\.number) == [1, 2, 3])
    }

    @Test func `a timer that is set anew comes at its new time alone`() {
        let cluster = Probes(1)
        cluster.ask(.wake(after: .milliseconds(5)), of: n0)
        cluster.ask(.wake(after: .milliseconds(9)), of: n0)
        #expect(cluster.told(until: 20 * ms).map(\.moment.nanoseconds) == [9 * ms])
        cluster.ask(.wake(after: .milliseconds(9)), of: n0)
        cluster.ask(.wake(after: .milliseconds(5)), of: n0)
        #expect(cluster.told(until: 40 * ms).map(\.moment.nanoseconds) == [25 * ms])
        cluster.ask(.wake(after: .milliseconds(5)), of: n0)
        cluster.ask(.wake(after: nil), of: n0)
        #expect(cluster.told(until: 60 * ms).isEmpty)
    }

    @Test func `scheduled faults are told where they apply, and inflicted ones are not`() {
        let cluster = Probes(2)
        let plan = FaultPlan([
            .init(at: Moment(nanoseconds: 2 * ms), .restart(n1)),
            .init(at: Moment(nanoseconds: ms), .crash(n0)),
            .init(at: Moment(nanoseconds: 3 * ms), .thaw(n1)),
            .init(at: Moment(nanoseconds: 3 * ms), .heal),
            .init(at: Moment(nanoseconds: 4 * ms), .restart(n0)),
        ])
        cluster.schedule(plan)
        let before = cluster.steps
        #expect(cluster.faults(until: 10 * ms) == [.crash(n0), .restart(n0)])
        // Two faults and a start.
        #expect(cluster.steps == before + 3)
        cluster.inflict(.freeze(n0))
        #expect(cluster.faults(until: 20 * ms).isEmpty)
    }

    @Test func `alarms come in order, and of one moment in the order in which they were set`() {
        let cluster = Probes(1)
        for (token, at) in [(1, 5), (2, 3), (3, 5), (4, 0)] {
            cluster.alarm(token, at: Int64(at))
        }
        var tokens: [Int] = []
        while case .alarm(let token, let moment)? = cluster.next(until: 9) {
            tokens.append(token)
            #expect(cluster.now == moment)
        }
        #expect(tokens == [4, 2, 1, 3])
    }
}
