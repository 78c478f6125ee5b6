import Randomness
import StateMachines
import Testing

@testable import Simulation

@Suite struct ClockTests {
    @Test func `clocks without offset and drift read what the simulator's does`() {
        let cluster = Probes(1)
        #expect(cluster.clock(of: n0) == Moment(nanoseconds: 0))
        _ = cluster.told(until: 7 * ms)
        #expect(cluster.clock(of: n0) == Moment(nanoseconds: 7 * ms))
    }

    @Test func `offsets fill the range that the conditions allow, and no clock reads below zero`() {
        let clocks = ClockConditions(offset: .milliseconds(10))
        let cluster = Probes(2_000, seed: Seed(6), clocks: clocks)
        let readings = (0..<2_000).compactMap { cluster.clock(of: NodeID(place: $0))?.nanoseconds }
        #expect(readings.count == 2_000)
        #expect(readings.allSatisfy { (0...20 * ms).contains($0) })
        // Of 2 000 uniform draws the extremes are within a hundredth of the ends.
        #expect(readings.min().map { $0 < ms / 5 } == true)
        #expect(readings.max().map { $0 > 20 * ms - ms / 5 } == true)
    }

    @Test func `drifting clocks gain and lose up to the share that the conditions allow`() {
        let cluster = Probes(1_000, seed: Seed(6), clocks: ClockConditions(drift: 1e-3))
        _ = cluster.told(until: 1_000 * ms)
        let gains = (0..<1_000).compactMap { place in
            cluster.clock(of: NodeID(place: place)).map { $0.nanoseconds - 1_000 * ms }
        }
        #expect(gains.allSatisfy { abs($0) <= ms })
        #expect(gains.contains { $0 > ms * 9 / 10 } && gains.contains { $0 < -ms * 9 / 10 })
    }

    @Test func `a node is woken at the first moment at which its clock reads its deadline`() {
        let clocks = ClockConditions(offset: .seconds(3), drift: 0.4)
        for seed in 0..<50 {
            let cluster = Probes(1, seed: Seed(UInt64(seed)), clocks: clocks)
            _ = cluster.told(until: 12_345_678)
            guard let before = cluster.clock(of: n0) else { return #expect(Bool(false)) }
            cluster.ask(.wake(after: .milliseconds(700)), of: n0)
            let told = cluster.told(until: 2_000 * ms)
            guard case .woken(let reading)? = told.first?.event else {
                Issue.record("seed \(seed): not woken")
                continue
            }
            // A fast clock may leap over the nanosecond itself.
            #expect((0...1).contains((reading - before).nanoseconds - 700 * ms))
        }
    }

    @Test func `readings and moments are inverse to each other`() {
        var generator = Seed(4).generator()
        for drift in [0, 1e-9, 1e-4, 0.5] {
            let conditions = ClockConditions(offset: .seconds(1), drift: drift)
            var clock = NodeClock(conditions, at: 1_000, &generator)
            for _ in 0..<500 {
                let span = Int64(generator.next(below: 1 << generator.next(below: 56)))
                let now = 1_000 + span
                let reading = clock.reading(at: now)
                let first = clock.moment(of: reading)
                #expect(first <= now)
                #expect(clock.reading(at: first) == reading)
                #expect(first == 1_000 || clock.reading(at: first - 1) < reading)
            }
            let before = clock.reading(at: 2_000)
            clock.leap(by: 500, at: 2_000)
            #expect(clock.reading(at: 2_000) == before + 500)
            #expect(clock.moment(of: before) == 2_000)
            #expect(clock.moment(of: .max) == .max || drift == 0)
            #expect(clock.moment(of: .min) == 2_000)
        }
    }

    @Test func `a clock that leaps ahead brings deadlines closer`() {
        let cluster = Probes(1)
        cluster.ask(.wake(after: .milliseconds(10)), of: n0)
        cluster.schedule(.clock(n0, jump: .milliseconds(6)), at: 2 * ms)
        let told = cluster.told(until: 20 * ms)
        #expect(told.map(\.moment.nanoseconds) == [4 * ms])
        #expect(told.map(\.event) == [.woken(Moment(nanoseconds: 10 * ms))])
    }

    @Test func `a leap beyond a deadline wakes at once`() {
        let cluster = Probes(1)
        cluster.ask(.wake(after: .milliseconds(10)), of: n0)
        cluster.inflict(.clock(n0, jump: .seconds(1)))
        #expect(cluster.told(until: 0).map(\.event) == [.woken(Moment(nanoseconds: 1_000 * ms))])
    }

    @Test func `a new life has a clock of its own`() {
        let cluster = Probes(1, clocks: ClockConditions(offset: .seconds(1)))
        var readings: Set<Moment?> = []
        for _ in 0..<5 {
            readings.insert(cluster.clock(of: n0))
            cluster.inflict(.crash(n0))
            #expect(!cluster.inflict(.clock(n0, jump: .seconds(1))))
            cluster.inflict(.restart(n0))
        }
        #expect(readings.count == 5)
    }
}
