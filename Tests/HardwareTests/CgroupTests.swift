import Quantities
import Testing

@testable import Hardware

@Suite struct CgroupTests {
    private static let version2 = [
        "/proc/self/cgroup": "0::/tasks/job\n",
        "/proc/self/mountinfo":
            "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n",
    ]

    private static let version1 = [
        "/proc/self/cgroup":
            "4:memory:/docker/abc\n3:cpuset:/docker/abc\n2:cpu,cpuacct:/docker/abc",
        // Inside a container the mount shows the container's own group as its root.
        "/proc/self/mountinfo": """
        40 1 0:30 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
        41 1 0:31 /docker/abc /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
        42 1 0:32 /docker/abc /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
        """,
    ]

    private func limits(_ base: [String: String], _ more: [String: String]) throws -> CgroupLimits {
        let system = try FakeSystem(base.merging(more) { $1 })
        return CgroupLimits(system.files)
    }

    @Test func `a quota of version 2 is quota over period`() throws {
        let limits = try limits(
            Self.version2, ["/sys/fs/cgroup/tasks/job/cpu.max": "150000 100000\n"])
        #expect(
            limits.processors
                == .known(.atMost(1.5), source: "/sys/fs/cgroup/tasks/job/cpu.max"))
    }

    @Test func `a limit on a group above binds as well`() throws {
        let limits = try limits(
            Self.version2,
            [
                "/sys/fs/cgroup/tasks/job/cpu.max": "400000 100000",
                "/sys/fs/cgroup/tasks/cpu.max": "250000 100000",
                "/sys/fs/cgroup/tasks/job/memory.max": "max",
                "/sys/fs/cgroup/tasks/memory.max": "2147483648",
            ])
        #expect(limits.processors.value == .atMost(2.5))
        #expect(limits.processors.source == "/sys/fs/cgroup/tasks/cpu.max")
        #expect(limits.memory.value == .atMost(.gibibytes(2)))
    }

    @Test func `without a limit anywhere the answer is that there is none`() throws {
        let limits = try limits(
            Self.version2, ["/sys/fs/cgroup/tasks/job/cpu.max": "max 100000"])
        #expect(limits.processors.value == .unlimited)
        #expect(limits.memory.value == .unlimited)
    }

    @Test func `limits of version 1 are read below the container's own root`() throws {
        let limits = try limits(
            Self.version1,
            [
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "1073741824\n",
                "/sys/fs/cgroup/cpuset/cpuset.effective_cpus": "2-3,7\n",
            ])
        #expect(limits.processors.value == .atMost(0.5))
        #expect(limits.memory.value == .atMost(.gibibytes(1)))
        #expect(limits.cpuset.value == [2, 3, 7])
    }

    @Test func `version 1 writes no quota as -1 and no memory limit as the greatest number`() throws
    {
        let limits = try limits(
            Self.version1,
            [
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1",
                "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
                "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
            ])
        #expect(limits.processors.value == .unlimited)
        #expect(limits.memory.value == .unlimited)
    }

    @Test func `a limit that cannot be understood makes the answer unknown`() throws {
        let limits = try limits(
            Self.version2,
            [
                "/sys/fs/cgroup/tasks/job/cpu.max": "some 100000",
                "/sys/fs/cgroup/tasks/job/memory.max": "-5",
                "/sys/fs/cgroup/tasks/job/cpuset.cpus.effective": "zero",
            ])
        #expect(limits.processors.reason?.contains("some 100000") == true)
        #expect(limits.memory.value == nil)
        #expect(limits.cpuset.value == nil)
    }

    @Test func `without control groups nothing is known`() throws {
        let limits = try limits(
            [
                "/proc/self/cgroup": "",
                "/proc/self/mountinfo": "27 1 254:0 / / rw - ext4 /dev/vda rw",
            ],
            [:])
        #expect(limits.processors.value == nil)
        #expect(limits.processors.reason?.contains("cpu") == true)
        #expect(CgroupLimits(try FakeSystem().files).memory.value == nil)
    }

    @Test(arguments: [
        ("/a/b", "/", "/m", ["/m/a/b", "/m/a", "/m"]), ("/", "/", "/m", ["/m"]),
        ("/docker/x", "/docker/x", "/m", ["/m"]),
        ("/docker/x/y", "/docker/x", "/m", ["/m/y", "/m"]),
        ("/docker/xy", "/docker/x", "/m", ["/m"]),
    ])
    func `the groups above end at the mount`(
        group: String, root: String, point: String, expected: [String]
    ) {
        #expect(Cgroup.ancestry(group: group, root: root, point: point) == expected)
    }
}
