import CHwloc
import Quantities

/// What hwloc's objects say, as plain values.
extension HwlocTopology {
    /// The text that hwloc attached to the machine as a whole.
    func machineInfo(_ name: String) -> Fact<String> {
        let source = "\(origin.sourceName) \(name)"
        for object in HwlocObject.all(HWLOC_OBJ_MACHINE, in: self) {
            if let text = object.info(name) { return .known(text, source: source) }
        }
        return .unknown(reason: "hwloc does not say", source: source)
    }

    /// The processor's name.
    var processorModel: Fact<String> {
        for package in HwlocObject.all(HWLOC_OBJ_PACKAGE, in: self) {
            if let model = package.info("CPUModel") {
                return .known(model, source: "\(origin.sourceName) CPUModel")
            }
        }
        return machineInfo("CPUModel")
    }

    /// The sockets' hardware threads.
    var packages: [CPUSet] { HwlocObject.all(HWLOC_OBJ_PACKAGE, in: self).map(\.pus) }

    /// The hardware threads of each core; each hardware thread counts as one where hwloc has no
    /// cores.
    var cores: (pus: [CPUSet], source: String) {
        let cores = HwlocObject.all(HWLOC_OBJ_CORE, in: self).map(\.pus)
        if !cores.isEmpty { return (cores, origin.sourceName) }
        return (
            HwlocObject.all(HWLOC_OBJ_PU, in: self).map(\.pus),
            "\(origin.sourceName) (it has no cores: each hardware thread is one)"
        )
    }

    /// The NUMA nodes, with the memory that hwloc or the description gives them.
    var nodes: [Topology.Node] {
        let source = "\(origin.sourceName) NUMANode"
        let isInvented = synthetic.map { !$0.statesMemory } ?? false
        return HwlocObject.all(HWLOC_OBJ_NUMANODE, in: self).map { object in
            Topology.Node(
                index: object.systemIndex, pus: object.pus,
                memory: isInvented
                    ? .unknown(reason: "the description gives no memory", source: source)
                    : .known(ByteCount(object.localMemory), source: source))
        }
    }

    /// The caches, those alike gathered.
    var caches: [Topology.Cache] {
        let types = [
            HWLOC_OBJ_L1CACHE, HWLOC_OBJ_L1ICACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_L2ICACHE,
            HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L3ICACHE, HWLOC_OBJ_L4CACHE, HWLOC_OBJ_L5CACHE,
        ]
        var gathered: [Topology.Cache] = []
        for object in types.flatMap({ HwlocObject.all($0, in: self) }) {
            let one = cache(object)
            if let alike = gathered.firstIndex(where: { $0.isAlike(one) }) {
                gathered[alike].sharers += one.sharers
            } else {
                gathered.append(one)
            }
        }
        return gathered
    }

    private func cache(_ object: HwlocObject) -> Topology.Cache {
        let attributes = object.cache
        let level = Int(attributes.depth)
        let kind: Topology.Cache.Kind =
            switch attributes.type {
            case HWLOC_OBJ_CACHE_DATA: .data
            case HWLOC_OBJ_CACHE_INSTRUCTION: .instruction
            default: .unified
            }
        var size = known(attributes.size, "size")
        var lineSize = known(UInt64(attributes.linesize), "line size")
        if let synthetic {
            let unstated = Fact<ByteCount>.unknown(
                reason: "the description does not say", source: origin.sourceName)
            // A line size cannot be stated in a synthetic description at all.
            lineSize = unstated
            if !synthetic.cacheLevelsWithSize.contains(level) { size = unstated }
        }
        return Topology.Cache(
            level: level, kind: kind, size: size, lineSize: lineSize, sharers: [object.pus])
    }

    /// hwloc writes 0 for a size that it does not know.
    private func known(_ bytes: UInt64, _ what: String) -> Fact<ByteCount> {
        let source = "\(origin.sourceName) cache \(what)"
        return bytes == 0
            ? .unknown(reason: "hwloc does not say", source: source)
            : .known(ByteCount(bytes), source: source)
    }

    /// What the synthetic description states from which hwloc made the topology, perhaps before it
    /// was written as XML; `nil` for one that was not invented.
    private var synthetic: SyntheticDescription? {
        machineInfo("SyntheticDescription").value.map { SyntheticDescription($0) }
    }

    /// The kinds of cores, least powerful first where hwloc could rank them.
    var kinds: Fact<[Topology.Kind]> {
        let source = "\(origin.sourceName) cpukinds"
        // The bitmap is allocated here, written by hwloc, read, and freed here; the infos belong to
        // the topology and are copied.
        let count = unsafe hwloc_cpukinds_get_nr(handle, 0)
        guard count > 0, let set = unsafe hwloc_bitmap_alloc() else {
            return .unknown(reason: "hwloc does not tell kinds of cores apart", source: source)
        }
        defer { unsafe hwloc_bitmap_free(set) }
        var kinds: [Topology.Kind] = []
        for index in 0..<UInt32(count) {
            var efficiency: Int32 = -1
            var infoCount: UInt32 = 0
            var infos: UnsafeMutablePointer<hwloc_info_s>?
            guard
                unsafe hwloc_cpukinds_get_info(
                    handle, index, set, &efficiency, &infoCount, &infos, 0) == 0
            else { return .unknown(reason: "hwloc does not answer", source: source) }
            var properties: [String: String] = [:]
            for position in 0..<Int(infoCount) {
                guard let info = unsafe infos?[position] else { continue }
                unsafe properties[String(cString: info.name)] = unsafe String(cString: info.value)
            }
            kinds.append(
                Topology.Kind(
                    efficiency: efficiency < 0 ? nil : Int(efficiency),
                    pus: unsafe CPUSet(bitmap: set), properties: properties))
        }
        return .known(kinds, source: source)
    }

    /// The latencies between NUMA nodes that the firmware states.
    var distances: Fact<Topology.Distances> {
        let source = "\(origin.sourceName) distances"
        var count: UInt32 = 1
        var found: UnsafeMutablePointer<hwloc_distances_s>?
        let kind = UInt(HWLOC_DISTANCES_KIND_MEANS_LATENCY.rawValue)
        // hwloc lends the matrix until it is released below; it is copied before.
        guard
            unsafe hwloc_distances_get_by_type(
                handle, HWLOC_OBJ_NUMANODE, &count, &found, kind, 0) == 0,
            count > 0, let matrix = unsafe found
        else { return .unknown(reason: "hwloc knows none", source: source) }
        defer { unsafe hwloc_distances_release(handle, matrix) }
        let size = unsafe Int(matrix.pointee.nbobjs)
        var nodes: [Int] = []
        for index in 0..<size {
            guard let node = unsafe matrix.pointee.objs[index] else {
                return .unknown(reason: "hwloc's matrix names no nodes", source: source)
            }
            nodes.append(unsafe Int(node.pointee.os_index))
        }
        let rows = (0..<size).map { row in
            (0..<size).map { column in unsafe matrix.pointee.values[row * size + column] }
        }
        return .known(Topology.Distances(nodes: nodes, latencies: rows), source: source)
    }
}
