import CHwloc

extension Machine {
    /// Devices that compute beside the processor.
    public struct Accelerators: Codable, Equatable, Sendable {
        /// What is on the PCI bus.
        public var devices: Fact<[Accelerator]>
        /// What OpenCL offers; unknown where no OpenCL library is installed, which is normal.
        public var openCL: Fact<[OpenCLDevice]>
    }

    /// A device on the PCI bus that computes.
    public struct Accelerator: Codable, Equatable, Sendable {
        /// What sort of device it is.
        public enum Kind: String, Codable, Sendable {
            /// A graphics processor that computes.
            case gpu
            /// A graphics adapter that only shows a console: a server's management chip, a virtual
            /// machine's screen.
            case display
            /// Intel QuickAssist: encryption and compression.
            case qat
            /// A network card that is a computer.
            case dpu
            /// Programmable logic.
            case fpga
            /// Another device of the class "processing accelerator".
            case processing
        }

        /// Where it sits: `0000:3b:00.0`.
        public var address: String
        /// What it is.
        public var kind: Kind
        /// Its vendor and device numbers: `10de:2330`.
        public var identity: String
        /// Its name.
        public var name: Fact<String>
        /// The kernel's driver.
        public var driver: Fact<String>
        /// The NUMA node next to it.
        public var node: Fact<Int>

        /// The address without the function, which several functions of one card share.
        var card: String { String(address.prefix { $0 != "." }) }

        /// A device of these facts.
        public init(
            address: String, kind: Kind, identity: String, name: Fact<String>,
            driver: Fact<String>, node: Fact<Int>
        ) {
            self.address = address
            self.kind = kind
            self.identity = identity
            self.name = name
            self.driver = driver
            self.node = node
        }
    }

    /// A device that OpenCL offers.
    public struct OpenCLDevice: Codable, Equatable, Sendable {
        /// What sort of device it is.
        public enum Kind: String, Codable, Sendable {
            /// The processor itself.
            case cpu
            /// A graphics processor.
            case gpu
            /// A dedicated accelerator.
            case accelerator
            /// Anything else.
            case other
        }

        /// Its name.
        public var name: String
        /// What it is.
        public var kind: Kind
        /// How many units compute in parallel; `nil` when the implementation does not say.
        public var computeUnits: Int?
        /// The implementation that offers it.
        public var platform: String

        /// A device of these facts.
        public init(name: String, kind: Kind, computeUnits: Int?, platform: String) {
            self.name = name
            self.kind = kind
            self.computeUnits = computeUnits
            self.platform = platform
        }
    }
}

extension Machine.Accelerators {
    /// Devices that can be given work, each once: cards on the PCI bus less those that only show a
    /// console, or OpenCL's devices less the processor itself, whichever are more, because one card
    /// usually appears in both lists.
    ///
    /// Unknown when neither list is known.
    public var deviceCount: Fact<Int> {
        let cards = devices.map { devices in
            Set(devices.filter { $0.kind != .display }.map(\.card)).count
        }
        let offered = openCL.map { devices in devices.count { $0.kind != .cpu } }
        guard let offeredCount = offered.value else { return cards }
        guard let cardCount = cards.value else { return offered }
        return cardCount >= offeredCount ? cards : offered
    }

    /// What is on the running machine's PCI bus, and the answer of OpenCL's probe.
    init(_ files: SystemFiles, pci: Fact<[PCIDevice]>, openCL: Fact<[Machine.OpenCLDevice]>) {
        devices = pci.map { devices in
            devices.compactMap { device in
                let path = "/sys/bus/pci/devices/\(device.address)/driver"
                return Machine.Accelerator(device, driver: files.linkedName(path), source: "hwloc")
            }
        }
        self.openCL = openCL
    }

    /// What hwloc's description of another machine tells: PCI devices where it has any, and
    /// OpenCL devices where hwloc had looked for them.
    init(described hwloc: HwlocTopology) {
        let source = hwloc.origin.sourceName
        let nothing = "the description has no devices"
        let pci = HwlocObject.all(HWLOC_OBJ_PCI_DEVICE, in: hwloc).compactMap(\.pci)
        devices =
            pci.isEmpty
            ? .unknown(reason: nothing, source: source)
            : .known(
                pci.compactMap { Machine.Accelerator($0, driver: .notRunning, source: source) },
                source: source)
        let offered = HwlocObject.all(HWLOC_OBJ_OS_DEVICE, in: hwloc).filter {
            $0.systemDeviceType == HWLOC_OBJ_OSDEV_COPROC && $0.subtype == "OpenCL"
        }
        openCL =
            offered.isEmpty
            ? .unknown(reason: nothing, source: source)
            : .known(offered.map { Machine.OpenCLDevice(described: $0) }, source: source)
    }
}

extension Machine.Accelerator {
    /// The device as an accelerator; `nil` when it is none.
    init?(_ device: PCIDevice, driver: Fact<String>, source: String) {
        guard let kind = Machine.Accelerator.Kind(device, driver: driver.value) else { return nil }
        self.init(
            address: "\(device.address)", kind: kind, identity: device.identity,
            name: device.name.isEmpty
                ? .unknown(reason: "no database of PCI names", source: source)
                : .known(device.name, source: source),
            driver: driver,
            node: device.node.map { .known($0, source: source) }
                ?? .unknown(reason: "near no single node", source: source))
    }
}

extension Machine.OpenCLDevice {
    /// A device as hwloc's OpenCL plug-in describes it.
    fileprivate init(described object: HwlocObject) {
        let kind: Kind =
            switch object.info("OpenCLDeviceType") {
            case "CPU": .cpu
            case "GPU": .gpu
            case "Accelerator": .accelerator
            default: .other
            }
        self.init(
            name: object.info("GPUModel") ?? object.name ?? "unnamed", kind: kind,
            computeUnits: object.info("OpenCLComputeUnits").flatMap { Int($0) },
            platform: object.info("OpenCLPlatformName") ?? "unnamed")
    }
}
