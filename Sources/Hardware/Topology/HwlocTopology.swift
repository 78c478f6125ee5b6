import CHwloc
import Glibc

/// A topology that hwloc has loaded, and that is only read from then on.
///
/// `@unchecked Sendable`: the handle is changed in `init` alone, before anybody else can have it.
/// hwloc allows concurrent reading and binding by threads after the load (hwloc manual, "Thread
/// safety"); nothing here modifies, restricts or refreshes it.
@safe final class HwlocTopology: @unchecked Sendable {
    // Set once in `init`, destroyed once in `deinit`.
    private let storage: hwloc_topology_t
    /// Where the description came from.
    let origin: Topology.Origin
    /// The hardware threads that this process may use, as they were when the topology was loaded:
    /// a thread that binds itself later does not change the answer.
    let allowedPUs: Fact<CPUSet>

    /// The handle, for hwloc's functions that read or bind.
    var handle: hwloc_topology_t { unsafe storage }

    /// The running machine, loaded when first asked for.
    static let running = Result { () throws(HardwareError) in try HwlocTopology(.running) }

    /// Loads `source`.
    ///
    /// - Throws: `topologyFileUnreadable`, `topologyFileRefused`, `syntheticDescriptionRefused` or
    ///   `topologyUnavailable`.
    init(_ source: TopologySource) throws(HardwareError) {
        var created: hwloc_topology_t?
        // `created` outlives the call, and receives a handle that this object owns.
        guard unsafe hwloc_topology_init(&created) == 0, let topology = unsafe created else {
            throw .topologyUnavailable(operation: "hwloc_topology_init", SystemError(errno))
        }
        do throws(HardwareError) {
            unsafe try HwlocTopology.point(topology, at: source)
            unsafe try HwlocTopology.load(topology)
        } catch {
            unsafe hwloc_topology_destroy(topology)
            throw error
        }
        unsafe storage = topology
        let isRunning = unsafe hwloc_topology_is_thissystem(topology) != 0
        origin = HwlocTopology.origin(of: source, isRunning: isRunning)
        allowedPUs = unsafe HwlocTopology.allowed(topology, origin: origin)
    }

    deinit { unsafe hwloc_topology_destroy(storage) }

    private static func point(
        _ topology: hwloc_topology_t, at source: TopologySource
    ) throws(HardwareError) {
        switch source {
        case .running:
            return
        case .xmlFile(let path):
            let document = try XMLDocument(path)
            if let error = document.refusal { throw .topologyFileRefused(path: path, error) }
            guard unsafe document.give(to: topology) else {
                throw .topologyFileRefused(path: path, SystemError(errno))
            }
        case .synthetic(let text):
            if let objection = SyntheticDescription(text).objection {
                throw .syntheticDescriptionRefused(text, reason: objection)
            }
            // hwloc copies the text during the call.
            guard unsafe hwloc_topology_set_synthetic(topology, text) == 0 else {
                throw .syntheticDescriptionRefused(
                    text, reason: "hwloc refuses it: \(SystemError(errno))")
            }
        }
    }

    private static func load(_ topology: hwloc_topology_t) throws(HardwareError) {
        // Vendors' libraries start threads in the process that asks them: OpenCL is asked by a
        // process of its own instead. A plug-in that is not installed cannot be excluded, and
        // needs not be.
        for plugin in ["opencl", "gl", "cuda", "nvml", "rsmi", "levelzero"] {
            _ = unsafe hwloc_topology_set_components(
                topology, UInt(HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST.rawValue), plugin)
        }
        // All of the machine is described; which part may be used is asked apart.
        let flags = UInt(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED.rawValue)
        let everything = HWLOC_TYPE_FILTER_KEEP_ALL
        guard unsafe hwloc_topology_set_flags(topology, flags) == 0,
            unsafe hwloc_topology_set_io_types_filter(topology, everything) == 0,
            unsafe hwloc_topology_set_icache_types_filter(topology, everything) == 0
        else {
            throw .topologyUnavailable(operation: "configuring hwloc", SystemError(errno))
        }
        guard unsafe hwloc_topology_load(topology) == 0 else {
            throw .topologyUnavailable(operation: "hwloc_topology_load", SystemError(errno))
        }
    }

    private static func origin(of source: TopologySource, isRunning: Bool) -> Topology.Origin {
        switch source {
        case .xmlFile(let path): return Topology.Origin(kind: .xmlFile, text: path)
        case .synthetic(let text): return Topology.Origin(kind: .synthetic, text: text)
        case .running where isRunning: return Topology.Origin(kind: .runningMachine)
        case .running:
            let variables = [
                "HWLOC_XMLFILE", "HWLOC_SYNTHETIC", "HWLOC_FSROOT", "HWLOC_THISSYSTEM",
            ]
            // The environment is read, and nothing in this process changes it.
            let set = variables.filter { unsafe getenv($0) != nil }
            return Topology.Origin(kind: .redirected, text: set.joined(separator: ", "))
        }
    }

    /// What the machine's configuration allows (cgroup cpuset), less what this process was bound
    /// away from (`taskset`).
    private static func allowed(
        _ topology: hwloc_topology_t, origin: Topology.Origin
    ) -> Fact<CPUSet> {
        let source = origin.sourceName
        // Owned by the topology, which the caller holds.
        guard let permitted = unsafe hwloc_topology_get_allowed_cpuset(topology) else {
            return .unknown(reason: "hwloc knows no allowed set", source: source)
        }
        let whole = unsafe CPUSet(bitmap: permitted)
        guard origin.kind == .runningMachine else {
            return .known(whole, source: "\(source) allowed cpuset")
        }
        guard let bound = unsafe hwloc_bitmap_alloc() else {
            return .unknown(reason: "no memory for a bitmap", source: source)
        }
        defer { unsafe hwloc_bitmap_free(bound) }
        let flags = Int32(bitPattern: HWLOC_CPUBIND_PROCESS.rawValue)
        guard unsafe hwloc_get_cpubind(topology, bound, flags) == 0 else {
            return .known(
                whole, source: "\(source) allowed cpuset (process binding: \(SystemError(errno)))")
        }
        return .known(
            unsafe whole.intersection(CPUSet(bitmap: bound)),
            source: "\(source) allowed cpuset and process binding")
    }
}

extension CPUSet {
    /// The indexes of a finite bitmap of hwloc, which is only read.
    init(bitmap: hwloc_const_bitmap_t) {
        var indexes: [Int] = []
        // An infinite bitmap has no last index; only the part that is written out is taken.
        let last =
            unsafe hwloc_bitmap_weight(bitmap) < 0
            ? hwloc_bitmap_last_unset(bitmap) : hwloc_bitmap_last(bitmap)
        var index = unsafe hwloc_bitmap_first(bitmap)
        while index >= 0, index <= last {
            indexes.append(Int(index))
            index = unsafe hwloc_bitmap_next(bitmap, index)
        }
        self.init(indexes)
    }
}
