import Quantities
import Testing

@testable import Measurement

@Suite struct TickClockTests {
    private let clock = TickClock(calibratingFor: .milliseconds(5))

    @Test func `calibration gives a rate, a cost and a resolution that are possible`() {
        let found = clock.calibration
        #expect(found.ticksPerNanosecond > 0.01 && found.ticksPerNanosecond < 20)
        #expect(found.regionCost > 0)
        #expect(found.resolution > 0)
    }

    @Test func `ticks and the kernel's clock agree on a span`() {
        let (from, start) = (TickClock.monotonicRaw(), clock.begin())
        while TickClock.monotonicRaw() - from < 20_000_000 {}
        let ticks = clock.nanoseconds(from: start, to: clock.end())
        let kernel = Double(TickClock.monotonicRaw() - from)
        // Loose: the machine may take the thread away between two readings.
        #expect(ticks > 0.9 * 20e6 && ticks <= kernel * 1.01, "\(ticks) \(kernel)")
    }

    @Test func `readings never run backwards on one thread`() {
        var last = clock.begin()
        for _ in 0..<10_000 {
            let next = clock.begin()
            #expect(next >= last)
            last = next
        }
    }
}
