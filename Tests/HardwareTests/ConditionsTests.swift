import Glibc
import Quantities
import Testing

@testable import Hardware

/// Memory, network and environment, read from laid-out files.
@Suite struct ConditionsTests {
    private static let processors = "/sys/devices/system/cpu"

    private func environment(_ contents: [String: String]) throws -> Machine.Environment {
        let system = try FakeSystem(contents)
        let topology = Topology(try HwlocTopology(.synthetic("core:2 pu:2")))
        return Machine.Environment(system.files, topology: topology)
    }

    @Test func `memory is read from the kernel's files`() throws {
        let system = try FakeSystem([
            "/proc/meminfo": KernelTextTests.meminfo,
            "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages": "2\n",
            "/sys/kernel/mm/hugepages/hugepages-1048576kB/free_hugepages": "1\n",
            "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "0\n",
            "/sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never\n",
            "/sys/bus/nd/devices/region0/size": "1", "/sys/bus/nd/devices/ndbus0/x": "",
        ])
        let memory = Machine.Memory(system.files)
        #expect(memory.total.value == ByteCount(24_684_084 * 1024))
        #expect(memory.total.source == "/proc/meminfo MemTotal")
        #expect(memory.available.value == ByteCount(24_277_892 * 1024))
        #expect(memory.hugePages.value?.map(\.size) == [.mebibytes(2), .gibibytes(1)])
        #expect(memory.hugePages.value?[1].free.value == 1)
        // No file says how many small ones are free: unknown, not none.
        #expect(memory.hugePages.value?[0].free.value == nil)
        #expect(memory.transparentHugePages.value == "always")
        #expect(memory.transparentHugePageDefragmentation.value == nil)
        #expect(memory.persistentMemory.value == ["region0"])
        // The kernel's buses are there, and this one is not among them.
        #expect(memory.directAccessDevices.value == [])
    }

    @Test func `the governors in force are gathered`() throws {
        let directory = "\(Self.processors)/cpufreq"
        let mixed = try environment([
            "\(directory)/policy0/scaling_governor": "performance\n",
            "\(directory)/policy1/scaling_governor": "powersave\n",
            "\(directory)/policy2/scaling_governor": "performance\n",
        ])
        #expect(mixed.frequencyGovernors.value == ["performance", "powersave"])
        let none = try environment(["\(Self.processors)/online": "0"])
        #expect(none.frequencyGovernors.value == nil)
    }

    @Test(arguments: [
        ("cpufreq/boost", "1", true), ("cpufreq/boost", "0", false),
        ("intel_pstate/no_turbo", "1", false), ("intel_pstate/no_turbo", "0", true),
    ])
    func `boost is read from either driver`(file: String, text: String, isOn: Bool) throws {
        let environment = try environment(["\(Self.processors)/\(file)": text])
        #expect(environment.frequencyBoost.value == isOn)
    }

    @Test func `isolated and tickless threads are sets`() throws {
        let some = try environment([
            "\(Self.processors)/isolated": "2-3\n", "\(Self.processors)/nohz_full": "3\n",
        ])
        #expect(some.isolatedPUs.value == [2, 3])
        #expect(some.ticklessPUs.value == [3])
        let none = try environment([
            "\(Self.processors)/isolated": "\n", "\(Self.processors)/nohz_full": "(null)\n",
        ])
        #expect(none.isolatedPUs.value == [])
        #expect(none.ticklessPUs.value == [])
        let unbuilt = try environment(["\(Self.processors)/isolated": "\n"])
        #expect(unbuilt.ticklessPUs.value == [])
        #expect(try environment([:]).ticklessPUs.value == nil)
    }

