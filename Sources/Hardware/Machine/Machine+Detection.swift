import CHwloc
import Glibc

extension Machine {
    /// What to describe.
    public struct DetectionOptions: Sendable {
        /// Which machine.
        public var topology: TopologySource
        /// The directory whose storage is described. Of a machine other than the running one
        /// nothing is known of its storage, and the directory is not looked at.
        public var measuredDirectory: String

        /// The running machine and the current directory, unless said otherwise.
        public init(topology: TopologySource = .running, measuredDirectory: String = ".") {
            self.topology = topology
            self.measuredDirectory = measuredDirectory
        }
    }

    /// Describes a machine.
    ///
    /// The running one is asked live, which takes some 100 ms: hwloc, the files of `/proc` and
    /// `/sys`, and trials of io_uring, AF_XDP, PAPI, libnuma and OpenCL (the last in a process of
    /// its own). Of another only what its description holds is known. Call it before threads are
    /// bound: what the process may use is read from its threads' bindings.
    ///
    /// - Throws: `HardwareError` when hwloc refuses the description, or the directory cannot be
    ///   used.
    public static func detect(
        _ options: DetectionOptions = DetectionOptions()
    ) throws(HardwareError) -> Machine {
        let hwloc = try HwlocTopology(options.topology)
        guard hwloc.origin.kind == .runningMachine else { return Machine(described: hwloc) }
        let directory = try MeasuredDirectory(options.measuredDirectory)
        return Machine(
            running: hwloc, files: SystemFiles(), directory: directory.path,
            mountID: directory.mountID)
    }

    init(running hwloc: HwlocTopology, files: SystemFiles, directory: String, mountID: Int?) {
        let topology = Topology(hwloc)
        let pci = Fact<[PCIDevice]>.known(
            HwlocObject.all(HWLOC_OBJ_PCI_DEVICE, in: hwloc).compactMap(\.pci), source: "hwloc")
        self.init(
            topology: topology,
            memory: Memory(files),
            storage: Storage(
                directory: directory, mountID: mountID, files: files, pci: pci,
                ioUring: IOUring.probe()),
            network: Network(files, pci: pci, afXDP: AFXDP.probe()),
            accelerators: Accelerators(files, pci: pci, openCL: OpenCL.probe()),
            counters: Counters(files, papi: Papi.shared),
            environment: Environment(files, topology: topology))
    }

    init(described hwloc: HwlocTopology) {
        let topology = Topology(hwloc)
        self.init(
            topology: topology, memory: Memory(described: topology), storage: .described,
            network: Network(described: hwloc), accelerators: Accelerators(described: hwloc),
            counters: .described, environment: Environment(described: hwloc, topology: topology))
    }
}

/// The directory to be measured, which is known to be one.
struct MeasuredDirectory {
    /// Absolute and without links.
    let path: String
    /// The number of the mount it lies on; `nil` when the kernel does not say.
    let mountID: Int?

    init(_ given: String) throws(HardwareError) {
        let files = SystemFiles()
        // A Swift string is lent to C for the duration of each call.
        let descriptor = unsafe open(given, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .directoryUnusable(path: given, operation: "open", SystemError(errno))
        }
        defer { close(descriptor) }
        do throws(SystemError) {
            path = try files.resolved(given)
        } catch {
            throw .directoryUnusable(path: given, operation: "realpath", error)
        }
        mountID = files.fact("/proc/self/fdinfo/\(descriptor)", KernelText.mountID).value
    }
}
