import Testing

@testable import Measurement

@Suite struct GapAttributionTests {
    private typealias Gap = GapAttribution.Gap
    private typealias Slice = GapAttribution.SliceEvents

    private func gap(_ microseconds: Double, in slice: Int = 0) -> Gap {
        Gap(length: microseconds * 1e3, slice: slice)
    }

    private func interrupts(_ count: Int) -> JitterEvents {
        JitterEvents(interrupts: [.init(source: "LOC", count: count)])
    }

    @Test func `a switch explains the longest gap of its own slice alone`() {
        let causes = GapAttribution.causes(
            of: [gap(5), gap(900), gap(2000, in: 1), gap(7, in: 2)],
            slices: [
                Slice(slice: 0, involuntary: 1, voluntary: 0, migrated: false),
                Slice(slice: 2, involuntary: 0, voluntary: 1, migrated: false),
            ], events: JitterEvents())
        #expect(causes == [.unknown, .preempted, .unknown, .waited])
    }

    @Test func `as many gaps as switches are explained by them, and no more`() {
        let causes = GapAttribution.causes(
            of: [gap(5), gap(900), gap(40), gap(300)],
            slices: [Slice(slice: 0, involuntary: 2, voluntary: 0, migrated: false)],
            events: JitterEvents())
        #expect(causes == [.unknown, .preempted, .unknown, .preempted])
    }

    @Test func `a move to another core is one, though the kernel counts it as a switch too`() {
        let causes = GapAttribution.causes(
            of: [gap(5), gap(900)],
            slices: [Slice(slice: 0, involuntary: 1, voluntary: 0, migrated: true)],
            events: JitterEvents())
        #expect(causes == [.unknown, .migrated])
    }

    @Test func `a quota explains switches as far as its time reaches, the longest first`() {
        let gaps = [gap(20_000), gap(80_100, in: 1), gap(300, in: 2), gap(60_000, in: 3)]
        let slices = (0..<3).map {
            Slice(slice: $0, involuntary: 1, voluntary: 0, migrated: false)
        }
        func causes(_ throttled: Double?) -> [JitterCause] {
            GapAttribution.causes(
                of: gaps, slices: slices, events: JitterEvents(throttled: throttled))
        }
        // 80.1 ms are 80 and the wait for a turn; nothing is left for the others. What no switch was
        // counted for is not the quota's.
        #expect(causes(80e6) == [.preempted, .throttled, .preempted, .unknown])
        // Too little for the longest: the next is tried, and what is left explains the shortest.
        #expect(causes(20.5e6) == [.throttled, .preempted, .throttled, .unknown])
        #expect(causes(0) == [.preempted, .preempted, .preempted, .unknown])
        #expect(causes(nil) == [.preempted, .preempted, .preempted, .unknown])
    }

    @Test func `stolen time explains long gaps as far as it reaches, a clock tick more`() {
        var events = JitterEvents()
        events.stolen = 20e6
        let gaps = [gap(15_000), gap(50, in: 1), gap(14_000, in: 2), gap(6_000, in: 3)]
        // 15 and 14 ms are within 20 and a tick of 10; the 6 ms that follow are not.
        #expect(
            GapAttribution.causes(of: gaps, slices: [], events: events)
                == [.stolen, .unknown, .stolen, .unknown])
        events.stolen = 0
        #expect(
            GapAttribution.causes(of: gaps, slices: [], events: events)
                == [.unknown, .unknown, .unknown, .unknown])
    }

    @Test func `an interrupt explains one short gap, the shortest first`() {
        let gaps = [gap(9), gap(3), gap(80), gap(4)]
        #expect(
            GapAttribution.causes(of: gaps, slices: [], events: interrupts(3))
                == [.interrupt, .interrupt, .unknown, .interrupt])
    }

    @Test func `a millisecond is not laid at an interrupt's door, however many there were`() {
        #expect(
            GapAttribution.causes(
                of: [gap(1000), gap(4)], slices: [], events: interrupts(100))
                == [.unknown, .interrupt])
    }

    @Test func `what the kernel does not tell explains nothing`() {
        #expect(
            GapAttribution.causes(of: [gap(4), gap(5000)], slices: [], events: JitterEvents())
                == [.unknown, .unknown])
    }

    @Test func `a reading adds up its gaps by cause, the costliest cause first`() {
        var tally = JitterTally()
        tally.duration = 10e6
        tally.longest = 900e3
        tally.gaps = [gap(5), gap(900), gap(7, in: 3)]
        tally.slices = [Slice(slice: 0, involuntary: 1, voluntary: 0, migrated: false)]
        let reading = tally.reading(
            processingUnit: 1, elapsed: 11e6, loopCost: 100, threshold: 1000,
            events: interrupts(5))
        #expect(reading.gaps == 3)
        #expect(reading.longestGap == 900e3)
        #expect(reading.longestCause == .preempted)
        #expect(reading.lost == 912e3 - 300)
        #expect(reading.lostShare == (912e3 - 300) / 10e6)
        #expect(reading.gapRate == 300)
        #expect(
            reading.causes == [
                .init(cause: .preempted, gaps: 1, longest: 900e3, lost: 899_900),
                .init(cause: .interrupt, gaps: 2, longest: 7e3, lost: 11_800),
            ])
        #expect(reading.lengths.count == 3)
    }

    @Test func `without a gap there is no cause, and the longest difference remains`() {
        var tally = JitterTally()
        tally.duration = 10e6
        tally.longest = 800
        let reading = tally.reading(
            processingUnit: 0, elapsed: 11e6, loopCost: 30, threshold: 1000,
            events: interrupts(5))
        #expect(reading.longestCause == nil)
        #expect(reading.longestGap == 800)
        #expect(reading.lostShare == 0)
        #expect(reading.causes.isEmpty)
    }
}