    @Test func `kernel, clock, load and mitigations are read`() throws {
        let environment = try environment([
            "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
            "/proc/loadavg": "1.50 1.00 0.50 3/400 1234\n",
            "/proc/sys/kernel/numa_balancing": "2\n",
            "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
            "\(Self.processors)/vulnerabilities/meltdown": "Not affected\n",
            "\(Self.processors)/vulnerabilities/spectre_v2": "Mitigation: Retpolines\n",
            "\(Self.processors)/smt/control": "on\n",
        ])
        #expect(environment.kernelRelease.value == "6.1.0-18-amd64")
        #expect(environment.kernelMajorVersion.value == 6)
        #expect(environment.load.value?.oneMinute == 1.5)
        #expect(environment.isNUMABalancing.value == true)
        #expect(environment.clockSource.value == "tsc")
        #expect(
            environment.mitigations.value
                == ["meltdown": "Not affected", "spectre_v2": "Mitigation: Retpolines"])
        #expect(environment.simultaneousMultithreading.value == true)
        #expect(environment.simultaneousMultithreadingControl.value == "on")
    }

    @Test(arguments: [
        ("KVMKVMKVM", "KVM"), ("Microsoft Hv", "Hyper-V"), ("NewHvNewHvNe", "NewHvNewHvNe"),
        ("", nil), ("   ", nil),
    ])
    func `a hypervisor's signature becomes its name`(signature: String, name: String?) {
        #expect(Hypervisor.name(signature: signature) == name)
    }

    @Test func `firmware can tell a hypervisor, and its silence tells nothing`() throws {
        let vendor = try FakeSystem(["/sys/class/dmi/id/sys_vendor": "QEMU\n"])
        #expect(Hypervisor.byFirmware(vendor.files).value?.hypervisor == "QEMU")
        let xen = try FakeSystem(["/sys/hypervisor/type": "xen\n"])
        #expect(Hypervisor.byFirmware(xen.files).value?.hypervisor == "xen")
        let metal = try FakeSystem(["/sys/class/dmi/id/sys_vendor": "Dell Inc.\n"])
        #expect(Hypervisor.byFirmware(metal.files).value == nil)
    }

    @Test func `interfaces are described, virtual ones without a device`() throws {
        let system = try FakeSystem([
            "/sys/class/net/lo/operstate": "unknown\n", "/sys/class/net/lo/mtu": "65536\n",
            "/sys/class/net/bonding_masters": "", "/sys/devices/x/numa_node": "1\n",
            "/sys/devices/e0/operstate": "up\n", "/sys/devices/e0/speed": "25000\n",
            "/sys/devices/e0/mtu": "9000\n", "/sys/devices/e0/queues/rx-0/x": "",
            "/sys/devices/e0/queues/rx-1/x": "", "/sys/devices/e0/queues/tx-0/x": "",
            "/sys/devices/e1/operstate": "down\n", "/sys/devices/e1/speed": "-1\n",
            "/sys/devices/y/numa_node": "-1\n",
        ])
        try system.directory("/sys/bus/pci/drivers/ice")
        try system.link("/sys/devices/x/driver", to: "/sys/bus/pci/drivers/ice")
        try system.link("/sys/devices/e0/device", to: "/sys/devices/x")
        try system.link("/sys/devices/e1/device", to: "/sys/devices/y")
        try system.link("/sys/class/net/eth0", to: "/sys/devices/e0")
        try system.link("/sys/class/net/eth1", to: "/sys/devices/e1")
        let network = Machine.Network(
            system.files, pci: .known([], source: "test"), afXDP: AFXDP.answer(nil))
        let interfaces = try #require(network.interfaces.value)
        #expect(interfaces.map(\.name) == ["eth0", "eth1", "lo"])
        #expect(interfaces[0].speed.value?.description == "25 Gb/s")
        #expect(interfaces[0].driver.value == "ice")
        #expect(interfaces[0].receiveQueues.value == 2)
        #expect(interfaces[0].node.value == 1)
        #expect(interfaces[0].isDPDKCapable.value == true)
        #expect(interfaces[1].speed.reason == "the driver does not know it")
        #expect(interfaces[1].node.reason == "the firmware names none")
        #expect(interfaces[1].driver.value == nil)
        #expect(interfaces[2].driver.reason == "a virtual interface has no device")
        #expect(interfaces[2].isDPDKCapable.value == false)
        #expect(network.rdmaDevices.value == [])
        #expect(network.userSpaceDevices.value == [])
    }

    @Test func `a driver that is not on the list leaves the answer open`() {
        #expect(PollModeDrivers.supports("mlx5_core").value == true)
        #expect(PollModeDrivers.supports("r8169").value == nil)
    }

    @Test func `a speed prints in the unit that suits it`() throws {
        #expect("\(Machine.LinkSpeed(megabitsPerSecond: 100))" == "100 Mb/s")
        #expect("\(Machine.LinkSpeed(megabitsPerSecond: 2500))" == "2500 Mb/s")
        #expect("\(Machine.LinkSpeed(megabitsPerSecond: 100_000))" == "100 Gb/s")
        let speed = Machine.LinkSpeed(megabitsPerSecond: 10_000)
        #expect(try JSON.roundTrip(speed) == speed)
    }

    @Test func `nothing that cannot be read turns into a value`() throws {
        let files = try FakeSystem().files
        let topology = Topology(try HwlocTopology(.synthetic("core:2 pu:1")))
        let memory = try JSON.text(Machine.Memory(files))
        let network = Machine.Network(
            files, pci: .notRunning, afXDP: AFXDP.answer(SystemError(EPERM)))
        let environment = try JSON.text(Machine.Environment(files, topology: topology))
        let groups = [memory, try JSON.text(network), environment]
        // What is asked of the processor, of C libraries or of hwloc needs no file.
        let live = [
            ".pageSizeBytes", ".virtualisation", ".isTickCounterInvariant",
            ".simultaneousMultithreading", ".isMemoryPlacementAllowed",
        ]
        for text in groups {
            for (path, fact) in JSON.facts(in: try JSON.object(text)) where !live.contains(path) {
                #expect(fact["value"] == nil, "\(path)")
                #expect((fact["unknown"] as? String)?.isEmpty == false, "\(path)")
            }
        }
    }
}
