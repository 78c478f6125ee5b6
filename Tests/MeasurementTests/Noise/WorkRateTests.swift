import Quantities
import Testing

@testable import Measurement

@Suite struct WorkRateTests {
    private typealias Rate = WorkReading.Rate

    private func steady(_ value: Double, _ count: Int) -> [Double] {
        [Double](repeating: value, count: count)
    }

    @Test func `a rate is the median, the fastest and the slow end of its chunks`() {
        let rate = Rate(chunks: (1...300).map(Double.init))
        #expect(rate.chunks == 300)
        #expect(rate.fastest == 1)
        #expect(rate.median == 150.5)
        #expect(rate.p99 == 297)
    }

    @Test func `drift is the slowest tenth over the fastest, and single slow chunks are none`() {
        let slowed = Rate(chunks: steady(10, 170) + steady(12, 30))
        #expect(slowed.drift == 1.2)
        let interrupted = Rate(chunks: (0..<200).map { $0 % 10 == 3 ? 500 : 10 })
        #expect(interrupted.drift == 1)
    }

    @Test func `what too few chunks cannot carry is missing`() {
        let rate = Rate(chunks: steady(10, 99))
        #expect(rate.drift == nil)
        #expect(rate.p99 == nil)
        #expect(Rate(chunks: [5, 7]).median == 6)
    }

    @Test func `dependent work that slows is a clock's doing, independent alone a neighbour's`() {
        let even = Rate(chunks: steady(10, 200))
        let slowed = Rate(chunks: steady(10, 100) + steady(13, 100))
        func change(_ chain: Rate, _ wide: Rate) -> WorkReading.Change? {
            WorkReading(processingUnit: 0, chain: chain, wide: wide).change
        }
        #expect(change(even, even) == nil)
        #expect(change(slowed, slowed) == .slowerClock)
        #expect(change(slowed, even) == .slowerClock)
        #expect(change(even, slowed) == .sharedCore)
        #expect(change(Rate(chunks: [10]), slowed) == nil)
        // Both drift by a little, and by the same: neither is beyond what a clock explains.
        let drifted = Rate(chunks: steady(100, 100) + steady(104, 100))
        let alike = Rate(chunks: steady(100, 100) + steady(107, 100))
        #expect(change(drifted, alike) == nil)
    }

    @Test func `a core works for the time that it was given`() {
        let clock = TickClock(calibratingFor: .milliseconds(2))
        let reading = WorkRate(clock: clock, duration: .milliseconds(5)).run()
        #expect(reading.chain.chunks == reading.wide.chunks)
        #expect(reading.chain.chunks >= 300)
        #expect(reading.chain.p99 != nil && reading.wide.drift != nil)
        #expect(reading.chain.fastest > 0)
        #expect(reading.chain.median >= reading.chain.fastest)
        #expect(reading.wide.median >= reading.wide.fastest)
    }

    @Test func `both pieces of work depend on all of their steps`() {
        // The chain by hand: x ← x·m + 1, as often as the loop says.
        var value: UInt64 = 7
        for _ in 0..<FixedWork.chainSteps { value = value &* 6_364_136_223_846_793_005 &+ 1 }
        #expect(FixedWork.chain(7) == value)
        #expect(FixedWork.wide(1) != FixedWork.wide(2))
    }
}
