import CHwloc

extension Machine {
    /// Interfaces and what they can do.
    public struct Network: Codable, Equatable, Sendable {
        /// The interfaces of this process's network namespace, by name.
        public var interfaces: Fact<[Interface]>
        /// Devices of remote direct memory access.
        public var rdmaDevices: Fact<[String]>
        /// Whether sockets that share their rings with the driver (AF_XDP) can be made.
        public var afXDP: Fact<Bool>
        /// PCI network devices that are bound to a user-space driver and thus free for DPDK, which
        /// is reported and not used.
        public var userSpaceDevices: Fact<[String]>
    }

    /// A network interface.
    public struct Interface: Codable, Equatable, Sendable {
        /// The name, such as `eth0`.
        public var name: String
        /// `up`, `down`, or `unknown` where the driver does not tell.
        public var state: Fact<String>
        /// The speed of the link.
        public var speed: Fact<LinkSpeed>
        /// The kernel's driver.
        public var driver: Fact<String>
        /// The bytes of the largest packet.
        public var largestPacket: Fact<Int>
        /// How many queues receive.
        public var receiveQueues: Fact<Int>
        /// The NUMA node next to the device.
        public var node: Fact<Int>
        /// Whether DPDK has a driver for the device.
        public var isDPDKCapable: Fact<Bool>

        private enum CodingKeys: String, CodingKey {
            case name, state, driver, receiveQueues, node, isDPDKCapable
            case speed = "speedMegabitsPerSecond"
            case largestPacket = "largestPacketBytes"
        }
    }

    /// How fast a link is.
    public struct LinkSpeed: Hashable, Sendable, CustomStringConvertible {
        /// In 10⁶ bits per second, as the kernel counts.
        public var megabitsPerSecond: UInt32

        /// A speed of so many 10⁶ bits per second.
        public init(megabitsPerSecond: UInt32) { self.megabitsPerSecond = megabitsPerSecond }

        /// In Gb/s where that is a whole number, otherwise in Mb/s.
        public var description: String {
            megabitsPerSecond >= 1000 && megabitsPerSecond % 1000 == 0
                ? "\(megabitsPerSecond / 1000) Gb/s" : "\(megabitsPerSecond) Mb/s"
        }
    }
}

/// In JSON a speed is its number; the key says the unit.
extension Machine.LinkSpeed: Codable {
    /// Reads a number of Mb/s.
    public init(from decoder: any Decoder) throws {
        self.init(megabitsPerSecond: try decoder.singleValueContainer().decode(UInt32.self))
    }

    /// Writes the number of Mb/s.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(megabitsPerSecond)
    }
}

extension Machine.Network {
    /// Reads the running machine's files, and takes the probe of AF_XDP as given.
    init(_ files: SystemFiles, pci: Fact<[PCIDevice]>, afXDP: Fact<Bool>) {
        interfaces = files.members(of: "/sys/class/net", ifAbsent: "/sys/class").map { names in
            names.filter { files.exists("/sys/class/net/\($0)/operstate") }
                .map { Machine.Interface($0, files) }
        }
        rdmaDevices = files.members(of: "/sys/class/infiniband", ifAbsent: "/sys/class")
        self.afXDP = afXDP
        userSpaceDevices = pci.map { devices in
            devices.filter { device in
                device.classCode >> 8 == 0x02 && files.hasUserSpaceDriver(device.address)
            }.map { "\($0.address)" }
        }
    }

    /// What hwloc's description of another machine tells of its network: names.
    init(described hwloc: HwlocTopology) {
        let source = hwloc.origin.sourceName
        let devices = HwlocObject.all(HWLOC_OBJ_OS_DEVICE, in: hwloc)
        let names = { (type: hwloc_obj_osdev_type_t) -> Fact<[String]> in
            let names = devices.filter { $0.systemDeviceType == type }.compactMap(\.name)
            return names.isEmpty
                ? .unknown(reason: "the description names none", source: source)
                : .known(names.sorted(), source: source)
        }
        interfaces = names(HWLOC_OBJ_OSDEV_NETWORK).map { names in
            names.map { Machine.Interface(described: $0) }
        }
        rdmaDevices = names(HWLOC_OBJ_OSDEV_OPENFABRICS)
        afXDP = .notRunning
        userSpaceDevices = .notRunning
    }
}

