import Quantities

extension Machine {
    /// What lies under the directory to be measured, and how it can be reached.
    public struct Storage: Codable, Equatable, Sendable {
        /// The directory, absolute and without links.
        public var directory: Fact<String>
        /// The kind of filesystem: `ext4`, `tmpfs`.
        public var filesystem: Fact<String>
        /// Where it is mounted.
        public var mountPoint: Fact<String>
        /// What was mounted.
        public var mountSource: Fact<String>
        /// With which options.
        public var mountOptions: Fact<[String]>
        /// The whole device, even where a partition is mounted: `nvme0n1`.
        public var device: Fact<String>
        /// Whether the device says that it turns. Virtual devices often do, whatever lies below.
        public var isRotational: Fact<Bool>
        /// Whether the device may lose what it acknowledged unless it is flushed.
        public var hasVolatileWriteCache: Fact<Bool>
        /// Whether it is an NVMe device, or made of nothing else.
        public var isNVMe: Fact<Bool>
        /// The scheduler of its queue.
        public var scheduler: Fact<String>
        /// The least that it writes: the alignment of direct I/O.
        public var logicalBlockSize: Fact<ByteCount>
        /// Whether files can be mapped without the page cache (filesystem DAX).
        public var isDirectAccess: Fact<Bool>
        /// What a sync of a file in this directory reaches.
        public var durability: Fact<Durability>
        /// NVMe devices that are bound to a user-space driver and thus free for SPDK, which is
        /// reported and not used.
        public var userSpaceNVMe: Fact<[String]>
        /// What io_uring can do here.
        public var ioUring: IOUring

        private enum CodingKeys: String, CodingKey {
            case directory, filesystem, mountPoint, mountSource, mountOptions, device
            case isRotational, hasVolatileWriteCache, isNVMe, scheduler, isDirectAccess
            case durability, userSpaceNVMe, ioUring
            case logicalBlockSize = "logicalBlockSizeBytes"
        }
    }

    /// What a successful sync means. A figure that syncs is never better than its class.
    public enum Durability: String, Codable, Sendable {
        /// A device that flushes a volatile cache on a sync.
        case deviceWithVolatileCache = "device-volatile-cache"
        /// A device that keeps what it acknowledges: no volatile cache, or persistent memory.
        case deviceWithoutVolatileCache = "device-no-volatile-cache"
        /// A device whose volatile cache is not flushed, because the mount says so
        /// (`nobarrier`): a power cut loses what was synced.
        case deviceNotFlushed = "device-not-flushed"
        /// Memory: nothing outlives the machine.
        case memory
        /// Another machine: what it does on a sync is its own affair.
        case network
    }
}

extension Machine.Storage {
    /// Nothing is known of the storage of a machine that is only described.
    static var described: Machine.Storage {
        Machine.Storage(
            directory: .notRunning, filesystem: .notRunning, mountPoint: .notRunning,
            mountSource: .notRunning, mountOptions: .notRunning, device: .notRunning,
            isRotational: .notRunning, hasVolatileWriteCache: .notRunning, isNVMe: .notRunning,
            scheduler: .notRunning, logicalBlockSize: .notRunning, isDirectAccess: .notRunning,
            durability: .notRunning, userSpaceNVMe: .notRunning, ioUring: .described)
    }

    /// Reads what lies under `directory`, which must exist, and takes the probe of io_uring as
    /// given.
    init(
        directory path: String, mountID: Int?, files: SystemFiles, pci: Fact<[PCIDevice]>,
        ioUring: IOUring
    ) {
        let stack = StorageStack(files)
        let mount = stack.mount(of: path, id: mountID)
        let disk = mount.flatMap(stack.disk)
        let queue = { (name: String) in disk.map { "/sys/block/\($0)/queue/\(name)" } }
        directory = .known(path, source: "realpath")
        filesystem = mount.map(\.type)
        mountPoint = mount.map(\.point)
        mountSource = mount.map(\.source)
        mountOptions = mount.map(\.options)
        device = disk
        isRotational = queue("rotational").flatMap { files.fact($0, KernelText.flag) }
        hasVolatileWriteCache = queue("write_cache").flatMap {
            files.fact($0, KernelText.isVolatileCache)
        }
        isNVMe = disk.flatMap(stack.isNVMe)
        scheduler = queue("scheduler").flatMap { files.fact($0, KernelText.choice) }
        logicalBlockSize = queue("logical_block_size").flatMap { path in
            files.fact(path) { text in UInt64(text).map { ByteCount($0) } }
        }
        isDirectAccess = mount.map { mount in
            mount.options.contains { ["dax", "dax=always", "dax=inode"].contains($0) }
        }
        durability = stack.durability(of: path, id: mountID)
        userSpaceNVMe = pci.map { devices in
            devices.filter { device in
                device.classCode == 0x0108 && files.hasUserSpaceDriver(device.address)
            }.map { "\($0.address)" }
        }
        self.ioUring = ioUring
    }
}
