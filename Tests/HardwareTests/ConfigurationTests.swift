import Quantities
import Testing

@testable import Hardware

@Suite struct ConfigurationTests {
    private func configuration(_ description: String) throws -> EngineConfiguration {
        .automatic(for: try Machines.synthetic(description))
    }

    @Test func `24 cores, 2 nodes and 2 GPUs give 16, 4 and 2 workers`() throws {
        var machine = try Machines.twoSockets()
        machine.accelerators.devices = .known(
            [Machines.gpu("0000:17:00.0"), Machines.gpu("0000:65:00.0")], source: "test")
        machine.storage.ioUring.works = .known(true, source: "test")
        let configuration = EngineConfiguration.automatic(for: machine)
        #expect(configuration.applicationWorkers.value == 16)
        #expect(configuration.ioWorkers.value == 4)
        #expect(configuration.acceleratorWorkers.value == 2)
        #expect(configuration.storageEngine.value == .ioUring)
        #expect(configuration.isNUMAAware.value)
        #expect(configuration.isAffinityOn.value)
    }

    @Test func `the worked example comes out of an XML file with the devices in it`() throws {
        let machine = try Machines.fixture("server-two-gpus")
        let configuration = EngineConfiguration.automatic(for: machine)
        #expect(configuration.applicationWorkers.value == 16)
        #expect(configuration.ioWorkers.value == 4)
        #expect(configuration.acceleratorWorkers.value == 2)
        #expect(configuration.channelCapacity.value == 8192)
        // Nobody has tried io_uring on a machine that is only described.
        #expect(configuration.storageEngine.value == .portable)
        #expect(configuration.storageEngine.why.contains("not the running machine"))
    }

    @Test func `one core works, shared by one worker of each sort`() throws {
        let configuration = try configuration("core:1 pu:1")
        #expect(configuration.applicationWorkers.value == 1)
        #expect(configuration.applicationWorkers.why.contains("leaves none"))
        #expect(configuration.ioWorkers.value == 1)
        #expect(!configuration.isAffinityOn.value)
        #expect(!configuration.isNUMAAware.value)
    }

    @Test func `two cores are one worker of each sort`() throws {
        let configuration = try configuration("core:2 pu:1")
        #expect(configuration.applicationWorkers.value == 1)
        #expect(configuration.ioWorkers.value == 1)
    }

    @Test func `128 cores with two threads each on 8 nodes count as 128`() throws {
        let configuration = try configuration("pack:8 numa:1 core:16 pu:2")
        #expect(configuration.applicationWorkers.value == 89)
        #expect(configuration.ioWorkers.value == 16)
        #expect(configuration.isAffinityOn.value)
        #expect(configuration.isNUMAAware.value)
    }

    @Test func `hybrid cores count alike`() throws {
        let configuration = EngineConfiguration.automatic(for: try Machines.fixture("hybrid"))
        #expect(configuration.applicationWorkers.value == 8)
        #expect(configuration.ioWorkers.value == 2)
        #expect(configuration.channelCapacity.value == 4096)
    }

    /// The rule in real numbers, against the integers of the engine.
    @Test(arguments: 1...128)
    func `workers follow the rule at every size`(cores: Int) throws {
        let configuration = try configuration("numa:2 core:\(cores) pu:1")
        let all = Double(2 * cores)
        let application = max(1, all - (0.3 * all - 1e-9).rounded(.up))
        let inputOutput = max(1, min(4, (0.2 * all - 1e-9).rounded(.up)))
        #expect(configuration.applicationWorkers.value == Int(application))
        #expect(configuration.ioWorkers.value == Int(inputOutput))
        #expect(configuration.isAffinityOn.value == (2 * cores > 16))
    }

    @Test func `a cpuset that allows two of many cores leaves two`() throws {
        var machine = try Machines.twoSockets()
        machine.topology.allowedPUs = .known([5, 40], source: "cpuset")
        #expect(machine.usableCoreCount.value == 2)
        var configuration = EngineConfiguration.automatic(for: machine)
        #expect(configuration.applicationWorkers.value == 1)
        #expect(configuration.ioWorkers.value == 1)
        #expect(configuration.isNUMAAware.value)
        machine.topology.allowedPUs = .known([4, 5], source: "cpuset")
        #expect(machine.usableCoreCount.value == 1)
        configuration = EngineConfiguration.automatic(for: machine)
        #expect(!configuration.isNUMAAware.value)
    }