extension Machine.Interface {
    /// Reads the files of the interface `name`.
    init(_ name: String, _ files: SystemFiles) {
        let directory = "/sys/class/net/\(name)"
        let hasDevice = files.exists("\(directory)/device")
        self.name = name
        state = files.textFact("\(directory)/operstate")
        speed = files.number("\(directory)/speed", ifNegative: "the driver does not know it")
            .map { Machine.LinkSpeed(megabitsPerSecond: $0) }
        largestPacket = files.fact("\(directory)/mtu") { Int($0) }
        receiveQueues = files.members(of: "\(directory)/queues", ifAbsent: directory)
            .map { queues in queues.count { $0.hasPrefix("rx-") } }
        guard hasDevice else {
            let nothing = "a virtual interface has no device"
            driver = .unknown(reason: nothing, source: directory)
            node = .unknown(reason: nothing, source: directory)
            isDPDKCapable = .known(false, source: nothing)
            return
        }
        driver = files.linkedName("\(directory)/device/driver")
        node = Machine.Interface.node(directory, files)
        isDPDKCapable = driver.flatMap(PollModeDrivers.supports)
    }

    /// A virtio device is not on the PCI bus itself: the device above it knows the node.
    private static func node(_ directory: String, _ files: SystemFiles) -> Fact<Int> {
        let candidates = ["\(directory)/device/numa_node", "\(directory)/device/../numa_node"]
        let path = candidates.first(where: files.exists) ?? candidates[0]
        return files.number(path, ifNegative: "the firmware names none").map { Int($0) }
    }

    /// An interface of which a description tells the name.
    init(described name: String) {
        self.name = name
        state = .notRunning
        speed = .notRunning
        driver = .notRunning
        largestPacket = .notRunning
        receiveQueues = .notRunning
        node = .notRunning
        isDPDKCapable = .notRunning
    }
}

/// The kernel drivers of devices for which DPDK has a driver of its own (DPDK 24.11, "Network
/// Interface Controller Drivers").
enum PollModeDrivers {
    private static let kernelDrivers: Set = [
        "atlantic", "bnx2x", "bnxt_en", "cxgb4", "cxgb4vf", "e1000", "e1000e", "ena", "enetc",
        "enic", "fm10k", "gve", "hinic", "hns3", "hv_netvsc", "i40e", "iavf", "ice", "idpf", "igb",
        "igbvf", "igc", "ionic", "ixgbe", "ixgbevf", "mana", "mlx4_core", "mlx4_en", "mlx5_core",
        "mvneta", "mvpp2", "netvsc", "nfp", "ngbe", "octeon_ep", "qede", "rvu_nicpf", "rvu_nicvf",
        "sfc", "thunder-nicvf", "txgbe", "virtio_net", "vmxnet3", "xgbe", "amd-xgbe",
    ]

    /// Whether DPDK drives the devices of the kernel's `driver`; a driver that is not listed leaves
    /// the answer unknown.
    static func supports(_ driver: String) -> Fact<Bool> {
        let source = "DPDK's list of devices"
        return kernelDrivers.contains(driver)
            ? .known(true, source: "\(source), by driver \(driver)")
            : .unknown(reason: "driver \(driver) is not on the list", source: source)
    }
}

extension SystemFiles {
    /// Whether a PCI device is bound to a driver that hands it to user space.
    func hasUserSpaceDriver(_ address: PCIAddress) -> Bool {
        let driver = linkedName("/sys/bus/pci/devices/\(address)/driver").value
        return ["vfio-pci", "uio_pci_generic", "igb_uio"].contains(driver)
    }
}
