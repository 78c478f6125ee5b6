import Testing

@testable import Counters

@Suite struct ProcessorTimesTests {
    @Test func `the accounts of the hardware threads are read from proc stat`() throws {
        let text = """
            cpu  30 0 20 150 8 1 3 80 0 0
            cpu0 10 2 5 60 4 1 2 38 7 0
            cpu12 20 0 15 90 4 0 1 42 0 0
            intr 499389 0 0
            """
        let times = try #require(ProcessorTimes(parsing: text, ticksPerSecond: 100))
        #expect(times.accounts.keys.sorted() == [0, 12])
        let first = try #require(times.accounts[0])
        #expect(first.idle == 64 * 10e6)
        #expect(first.interrupts == 3 * 10e6)
        #expect(first.stolen == 38 * 10e6)
        #expect(first.total == 122 * 10e6)
    }

    @Test func `a kernel without the column has no stolen time, not none stolen`() throws {
        let times = try #require(
            ProcessorTimes(parsing: "cpu0 1 2 3 4 5 6 7\n", ticksPerSecond: 100))
        #expect(times.accounts[0]?.stolen == nil)
        #expect(times.stolen(from: 0, since: times) == nil)
        #expect(times.stolen(from: 1, since: times) == nil)
        #expect(ProcessorTimes(parsing: "cpu0 1 2\n", ticksPerSecond: 100) == nil)
        #expect(ProcessorTimes(parsing: "", ticksPerSecond: 100) == nil)
    }

    @Test func `busy is what is not idle, and nothing is known within one tick`() throws {
        let before = try #require(
            ProcessorTimes(parsing: "cpu0 10 0 0 100 0 0 0 5\n", ticksPerSecond: 100))
        let after = try #require(
            ProcessorTimes(parsing: "cpu0 20 0 3 125 5 0 0 12\n", ticksPerSecond: 100))
        // 30 of 50 ticks idle.
        #expect(after.busyShare(of: 0, since: before) == 0.4)
        #expect(after.stolen(from: 0, since: before) == 70e6)
        #expect(before.busyShare(of: 0, since: before) == nil)
    }
}