    @Test(arguments: [(1.5, 1), (0.2, 1), (2.0, 2), (3.999, 3), (24.0, 24), (1e9, 24)])
    func `a quota allows whole processors, and at least one`(quota: Double, cores: Int) throws {
        var machine = try Machines.twoSockets()
        machine.environment.processorQuota = .known(.atMost(quota), source: "cpu.max")
        #expect(machine.usableCoreCount.value == cores)
        #expect(machine.usableCoreCount.source.contains("cpu.max") == (cores < 24))
    }

    @Test(arguments: [
        (ByteCount.gibibytes(1), 256), (.gibibytes(4), 256), (ByteCount((4 << 30) + 1), 1024),
        (.gibibytes(16), 1024), (.gibibytes(17), 4096), (.gibibytes(64), 4096),
        (.gibibytes(65), 8192),
    ])
    func `channels grow with memory`(total: ByteCount, capacity: Int) throws {
        var machine = try Machines.twoSockets()
        machine.memory.total = .known(total, source: "test")
        #expect(EngineConfiguration.automatic(for: machine).channelCapacity.value == capacity)
    }

    @Test func `a control group's memory limit counts where it is lower`() throws {
        var machine = try Machines.twoSockets()
        machine.memory.total = .known(.gibibytes(100), source: "test")
        machine.environment.memoryLimit = .known(.atMost(.gibibytes(2)), source: "memory.max")
        #expect(EngineConfiguration.automatic(for: machine).channelCapacity.value == 256)
        machine.environment.memoryLimit = .known(.atMost(.gibibytes(200)), source: "memory.max")
        #expect(EngineConfiguration.automatic(for: machine).channelCapacity.value == 8192)
    }

    @Test func `unknown memory gives the smallest capacity, and says so`() throws {
        let capacity = try configuration("core:4 pu:1").channelCapacity
        #expect(capacity.value == 256)
        #expect(capacity.why.contains("unknown"))
        #expect(capacity.why.contains("the description gives no memory"))
    }

    @Test func `unknown cores and devices give the least, and say so`() throws {
        var machine = try Machines.twoSockets()
        machine.topology.cores = .unknown(reason: "hidden", source: "test")
        machine.topology.nodes = .unknown(reason: "hidden", source: "test")
        let configuration = EngineConfiguration.automatic(for: machine)
        #expect(configuration.applicationWorkers.value == 1)
        #expect(configuration.ioWorkers.value == 1)
        #expect(configuration.acceleratorWorkers.value == 0)
        #expect(!configuration.isAffinityOn.value)
        #expect(!configuration.isNUMAAware.value)
        for why in [
            configuration.applicationWorkers.why, configuration.ioWorkers.why,
            configuration.acceleratorWorkers.why, configuration.isAffinityOn.why,
            configuration.isNUMAAware.why,
        ] {
            #expect(why.contains("unknown"))
        }
    }

    @Test func `no allowed core at all is unknown, not none`() throws {
        var machine = try Machines.twoSockets()
        machine.topology.allowedPUs = .known([], source: "test")
        #expect(machine.usableCoreCount.value == nil)
    }

    @Test func `OpenCL on the processor is set aside, and the reason says so`() throws {
        var machine = try Machines.twoSockets()
        machine.accelerators.devices = .known([], source: "hwloc")
        machine.accelerators.openCL = .known(
            [Machine.OpenCLDevice(name: "cpu", kind: .cpu, computeUnits: 2, platform: "Portable")],
            source: "test")
        let workers = EngineConfiguration.automatic(for: machine).acceleratorWorkers
        #expect(workers.value == 0)
        #expect(workers.why.contains("on the processor itself"))
    }

    @Test func `io_uring that is refused is not used, and the reason says who refused`() throws {
        var machine = try Machines.twoSockets()
        machine.storage.ioUring = .refused(SystemError(1), by: "io_uring_setup")
        let engine = EngineConfiguration.automatic(for: machine).storageEngine
        #expect(engine.value == .portable)
        #expect(engine.why.contains("EPERM"))
    }

    @Test func `a configuration reads back from JSON, every setting with its reason`() throws {
        let configuration = try configuration("numa:2 core:4 pu:1")
        #expect(try JSON.roundTrip(configuration) == configuration)
        #expect(try JSON.text(configuration).contains("\"why\""))
    }
}
