import Testing

@testable import Counters

@Suite struct InterruptCountsTests {
    /// Processor 1 is off.
    private static let text = """
                   CPU0       CPU2       CPU3
          1:          0          9          0  IR-IO-APIC    1-edge      i8042
         24:       1000          0 4294967290  PCI-MSI 327680-edge      nvme0q0
        LOC:        100        200        300   Local timer interrupts
        ERR:          7
        MIS:          0

        """
    private static let later = """
                   CPU0       CPU1       CPU2       CPU3
          1:          0          4          9          1  IR-IO-APIC    1-edge      i8042
         24:       1000          0          5          4  PCI-MSI 327680-edge      nvme0q0
         25:          3          0          2          0  PCI-MSI 2-edge      eth0
        LOC:        150          1        260        370   Local timer interrupts
        ERR:          9
        MIS:          0

        """

    private func parsed(_ text: String) throws -> InterruptCounts {
        try #require(InterruptCounts(parsing: text))
    }

    @Test func `columns belong to the processors that the header names`() throws {
        let counts = try parsed(Self.text)
        #expect(counts.processors == [0, 2, 3])
        #expect(counts.sources.map(\.label) == ["1", "24", "LOC", "ERR", "MIS"])
        #expect(counts.sources[0].detail == "IR-IO-APIC 1-edge i8042")
        #expect(counts.sources[0].counts == [0, 9, 0])
        #expect(counts.total(on: 0) == 1100)
        #expect(counts.total(on: 2) == 209)
        #expect(counts.total(on: 1) == nil)
    }

    @Test func `a count that belongs to no processor is on none`() throws {
        let error = try #require(try parsed(Self.text).sources.first { $0.label == "ERR" })
        #expect(error.counts.isEmpty)
        #expect(error.total == 7)
        #expect(error.name == "ERR")
    }

    @Test func `the difference is over the processors that both know`() throws {
        let difference = try parsed(Self.later).since(parsed(Self.text))
        #expect(difference.processors == [0, 2, 3])
        let byLabel = difference.sources.map { "\($0.label) \($0.counts) \($0.total)" }
        #expect(
            byLabel == [
                "1 [0, 0, 1] 1",
                // The last column wrapped at 2³²: six to the end, four after it.
                "24 [0, 5, 10] 15",
                // A source that was not there before.
                "25 [3, 2, 0] 5",
                "LOC [50, 60, 70] 180",
                "ERR [] 2", "MIS [] 0",
            ])
    }

    @Test func `what a processor served is by count, then by name`() throws {
        let counts = try parsed("CPU0 CPU2\nb: 3 1 x\na: 3 9 y\nc: 0 2\nERR: 7\n")
        let served = try #require(counts.served(by: 0))
        #expect(served.map { "\($0.name) \($0.count)" } == ["a y 3", "b x 3"])
        #expect(counts.served(by: 2)?.map(\.count) == [9, 2, 1])
        #expect(counts.served(by: 1) == nil)
    }

    @Test func `the top is by total, without what did not happen`() throws {
        let difference = try parsed(Self.later).since(parsed(Self.text))
        #expect(difference.top(2).map(\.label) == ["LOC", "24"])
        #expect(difference.top(9).map(\.label) == ["LOC", "24", "25", "ERR", "1"])
    }

    @Test func `a line of softirqs is its name and its counts`() throws {
        let counts = try parsed(
            "                    CPU0       CPU1\n   HI:     1    2\nNET_RX: 3 4\n")
        #expect(counts.sources.map(\.name) == ["HI", "NET_RX"])
        #expect(counts.total(on: 1) == 6)
    }

    @Test(arguments: ["", "no header\n 1: 2\n", "CPU0 CPUx\n"])
    func `what is no such file gives nothing`(text: String) {
        #expect(InterruptCounts(parsing: text) == nil)
    }

    @Test func `this machine's own files are read, and nothing runs backwards`() throws {
        for read in [InterruptCounts.interrupts, InterruptCounts.softInterrupts] {
            let before = try #require(read())
            let after = try #require(read())
            let difference = after.since(before)
            #expect(!difference.processors.isEmpty)
            #expect(!before.sources.isEmpty)
            // 2³¹ interrupts do not happen between two readings.
            #expect(difference.sources.allSatisfy { $0.total < 1 << 31 })
        }
    }
}
