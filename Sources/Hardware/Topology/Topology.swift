import Quantities

/// Packages, NUMA nodes, caches, cores and hardware threads (PUs), and which of them this process
/// may use.
///
/// Hardware threads and NUMA nodes bear the kernel's numbers, cores and packages hwloc's logical
/// ones.
public struct Topology: Codable, Equatable, Sendable {
    /// Where the description came from.
    public var origin: Origin
    /// The processor's name.
    public var processorModel: Fact<String>
    /// The instruction set: `x86_64`, `aarch64`.
    public var architecture: Fact<String>
    /// The hardware threads of each socket.
    public var packages: Fact<[CPUSet]>
    /// The NUMA nodes.
    public var nodes: Fact<[Node]>
    /// The caches, those alike gathered.
    public var caches: Fact<[Cache]>
    /// The cores, in hwloc's logical order.
    public var cores: Fact<[Core]>
    /// The kinds of cores, where the processor has several.
    public var kinds: Fact<[Kind]>
    /// The latencies between NUMA nodes.
    public var distances: Fact<Distances>
    /// The hardware threads that this process may use: cgroup cpuset and `taskset`. The cgroup's
    /// quota of processor time is in `Machine.environment`.
    public var allowedPUs: Fact<CPUSet>
}

extension Topology {
    /// A NUMA node.
    public struct Node: Codable, Equatable, Sendable {
        /// The kernel's number.
        public var index: Int
        /// The hardware threads for which it is local; none for a node of memory alone.
        public var pus: CPUSet
        /// Its memory.
        public var memory: Fact<ByteCount>

        private enum CodingKeys: String, CodingKey {
            case index, pus
            case memory = "memoryBytes"
        }
    }

    /// Caches of one level, kind and size.
    public struct Cache: Codable, Equatable, Sendable {
        /// What a cache holds.
        public enum Kind: String, Codable, Sendable {
            /// Data alone.
            case data
            /// Instructions alone.
            case instruction
            /// Both.
            case unified
        }

        /// 1 for L1.
        public var level: Int
        /// What it holds.
        public var kind: Kind
        /// The size of each.
        public var size: Fact<ByteCount>
        /// The size of a line.
        public var lineSize: Fact<ByteCount>
        /// For each cache, the hardware threads that share it.
        public var sharers: [CPUSet]

        /// The name people use: `L1d`, `L1i`, `L3`.
        public var name: String {
            switch kind {
            case .data: "L\(level)d"
            case .instruction: "L\(level)i"
            case .unified: "L\(level)"
            }
        }

        func isAlike(_ other: Cache) -> Bool {
            level == other.level && kind == other.kind && size == other.size
                && lineSize == other.lineSize
        }

        private enum CodingKeys: String, CodingKey {
            case level, kind, sharers
            case size = "sizeBytes"
            case lineSize = "lineSizeBytes"
        }
    }

    /// A core.
    public struct Core: Codable, Equatable, Sendable {
        /// hwloc's logical number.
        public var index: Int
        /// The logical number of its package; `nil` when hwloc names no packages.
        public var package: Int?
        /// The NUMA node that is local to it; `nil` when hwloc names none.
        public var node: Int?
        /// Its hardware threads.
        public var pus: CPUSet
    }

    /// A kind of core.
    public struct Kind: Codable, Equatable, Sendable {
        /// The rank by power, 0 for the least powerful; `nil` when hwloc cannot rank.
        public var efficiency: Int?
        /// The hardware threads of this kind.
        public var pus: CPUSet
        /// What hwloc says of it, such as `CoreType` `IntelAtom`.
        public var properties: [String: String]
    }

    /// Latencies between NUMA nodes, as the firmware states them: 10 is local.
    public struct Distances: Codable, Equatable, Sendable {
        /// The nodes of rows and columns.
        public var nodes: [Int]
        /// A row for the node that accesses, a column for the node accessed.
        public var latencies: [[UInt64]]
    }
}

extension Topology {
    /// Reads what hwloc has loaded.
    init(_ hwloc: HwlocTopology) {
        let source = hwloc.origin.sourceName
        let packages = hwloc.packages
        let nodes = hwloc.nodes
        let cores = hwloc.cores
        origin = hwloc.origin
        processorModel = hwloc.processorModel
        architecture = hwloc.machineInfo("Architecture")
        self.packages =
            packages.isEmpty
            ? .unknown(reason: "hwloc names no packages", source: source)
            : .known(packages, source: source)
        self.nodes = .known(nodes, source: source)
        caches = .known(hwloc.caches, source: source)
        self.cores = .known(
            cores.pus.enumerated().map { index, pus in
                Core(
                    index: index, package: packages.firstIndex { $0.isSuperset(of: pus) },
                    node: nodes.first { $0.pus.isSuperset(of: pus) }?.index, pus: pus)
            }, source: cores.source)
        kinds = hwloc.kinds
        distances = hwloc.distances
        allowedPUs = hwloc.allowedPUs
    }

    /// Every hardware thread of the machine.
    public var pus: Fact<CPUSet> { cores.map { CPUSet($0.flatMap(\.pus.indexes)) } }

    /// The cores of which this process may use at least one hardware thread, with the hardware
    /// threads that it may use.
    public var usableCores: Fact<[Core]> {
        cores.flatMap { cores in
            allowedPUs.map { allowed in
                cores.compactMap { core in
                    var core = core
                    core.pus = core.pus.intersection(allowed)
                    return core.pus.isEmpty ? nil : core
                }
            }
        }
    }

    /// How many memory localities the usable cores span: NUMA nodes with one and the same set of
    /// hardware threads (ordinary and high-bandwidth memory of one socket) count once, nodes
    /// without usable hardware threads not at all.
    public var usableNodeCount: Fact<Int> {
        nodes.flatMap { nodes in
            allowedPUs.map { allowed in
                Set(nodes.map { $0.pus.intersection(allowed) }.filter { !$0.isEmpty }).count
            }
        }
    }

    /// Whether any core runs several hardware threads.
    public var hasSimultaneousMultithreading: Fact<Bool> {
        cores.map { cores in cores.contains { $0.pus.count > 1 } }
    }
}
