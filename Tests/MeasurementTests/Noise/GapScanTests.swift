import Quantities
import Randomness
import Testing

@testable import Measurement

/// A counter that gives the readings of a script, one after the other.
private final class Script {
    private var readings: [UInt64]
    private var next = 0

    init(_ readings: [UInt64]) { self.readings = readings }

    func read() -> UInt64 {
        defer { next += 1 }
        return readings[next]
    }
}

@Suite struct GapScanTests {
    @Test func `a gap is a difference above the threshold, and all time is accounted for`() {
        // Differences: 5, 10 (not above), 11, 3, 40, which also ends the span of 60.
        let script = Script([100, 105, 115, 126, 129, 169])
        var scan = GapScan(span: 60, threshold: 10)
        let found = scan.run(script.read)
        #expect(found.length == 69)
        #expect(found.readings == 5)
        #expect(found.gaps == 2)
        #expect(Array(scan.lengths.prefix(2)) == [11, 40])
        #expect(found.inGaps == 51)
        #expect(found.quiet == 18)
        #expect(found.longest == 40)
        #expect(found.backwards == 0)
    }

    @Test func `a quiet stretch has no gaps and still knows its longest difference`() {
        let script = Script([0, 4, 10, 13, 20])
        var scan = GapScan(span: 20, threshold: 10)
        let found = scan.run(script.read)
        #expect(found.gaps == 0)
        #expect(found.inGaps == 0)
        #expect(found.longest == 7)
        #expect(found.length == 20)
    }

    @Test func `gaps just above the threshold do not overflow the buffer`() {
        // Every difference is the shortest possible gap: as many as ever fit into the span.
        let script = Script((0...12).map { UInt64($0) * 11 })
        var scan = GapScan(span: 100, threshold: 10)
        let found = scan.run(script.read)
        #expect(found.gaps == 10)
        #expect(found.length == 110)
    }

    @Test func `a counter that goes backwards is counted, not taken for an endless gap`() {
        let script = Script([1000, 1005, 1003, 1008, 1030])
        var scan = GapScan(span: 30, threshold: 10)
        let found = scan.run(script.read)
        #expect(found.backwards == 1)
        #expect(found.gaps == 1)
        #expect(found.longest == 22)
        #expect(found.length == 30)
    }

    @Test func `whatever the readings, quiet time and gaps come to the length`() {
        var generator = Seed(20_260_101).generator()
        for _ in 0..<200 {
            var readings: [UInt64] = [UInt64.random(in: 0...1000, using: &generator)]
            while readings[readings.count - 1] - readings[0] < 5000 {
                let long = UInt64.random(in: 0..<10, using: &generator) == 0
                let step = UInt64.random(in: long ? 50...900 : 1...20, using: &generator)
                readings.append(readings[readings.count - 1] + step)
            }
            let differences = zip(readings.dropFirst(), readings).map { $0 - $1 }
            var scan = GapScan(span: 5000, threshold: 30)
            let found = scan.run(Script(readings).read)
            #expect(found.quiet + found.inGaps == found.length)
            #expect(Array(scan.lengths.prefix(found.gaps)) == differences.filter { $0 > 30 })
        }
    }
}
