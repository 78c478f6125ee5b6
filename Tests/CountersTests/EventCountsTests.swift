import Foundation
import Testing

@testable import Counters

@Suite struct EventCountsTests {
    @Test func `the steal column is the eighth of the cpu line, in clock ticks`() {
        let text = "cpu  10 20 30 40 50 60 70 80 90 100\ncpu0 1 2 3 4 5 6 7 8 9 10\n"
        #expect(StolenTime.parse(text, ticksPerSecond: 100) == 0.8e9)
    }

    @Test(arguments: ["", "cpu  1 2 3\n", "intr 1 2 3 4 5 6 7 8 9\n", "cpu  1 2 3 4 5 6 7 x 9\n"])
    func `a missing column is unknown, not zero`(text: String) {
        #expect(StolenTime.parse(text, ticksPerSecond: 100) == nil)
    }

    @Test func `touching fresh memory is counted as faults and time passes`() {
        let before = EventCounts.current()
        var bytes = [UInt8](repeating: 1, count: 64 << 20)
        bytes[bytes.count - 1] = 2
        let counts = EventCounts.current().since(before)
        #expect(bytes.last == 2)
        // Even in pages of 2 MiB there are more than ten.
        #expect(counts.minorFaults > 10)
        #expect(counts.userTime + counts.systemTime >= 0)
    }
}

@Suite struct MigrationTests {
    @Test func `migrations are a count or a reason, and differences need both`() {
        let count = MigrationCount()
        let before = EventCounts.current(migrations: count)
        #expect((before.migrations == nil) == (count.refusal != nil))
        let after = EventCounts.current(migrations: count).since(before)
        #expect((after.migrations == nil) == (count.refusal != nil))
        #expect(after.migrations ?? 0 >= 0)
        #expect(EventCounts.current().since(before).migrations == nil)
    }

    @Test func `a record from before migrations were counted is still read`() throws {
        var counts = EventCounts.current()
        counts.migrations = 3
        let data = try JSONEncoder().encode(counts)
        #expect(try JSONDecoder().decode(EventCounts.self, from: data) == counts)
        let text = String(decoding: data, as: UTF8.self)
            .replacingOccurrences(of: "\"migrations\":3,", with: "")
            .replacingOccurrences(of: ",\"migrations\":3", with: "")
        #expect(!text.contains("migrations"))
        let old = try JSONDecoder().decode(EventCounts.self, from: Data(text.utf8))
        #expect(old.migrations == nil)
        #expect(old.minorFaults == counts.minorFaults)
    }
}
