import Randomness
import Simulation
import StateMachines
import Testing

@Suite struct TraceTests {
    /// A cluster that talks, stores and times out under faults of every kind, and the digest of it.
    private static func busy(_ seed: Seed) -> Probes {
        let network = NetworkConditions(
            delay: .logNormal(median: .milliseconds(1), sigma: 0.5), loss: 0.02,
            duplication: 0.02, reordering: 0.1)
        let cluster = Probes(
            5, seed: seed, network: network,
            disk: DiskConditions(sync: .exponential(mean: .milliseconds(1)), failure: 0.001),
            clocks: ClockConditions(offset: .seconds(1), drift: 1e-4),
            costs: ProcessingCosts(receive: .microseconds(5), send: .microseconds(5)),
            bounces: true)
        var mix = FaultMix(
            interval: .milliseconds(20), duration: .milliseconds(1) ... .milliseconds(50),
            mostAway: 2)
        mix.clockJumps = 1
        mix.lostDisks = 1
        cluster.schedule(
            FaultPlan.random(
                mix, of: (0..<5).map(NodeID.init(place:)), seed: seed.derived(for: "faults"),
                from: Moment(nanoseconds: 0), to: Moment(nanoseconds: 400 * ms), calm: network))
        for turn in 0..<50 { cluster.alarm(turn, at: Int64(turn) * 10 * ms) }
        return cluster
    }

    private static func run(_ cluster: Probes, until end: Int64) {
        while let occurrence = cluster.next(until: end) {
            guard case .alarm(let turn, _) = occurrence else { continue }
            let node = NodeID(place: turn % 5)
            cluster.ask(.send([20, 20], to: NodeID(place: (turn + 1) % 5)), of: node)
            cluster.ask(.store([turn, turn]), of: node)
            cluster.ask(.wake(after: .milliseconds(7)), of: node)
        }
    }

    /// What `busy` comes to.
    static func digest(_ seed: Seed) -> TraceHash {
        let cluster = busy(seed)
        run(cluster, until: 600 * ms)
        return cluster.trace
    }

    @Test func `the same seed gives the same steps, and another one gives others`() {
        let digests = (0..<20).map { Self.digest(Seed($0)) }
        #expect(digests == (0..<20).map { Self.digest(Seed($0)) })
        #expect(Set(digests).count == 20)
    }

