import Quantities

/// What the machine is made of.
extension MachineDescription {
    var topologyRows: [Page.Row] {
        let topology = machine.topology
        var rows = [
            Page.Row("processor", topology.processorModel),
            Page.Row("architecture", topology.architecture),
            Page.Row("packages", topology.packages) { "\($0.count)" },
            Page.Row("cores", topology.cores) { cores in
                let threads = cores.reduce(0) { $0 + $1.pus.count }
                return "\(cores.count), \(counted(threads, "hardware thread"))"
            },
            Page.Row("allowed threads", topology.allowedPUs),
            Page.Row("usable cores", machine.usableCoreCount),
            Page.Row("NUMA nodes", topology.nodes) { "\($0.count)" },
        ]
        for node in topology.nodes.value ?? [] {
            let threads = node.pus.isEmpty ? "no threads" : "threads \(node.pus)"
            rows.append(
                Page.Row("  node \(node.index)", node.memory) { "\($0), \(threads)" })
        }
        rows.append(Page.Row("node distances", topology.distances, text(ofDistances:)))
        for cache in topology.caches.value ?? [] {
            let counts = cache.sharers.map(\.count)
            let (fewest, most) = (counts.min() ?? 0, counts.max() ?? 0)
            let range = fewest == most ? "" : "\(fewest) to "
            rows.append(
                Page.Row(cache.name, cache.size) { size in
                    let line = cache.lineSize.value.map { ", lines of \($0)" } ?? ""
                    return "\(cache.sharers.count) × \(size)\(line), "
                        + "\(range)\(counted(most, "thread")) each"
                })
        }
        rows.append(Page.Row("kinds of cores", topology.kinds, text(ofKinds:)))
        return rows
    }

    private func text(ofDistances distances: Topology.Distances) -> String {
        distances.latencies.map { row in row.map { "\($0)" }.joined(separator: " ") }
            .joined(separator: "; ")
    }

    private func text(ofKinds kinds: [Topology.Kind]) -> String {
        if kinds.count == 1 { return "one" }
        return kinds.map { kind in
            let name = kind.properties["CoreType"] ?? kind.efficiency.map { "rank \($0)" }
            return "\(name ?? "unranked"): threads \(kind.pus)"
        }.joined(separator: "; ")
    }

    var memoryRows: [Page.Row] {
        let memory = machine.memory
        return [
            Page.Row("total", memory.total),
            Page.Row("available", memory.available),
            Page.Row("page size", memory.pageSize),
            Page.Row("huge pages", memory.hugePages) { sizes in
                sizes.isEmpty
                    ? "none"
                    : sizes.map { pages in
                        "\(pages.size): \(text(pages.reserved)) reserved, \(text(pages.free)) free"
                    }.joined(separator: "; ")
            },
            Page.Row("transparent huge pages", memory.transparentHugePages),
            Page.Row("  defragmentation", memory.transparentHugePageDefragmentation),
            Page.Row("persistent memory", list: memory.persistentMemory),
            Page.Row("direct-access devices", list: memory.directAccessDevices),
        ]
    }

    /// A fact inside a longer text.
    private func text<Value>(_ fact: Fact<Value>) -> String {
        fact.value.map { "\($0)" } ?? "unknown (\(fact.reason ?? ""))"
    }

    var storageRows: [Page.Row] {
        let storage = machine.storage
        return [
            Page.Row("directory", storage.directory),
            Page.Row("filesystem", storage.filesystem),
            Page.Row("mounted at", storage.mountPoint),
            Page.Row("  from", storage.mountSource),
            Page.Row("  options", list: storage.mountOptions),
            Page.Row("device", storage.device),
            Page.Row("NVMe", storage.isNVMe),
            Page.Row("rotational", storage.isRotational),
            Page.Row("volatile write cache", storage.hasVolatileWriteCache),
            Page.Row("scheduler", storage.scheduler),
            Page.Row("logical block", storage.logicalBlockSize),
            Page.Row("direct access (DAX)", storage.isDirectAccess),
            Page.Row("a sync reaches", storage.durability) { $0.rawValue },
            Page.Row("user-space NVMe (SPDK)", list: storage.userSpaceNVMe),
            Page.Row("io_uring works", storage.ioUring.works),
            Page.Row("  operations", storage.ioUring.operations) { operations in
                operations.last.map { "\(operations.count), the newest \($0)" } ?? "none"
            },
            Page.Row("  features", list: storage.ioUring.features),
            Page.Row("  setups", list: storage.ioUring.setups),
            Page.Row("  refused setups", storage.ioUring.refusedSetups) { refused in
                refused.isEmpty
                    ? "none" : refused.map { "\($0.setup): \($0.reason)" }.joined(separator: "; ")
            },
        ]
    }

    var networkRows: [Page.Row] {
        let network = machine.network
        var rows = [Page.Row("interfaces", network.interfaces) { "\($0.count)" }]
        for interface in network.interfaces.value ?? [] {
            rows += [
                Page.Row("  \(interface.name)", interface.state),
                Page.Row("    driver", interface.driver),
                Page.Row("    speed", interface.speed),
                Page.Row("    largest packet", interface.largestPacket) { "\($0) B" },
                Page.Row("    receive queues", interface.receiveQueues),
                Page.Row("    NUMA node", interface.node),
                Page.Row("    DPDK has a driver", interface.isDPDKCapable),
            ]
        }
        return rows + [
            Page.Row("RDMA devices", list: network.rdmaDevices),
            Page.Row("AF_XDP", network.afXDP),
            Page.Row("user-space devices (DPDK)", list: network.userSpaceDevices),
        ]
    }

    var acceleratorRows: [Page.Row] {
        let accelerators = machine.accelerators
        var rows = [Page.Row("on the PCI bus", accelerators.devices) { "\($0.count)" }]
        for device in accelerators.devices.value ?? [] {
            rows.append(
                Page.Row(
                    "  \(device.address)",
                    "\(device.kind.rawValue) \(device.name.value ?? device.identity)",
                    note: "driver \(text(device.driver)), NUMA node \(text(device.node))"))
        }
        rows.append(Page.Row("offered by OpenCL", accelerators.openCL) { "\($0.count)" })
        for device in accelerators.openCL.value ?? [] {
            let units = device.computeUnits.map { ", \(counted($0, "compute unit"))" } ?? ""
            rows.append(
                Page.Row(
                    "  \(device.kind.rawValue)", "\(device.name)\(units)", note: device.platform))
        }
        return rows
    }
}
