import Testing

@testable import Measurement

@Suite struct KernelAccountTests {
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

    private let table = """
                   CPU0       CPU2
         24:          1          5  IO-APIC   5-edge      ACPI:Ged
        LOC:       9000        123   Local timer interrupts
        ERR:          7

        """

    @Test func `interrupts are counted by source in the hardware thread's own column`() {
        #expect(
            InterruptTable.parse(table, 2)
                == ["24 IO-APIC 5-edge ACPI:Ged": 5, "LOC Local timer interrupts": 123])
        #expect(InterruptTable.parse(table, 1) == nil)
        #expect(InterruptTable.parse("", 0) == nil)
    }

    @Test func `what was served is the difference, the most frequent first`() {
        #expect(
            InterruptTable.difference(["a": 5, "b": 1, "d": 2], ["a": 6, "b": 9, "c": 1, "d": 2])
                == [
                    .init(source: "b", count: 8), .init(source: "a", count: 1),
                    .init(source: "c", count: 1),
                ])
        #expect(InterruptTable.difference(nil, ["a": 6]) == nil)
    }

    @Test func `the wait for a core is the second value of schedstat`() {
        #expect(ThreadActivity.parseWait("34 5600 12\n") == 5600)
        #expect(ThreadActivity.parseWait("") == nil)
    }
}
