import Glibc
import Quantities

extension Machine {
    /// Memory and its pages.
    public struct Memory: Codable, Equatable, Sendable {
        /// All of it. From the kernel's total: what hwloc adds up over NUMA nodes goes stale in a
        /// virtual machine that is given memory later.
        public var total: Fact<ByteCount>
        /// What can be had without swapping.
        public var available: Fact<ByteCount>
        /// The size of an ordinary page.
        public var pageSize: Fact<ByteCount>
        /// The huge pages set aside, by size.
        public var hugePages: Fact<[HugePages]>
        /// When ordinary memory is given huge pages: `always`, `madvise`, `never`.
        public var transparentHugePages: Fact<String>
        /// When the kernel stops to make huge pages: `always`, `defer`, `madvise`, `never`.
        public var transparentHugePageDefragmentation: Fact<String>
        /// Regions of persistent memory.
        public var persistentMemory: Fact<[String]>
        /// Character devices that map memory directly (device DAX).
        public var directAccessDevices: Fact<[String]>

        private enum CodingKeys: String, CodingKey {
            case total = "totalBytes"
            case available = "availableBytes"
            case pageSize = "pageSizeBytes"
            case hugePages, transparentHugePages, transparentHugePageDefragmentation
            case persistentMemory, directAccessDevices
        }
    }

    /// Huge pages of one size.
    public struct HugePages: Codable, Equatable, Sendable {
        /// The size of each.
        public var size: ByteCount
        /// How many are set aside.
        public var reserved: Fact<Int>
        /// How many of those nobody uses.
        public var free: Fact<Int>

        private enum CodingKeys: String, CodingKey {
            case reserved, free
            case size = "sizeBytes"
        }
    }
}

extension Machine.Memory {
    /// Reads the running machine's files.
    init(_ files: SystemFiles) {
        let field = { (name: String) -> Fact<ByteCount> in
            files.fact("/proc/meminfo", field: name) { KernelText.memory(name, in: $0) }
        }
        total = field("MemTotal")
        available = field("MemAvailable")
        let size = sysconf(Int32(_SC_PAGESIZE))
        pageSize =
            size > 0
            ? .known(ByteCount(UInt64(size)), source: "sysconf _SC_PAGESIZE")
            : .unknown(reason: "\(SystemError(errno))", source: "sysconf _SC_PAGESIZE")
        hugePages = Machine.Memory.hugePages(files)
        let transparent = "/sys/kernel/mm/transparent_hugepage"
        transparentHugePages = files.fact("\(transparent)/enabled", KernelText.choice)
        transparentHugePageDefragmentation = files.fact("\(transparent)/defrag", KernelText.choice)
        persistentMemory = files.members(of: "/sys/bus/nd/devices", ifAbsent: "/sys/bus")
            .map { names in names.filter { $0.hasPrefix("region") } }
        directAccessDevices = files.members(of: "/sys/bus/dax/devices", ifAbsent: "/sys/bus")
    }

    private static func hugePages(_ files: SystemFiles) -> Fact<[Machine.HugePages]> {
        let directory = "/sys/kernel/mm/hugepages"
        return files.members(of: directory, ifAbsent: "/sys/kernel/mm").map { names in
            let sizes = names.compactMap { name in
                KernelText.hugePageSize(name).map { (name: name, size: $0) }
            }
            return sizes.sorted { $0.size < $1.size }.map { name, size in
                Machine.HugePages(
                    size: size,
                    reserved: files.fact("\(directory)/\(name)/nr_hugepages") { Int($0) },
                    free: files.fact("\(directory)/\(name)/free_hugepages") { Int($0) })
            }
        }
    }

    /// What a description of another machine tells of its memory: its NUMA nodes' sum.
    init(described topology: Topology) {
        total = topology.nodes.flatMap { nodes in
            var sum: UInt64 = 0
            for node in nodes {
                guard let memory = node.memory.value else { return node.memory }
                sum += memory.rawValue
            }
            return .known(
                ByteCount(sum), source: "\(topology.origin.sourceName), sum of its NUMA nodes")
        }
        available = .notRunning
        pageSize = .notRunning
        hugePages = .notRunning
        transparentHugePages = .notRunning
        transparentHugePageDefragmentation = .notRunning
        persistentMemory = .notRunning
        directAccessDevices = .notRunning
    }
}
