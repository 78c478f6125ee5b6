import Quantities

/// How an engine without configuration sets itself up on a machine.
public struct EngineConfiguration: Codable, Equatable, Sendable {
    /// How files are written.
    public enum StorageEngine: String, Codable, Sendable {
        /// Through io_uring.
        case ioUring = "io-uring"
        /// Through `pread` and `pwrite`.
        case portable
    }

    /// Threads that do the application's work, each with a core of its own.
    public var applicationWorkers: Decision<Int>
    /// Threads that do nothing but input and output.
    public var ioWorkers: Decision<Int>
    /// Threads that feed one accelerator each.
    public var acceleratorWorkers: Decision<Int>
    /// How many elements a channel holds.
    public var channelCapacity: Decision<Int>
    /// Whether each worker is bound to a core.
    public var isAffinityOn: Decision<Bool>
    /// Whether workers keep their memory on their own NUMA node.
    public var isNUMAAware: Decision<Bool>
    /// How files are written.
    public var storageEngine: Decision<StorageEngine>

    private enum CodingKeys: String, CodingKey {
        case applicationWorkers, ioWorkers, acceleratorWorkers, channelCapacity, storageEngine
        case isAffinityOn = "affinity"
        case isNUMAAware = "numaAware"
    }

    /// Derives the configuration of `machine`.
    ///
    /// The rules: application workers are all usable cores less 30 % (rounded up); I/O workers are
    /// two for each NUMA node, at most 20 % of the cores (rounded up); an accelerator worker for
    /// each device; channels of 256 elements up to 4 GiB of memory, 1024 up to 16 GiB, 4096 up
    /// to 64 GiB, 8192 above; affinity above 16 cores; NUMA awareness above one node; io_uring where
    /// a trial of it worked. Application and I/O workers are at least one. Where a fact is unknown
    /// the least is taken, and `why` says so.
    public static func automatic(for machine: Machine) -> EngineConfiguration {
        let cores = machine.usableCoreCount
        let nodes = machine.topology.usableNodeCount
        return EngineConfiguration(
            applicationWorkers: applicationWorkers(cores),
            ioWorkers: ioWorkers(cores, nodes: nodes),
            acceleratorWorkers: acceleratorWorkers(machine),
            channelCapacity: channelCapacity(machine.usableMemory),
            isAffinityOn: affinity(cores),
            isNUMAAware: numaAwareness(machine, nodes: nodes),
            storageEngine: storageEngine(machine.storage.ioUring))
    }
}

extension EngineConfiguration {
    private static func applicationWorkers(_ cores: Fact<Int>) -> Decision<Int> {
        guard let count = cores.value else {
            return Decision(1, why: "the number of usable cores is \(unknown(cores)): the least")
        }
        let reserve = (3 * count + 9) / 10
        let workers = count - reserve
        let rule = "\(counted(count, "usable core")) less 30 % rounded up (\(reserve))"
        return workers >= 1
            ? Decision(workers, why: rule)
            : Decision(1, why: "\(rule) leaves none: at least one, which shares its core")
    }

    private static func ioWorkers(_ cores: Fact<Int>, nodes: Fact<Int>) -> Decision<Int> {
        guard let count = cores.value else {
            return Decision(1, why: "the number of usable cores is \(unknown(cores)): the least")
        }
        let most = (count + 4) / 5
        let share = "20 % of \(counted(count, "core")) rounded up (\(most))"
        guard let nodeCount = nodes.value, nodeCount > 0 else {
            let reason = nodes.value == nil ? unknown(nodes) : "not told by the topology"
            return Decision(
                max(1, min(2, most)),
                why: "the number of NUMA nodes is \(reason): 2 as for one node, at most \(share)")
        }
        let wanted = 2 * nodeCount
        let rule = "2 for each of \(counted(nodeCount, "NUMA node")), at most \(share)"
        return Decision(max(1, min(wanted, most)), why: rule)
    }

    private static func acceleratorWorkers(_ machine: Machine) -> Decision<Int> {
        let devices = machine.accelerators.deviceCount
        guard let count = devices.value else {
            return Decision(
                0,
                why: "which devices there are is \(unknown(devices)): no worker is started for a "
                    + "device that nobody has seen")
        }
        let processors = machine.accelerators.openCL.value?.count { $0.kind == .cpu } ?? 0
        let aside =
            processors == 0
            ? "" : "; OpenCL on the processor itself is not counted, it would compete for the cores"
        let rule = count == 0 ? "no device was found" : "1 for each of \(counted(count, "device"))"
        return Decision(count, why: rule + aside)
    }

    /// The capacities by memory, and the smallest of them.
    private static let capacities: [(most: ByteCount, capacity: Int)] = [
        (.gibibytes(4), 256), (.gibibytes(16), 1024), (.gibibytes(64), 4096),
    ]
    private static let largestCapacity = 8192

    private static func channelCapacity(_ memory: Fact<ByteCount>) -> Decision<Int> {
        guard let bytes = memory.value else {
            return Decision(
                capacities[0].capacity,
                why: "usable memory is \(unknown(memory)): the smallest capacity")
        }
        for (most, capacity) in capacities where bytes <= most {
            return Decision(capacity, why: "\(bytes) of usable memory is at most \(most)")
        }
        let above = capacities[capacities.count - 1].most
        return Decision(largestCapacity, why: "\(bytes) of usable memory is above \(above)")
    }

    private static func affinity(_ cores: Fact<Int>) -> Decision<Bool> {
        guard let count = cores.value else {
            return Decision(false, why: "the number of usable cores is \(unknown(cores))")
        }
        return count > 16
            ? Decision(true, why: "\(counted(count, "usable core")): above 16")
            : Decision(false, why: "\(counted(count, "usable core")): not above 16")
    }

    private static func numaAwareness(_ machine: Machine, nodes: Fact<Int>) -> Decision<Bool> {
        guard let count = nodes.value else {
            return Decision(false, why: "the number of NUMA nodes is \(unknown(nodes))")
        }
        guard count > 1 else {
            return Decision(false, why: "\(counted(count, "usable NUMA node")): not above one")
        }
        let caveat =
            machine.environment.isMemoryPlacementAllowed.value == false
            ? "; this process may not place memory, so only the first touch of a page decides" : ""
        return Decision(true, why: "\(counted(count, "usable NUMA node")): above one\(caveat)")
    }

    private static func storageEngine(_ ioUring: IOUring) -> Decision<StorageEngine> {
        switch ioUring.works {
        case .known(true, let source): Decision(.ioUring, why: "io_uring was tried: \(source)")
        case .known(false, let source): Decision(.portable, why: "io_uring is refused: \(source)")
        case .unknown:
            Decision(.portable, why: "whether io_uring works is \(unknown(ioUring.works))")
        }
    }

    private static func unknown<Value>(_ fact: Fact<Value>) -> String {
        "unknown (\(fact.reason ?? ""))"
    }
}

/// A number with its noun: `1 core`, `24 cores`.
func counted(_ count: Int, _ noun: String) -> String {
    count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
