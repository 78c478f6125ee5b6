import Quantities
import Testing

@testable import Hardware

@Suite struct KernelTextTests {
    static let meminfo = """
        MemTotal:       24684084 kB
        MemFree:        23715340 kB
        MemAvailable:   24277892 kB
        HugePages_Total:       0
        Hugepagesize:       2048 kB
        """

    @Test func `a field of meminfo is read in KiB`() {
        let total = KernelText.memory("MemTotal", in: Self.meminfo)
        #expect(total == ByteCount(24_684_084 * 1024))
    }

    @Test(arguments: ["MemTota", "Absent", "HugePages_Total"])
    func `a field that is missing or has no unit is not read`(field: String) {
        #expect(KernelText.memory(field, in: Self.meminfo) == nil)
    }

    @Test(arguments: ["MemTotal: x kB", "MemTotal: -1 kB", "MemTotal: 99999999999999999999 kB"])
    func `a field that is no size is not read`(text: String) {
        #expect(KernelText.memory("MemTotal", in: text) == nil)
    }

    @Test(arguments: [
        ("always [madvise] never", "madvise"), ("none [mq-deadline] kyber bfq", "mq-deadline"),
        ("none", "none"), ("always never", nil), ("", nil),
    ])
    func `the choice in force is the one in brackets`(text: String, choice: String?) {
        #expect(KernelText.choice(text) == choice)
    }

    @Test(arguments: [("1", true), ("0", false), ("Y", true), ("N", false), ("2", nil), ("", nil)])
    func `a flag is one or zero`(text: String, flag: Bool?) {
        #expect(KernelText.flag(text) == flag)
    }

    @Test(arguments: [
        ("hugepages-2048kB", ByteCount?(.mebibytes(2))),
        ("hugepages-1048576kB", .gibibytes(1)), ("hugepages-kB", nil), ("free", nil),
        ("hugepages-99999999999999999kB", nil),
    ])
    func `the size of huge pages is in their directory's name`(name: String, size: ByteCount?) {
        #expect(KernelText.hugePageSize(name) == size)
    }

    @Test func `the load is three averages and the runnable tasks`() {
        let load = KernelText.load("0.12 0.08 1.04 2/92 7674")
        #expect(
            load
                == Machine.Load(
                    oneMinute: 0.12, fiveMinutes: 0.08, fifteenMinutes: 1.04, runnableTasks: 2))
        for text in ["", "0.1 0.2 0.3", "a b c 1/2 3", "0.1 0.2 0.3 x/2 3"] {
            #expect(KernelText.load(text) == nil)
        }
    }

    @Test(arguments: [
        ("6.18.44-fc-v669", 6), ("5.10.0-28-amd64", 5), ("six", nil), ("6", nil), ("", nil),
    ])
    func `the major version stands before the first point`(release: String, major: Int?) {
        #expect(KernelText.majorVersion(release) == major)
    }

    @Test(arguments: [("write back", true), ("write through", false), ("writeback", nil)])
    func `write back means a volatile cache`(text: String, isVolatile: Bool?) {
        #expect(KernelText.isVolatileCache(text) == isVolatile)
    }

    @Test func `the number of a mount is in fdinfo`() {
        #expect(KernelText.mountID("pos:\t0\nflags:\t0100000\nmnt_id:\t27\nino:\t2\n") == 27)
        #expect(KernelText.mountID("pos:\t0\n") == nil)
    }
}
