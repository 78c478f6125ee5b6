import Channels
import Hardware
import Measurement
import Randomness
import Testing

@testable import Benchmarks

/// What the benchmarks of channels beside their streams rest on.
@Suite struct ChannelNeighboursTests {
    @Test(arguments: [2, 8, 64])
    func `neighbouring channels lie side by side, and the others far apart`(capacity: Int) {
        let (near, far) = NeighbouringChannels.make(capacity: capacity)
        // A channel of 64 has fewer than 2048 bytes.
        #expect((1...2048).contains(near.distance), "\(near.distance)")
        #expect(far.distance >= 1 << 19, "\(far.distance)")
        for pair in [near, far] {
            pair.initiate(iterations: 100)
            pair.respond(iterations: 100)
            #expect(!pair.hasDefect)
        }
    }

    @Test func `more threads than two may be taken off their cores, two may not`() throws {
        let description = ChannelThroughput<ManyToMany>.description
        for (producers, consumers, isBlocking) in [
            ("1", "1", false), ("2", "1", true), ("1", "2", true), ("4", "4", true),
        ] {
            let parameters = try ParameterSet([("producers", producers), ("consumers", consumers)])
            #expect(description.isBlocking(under: parameters) == isBlocking)
        }
        #expect(!ChannelThroughput<OneToOne>.description.isBlocking(under: ParameterSet()))
        #expect(ChannelSuspension.description.isBlocking(under: ParameterSet()))
    }
}

/// In one suite with the benchmark that stops threads: one at a time in a process can.
extension BenchmarkRunsTests {
    private static let suspensionUnits = (try? ThreadBinding.allowedPUs().indexes) ?? []

    private func turn(
        patience: Double, stopsConsumer: Bool, stops: Int
    ) -> SuspensionTurn {
        SuspensionTurn(
            capacity: 64, stopsConsumer: stopsConsumer, stops: stops, patience: patience,
            generator: Seed(5).generator(), unit: Self.suspensionUnits[1])
    }

    @Test(
        .enabled(if: suspensionUnits.count > 1, "needs two processing units"),
        arguments: [false, true])
    func `a thread that is stopped with a lock stalls the others`(stopsConsumer: Bool) throws {
        // The victim has the lock for about half of the time that it runs; where much else runs, it
        // mostly waits for its core, without.
        var outcome = SuspensionTurn.Outcome()
        for _ in 0..<30 where outcome.holding == 0 {
            outcome = try turn(patience: 2e6, stopsConsumer: stopsConsumer, stops: 60).control()
        }
        #expect(outcome.holding > 0 && outcome.midOperation >= outcome.holding)
        // Who has the lock and is stopped always stalls the others.
        #expect(outcome.stalled >= outcome.holding)
        #expect(outcome.stalled <= outcome.stops && outcome.stops <= 60)
    }

    @Test(
        .enabled(if: suspensionUnits.count > 1, "needs two processing units"),
        arguments: [false, true])
    func `a thread that is stopped beside the others' way stalls nobody`(
        stopsConsumer: Bool
    ) throws {
        // The other producer and the calling thread have a queue of their own.
        let (shared, own) = (LockedQueue(capacity: 64), LockedQueue(capacity: 64))
        let outcome = try turn(patience: 2e9, stopsConsumer: stopsConsumer, stops: 20).run(
            [HeldEnd(LockedSender(queue: own)), HeldEnd(LockedSender(queue: shared))],
            [HeldEnd(LockedReceiver(queue: own)), HeldEnd(LockedReceiver(queue: shared))])
        #expect(outcome.stalled == 0 && outcome.stops == 20)
    }
}
