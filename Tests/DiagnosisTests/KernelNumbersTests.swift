import Counters
import Hardware
import Quantities
import Testing

@testable import Diagnosis
@testable import Measurement

@Suite struct KernelNumbersTests {
    @Test func `swap in use is the total less what is free`() {
        let text = "MemTotal: 100 kB\nSwapTotal:   2000 kB\nSwapFree:  500 kB\n"
        #expect(KernelNumbers.usedSwap(text) == ByteCount(1500 * 1024))
        #expect(KernelNumbers.usedSwap("SwapTotal: 5 kB\n") == nil)
    }

    @Test func `large blocks are weighed by their size`() {
        // 4 KiB pages: column 9 holds blocks of 512 pages, 2 MiB. 512 single pages are as much as
        // one such block.
        let text = """
            Node 0, zone      DMA      512      0      0      0      0      0      0      0      0      1      0
            Node 0, zone   Normal        0      0      0      0      0      0      0      0      0      0      1
            """
        // 2 MiB in pages, a block of 2 MiB, a block of 4 MiB.
        #expect(KernelNumbers.largeBlockShare(text, pageSize: 4096) == 0.75)
        #expect(KernelNumbers.largeBlockShare("", pageSize: 4096) == nil)
        #expect(KernelNumbers.largeBlockShare("Node 0, zone DMA x\n", pageSize: 4096) == nil)
    }

    @Test func `swapped pages count both ways`() {
        #expect(KernelNumbers.swappedPages("pswpin 3\npswpout 4\n") == 7)
        #expect(KernelNumbers.swappedPages("pgfault 4\n") == nil)
    }

    @Test func `a process's name may hold anything, parentheses too`() {
        let text = "42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0\n"
        #expect(
            ProcessTable.parse(text, ticksPerSecond: 100) == .init(name: "a) b (c", time: 2e9))
        #expect(ProcessTable.parse("42 (x) S 1 2\n", ticksPerSecond: 100) == nil)
        #expect(ProcessTable.parse("", ticksPerSecond: 100) == nil)
    }

    @Test func `busy are those above a twentieth of a processor, the busiest first`() {
        let before = ProcessTable(entries: [
            1: .init(name: "idle", time: 5e9), 2: .init(name: "busy", time: 1e9),
            3: .init(name: "gone", time: 1e9), 4: .init(name: "old", time: 9e9),
        ])
        let after = ProcessTable(entries: [
            1: .init(name: "idle", time: 5.05e9), 2: .init(name: "busy", time: 1.5e9),
            // The number was given to another process meanwhile: all of its time is new.
            4: .init(name: "new", time: 0.8e9), 5: .init(name: "newborn", time: 0.06e9),
        ])
        #expect(
            after.busy(since: before, over: 1e9) == [
                .init(number: 4, name: "new", processors: 0.8),
                .init(number: 2, name: "busy", processors: 0.5),
                .init(number: 5, name: "newborn", processors: 0.06),
            ])
        #expect(after.busy(since: before, over: 0).isEmpty)
    }

    @Test func `two accounts give what happened between them, and nothing where one is missing`()
        throws
    {
        func account(_ time: UInt64, _ line: String?, _ throttled: Double?) -> SystemAccount {
            SystemAccount(
                time: time,
                processors: line.flatMap { ProcessorTimes(parsing: $0, ticksPerSecond: 100) },
                processes: nil, throttled: throttled, swappedPages: 5)
        }
        let before = account(100, "cpu0 10 0 0 100 0 0 0 5\n", 50)
        let after = account(700, "cpu0 20 0 3 125 5 0 0 12\n", 80)
        let found = after.since(before)
        #expect(found.duration == 600)
        #expect(found.units == [.init(processingUnit: 0, busyShare: 0.4, stolen: 70e6)])
        #expect(found.throttled == 30)
        #expect(found.swappedPages == 0)
        #expect(found.busyProcesses == nil)
        let blind = account(700, nil, nil).since(before)
        #expect(blind.units.isEmpty)
        #expect(blind.throttled == nil)
    }

    @Test func `the quota's directory is where its file is`() throws {
        var machine = try Patient.healthy().machine
        #expect(SystemAccount.quotaDirectory(machine) == nil)
        machine.environment.processorQuota = .known(.atMost(2), source: "/sys/fs/cgroup/a/cpu.max")
        #expect(SystemAccount.quotaDirectory(machine) == "/sys/fs/cgroup/a")
    }
}