    @Test func `the same seed gives the same steps in another process`() async {
        // Hashing of sets and dictionaries is seeded anew in every process, and addresses differ.
        let expected = (0..<20).map { Self.digest(Seed($0)).value }
        await #expect(processExitsWith: .success) { [expected = expected as [UInt64]] in
            let digests = (0..<20).map { TraceTests.digest(Seed($0)).value }
            precondition(digests == expected, "\(digests) instead of \(expected)")
        }
    }

    @Test func `the digest does not depend on where the run is interrupted`() {
        let cluster = Self.busy(Seed(3))
        for end in stride(from: 0, through: 600 * ms, by: 777_777) { Self.run(cluster, until: end) }
        Self.run(cluster, until: 600 * ms)
        #expect(cluster.trace == Self.digest(Seed(3)))
    }

    @Test func `who is told nothing has the same steps behind it, and hears of none later`() {
        let untold = Self.busy(Seed(5))
        let told = Self.busy(Seed(5))
        // A fault that was told to nobody, and an alarm, do not wait for the next question.
        untold.ask(.tell(1), of: n0)
        untold.simulator.pass(until: Moment(nanoseconds: 300 * ms))
        told.ask(.tell(1), of: n0)
        var occurrences = 0
        while told.next(until: 300 * ms) != nil { occurrences += 1 }
        #expect(occurrences > 50)
        #expect(untold.trace == told.trace)
        #expect(untold.now == told.now)
        #expect(untold.next(until: 300 * ms) == nil)
        // From then on both tell the same.
        for cluster in [untold, told] { cluster.ask(.tell(2), of: n1) }
        let later = (untold.told(until: 600 * ms), told.told(until: 600 * ms))
        #expect(later.0 == later.1)
        #expect(!later.0.isEmpty)
        #expect(untold.trace == told.trace)
    }

    @Test func `a copy is a branch: driven alike it goes on alike, and leaves the other alone`() {
        let cluster = Self.busy(Seed(3))
        Self.run(cluster, until: 200 * ms)
        let branch = cluster.simulator
        Self.run(cluster, until: 600 * ms)
        let end = cluster.trace
        cluster.simulator = branch
        #expect(cluster.trace != end)
        Self.run(cluster, until: 600 * ms)
        #expect(cluster.trace == end)
        cluster.simulator = branch
        cluster.inflict(.crash(n0))
        Self.run(cluster, until: 600 * ms)
        #expect(cluster.trace != end)
    }

    @Test func `whatever differs in a step differs in the digest`() {
        func digest(_ change: (Probes) -> Void) -> TraceHash {
            let cluster = Probes(3)
            change(cluster)
            _ = cluster.told(until: 20 * ms)
            return cluster.trace
        }
        let changes: [(Probes) -> Void] = [
            { _ in },
            { $0.ask(.tell(1), of: n0) },
            { $0.ask(.tell(1), of: n1) },
            { $0.ask(.send([1], to: n1), of: n0) },
            { $0.ask(.send([1], to: n2), of: n0) },
            { $0.ask(.send([1, 1], to: n2), of: n0) },
            { $0.ask(.store([1]), of: n0) },
            { $0.ask(.store([1, 1]), of: n0) },
            { $0.ask(.wake(after: .milliseconds(1)), of: n0) },
            { $0.ask(.wake(after: .milliseconds(2)), of: n0) },
            { $0.ask(.wake(after: .milliseconds(90)), of: n0) },
            { $0.inflict(.crash(n0)) },
            { $0.inflict(.crash(n0, disk: .tears)) },
            { $0.inflict(.freeze(n0)) },
            { $0.schedule(.freeze(n0), at: 1) },
            { $0.inflict(.block(from: n0, to: n1)) },
            { $0.inflict(.block(from: n1, to: n0)) },
        ]
        #expect(Set(changes.map(digest)).count == changes.count)
        // What messages say shows where the harness digests it.
        #expect(
            digest { $0.ask(.send([1], to: n1), of: n0) }
                == digest { $0.ask(.send([2], to: n1), of: n0) })
        let said = [1, 2].map { number in
            digest {
                $0.simulator.digest = { UInt64($0) }
                $0.ask(.send([number], to: n1), of: n0)
            }
        }
        #expect(said[0] != said[1])
    }

    @Test func `what one node draws shifts nothing that another draws`() {
        func arrivals(extra: Int) -> [Int64] {
            let cluster = Probes(
                3, network: .init(delay: .exponential(mean: .milliseconds(1)), loss: 0.3))
            cluster.ask(.send(Array(repeating: 0, count: extra), to: n2), of: n1)
            cluster.ask(.store(Array(repeating: 0, count: extra)), of: n1)
            cluster.ask(.send(Array(1...50), to: n2), of: n0)
            return cluster.received(by: n2, until: 1_000 * ms).filter { $0.number > 0 }.map(\.at)
        }
        #expect(arrivals(extra: 0) == arrivals(extra: 17))
        #expect(arrivals(extra: 0).count > 20)
    }

    @Test func `no pair of words folds like its reverse or like none`() {
        var digests: Set<TraceHash> = [TraceHash()]
        for first in UInt64(0)..<40 {
            for second in UInt64(0)..<40 {
                var hash = TraceHash()
                hash.fold(first, second)
                digests.insert(hash)
            }
        }
        #expect(digests.count == 1_601)
        #expect(TraceHash().description.count == 16)
    }
}
