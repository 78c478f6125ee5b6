import Counters
import Foundation
import Glibc
import Hardware
import Quantities
import Synchronization
import Testing

@testable import Measurement

@Suite struct JitterProbeTests {
    private let clock = TickClock(calibratingFor: .milliseconds(2))

    private func unit() throws -> Int { try #require(try ThreadBinding.allowedPUs().first) }

    @Test func `a probe watches its core for the time that it was given, and its parts add up`()
        throws
    {
        let unit = try unit()
        let reading = try JitterProbe(clock: clock, duration: .milliseconds(10)).run(on: unit)
        #expect(reading.processingUnit == unit)
        #expect(reading.elapsed >= 10e6)
        #expect(reading.duration <= reading.elapsed)
        #expect(reading.duration > 0)
        #expect(reading.threshold >= 1000)
        #expect(reading.threshold >= 8 * reading.loopCost)
        #expect(reading.readings > 100)
        #expect(reading.backwards == 0)
        #expect(reading.lengths.count == UInt64(reading.gaps))
        #expect(reading.causes.reduce(0) { $0 + $1.gaps } == reading.gaps)
        let sum = reading.causes.reduce(0) { $0 + $1.lost }
        #expect(abs(sum - reading.lost) <= 1e-6 * max(1, reading.lost))
        #expect(reading.lostShare >= 0 && reading.lostShare < 1)
        #expect(reading.longestCause == nil || reading.longestGap > reading.threshold)
    }

    @Test func `interrupts are counted by whoever is asked`() throws {
        let counts = Counter()
        let unit = try unit()
        let probe = JitterProbe(
            clock: clock, duration: .milliseconds(2),
            interrupts: {
                InterruptCounts(parsing: "CPU\(unit)\nT: \(counts.next() * 3) a timer\n")
            })
        let reading = try probe.run(on: unit)
        #expect(
            reading.events.interrupts == [.init(source: "T a timer", count: 3)])
    }

    @Test func `a probe outside the machine is refused`() {
        #expect(throws: HardwareError.self) {
            try JitterProbe(clock: clock, duration: .milliseconds(1)).run(on: 1 << 19)
        }
    }

    @Test func `a reading survives JSON`() throws {
        let reading = try JitterProbe(clock: clock, duration: .milliseconds(3)).run(on: try unit())
        let data = try JSONEncoder().encode(reading)
        let again = try JSONDecoder().decode(JitterReading.self, from: data)
        #expect(again.longestGap == reading.longestGap)
        #expect(again.causes == reading.causes)
        #expect(again.events == reading.events)
        #expect(again.lengths.buckets == reading.lengths.buckets)
    }
}

/// Counts its calls, from 1.
private final class Counter: Sendable {
    private let calls = Mutex(0)

    func next() -> Int {
        calls.withLock { calls in
            calls += 1
            return calls
        }
    }
}
