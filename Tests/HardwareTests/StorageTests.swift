import Quantities
import Testing

@testable import Hardware

@Suite struct StorageTests {
    /// A machine with a disk of each sort; mounted filesystems lie on them.
    private func system(_ mountinfo: String) throws -> FakeSystem {
        let system = try FakeSystem(["/proc/self/mountinfo": mountinfo])
        try disk(system, "sda", "8:0", cache: "write back", rotational: "1")
        try disk(system, "nvme0n1", "259:0", cache: "write through", rotational: "0")
        try disk(system, "dm-0", "253:0", cache: "write back", rotational: "0")
        try disk(system, "loop0", "7:0", cache: "write back", rotational: "0")
        try disk(system, "zram0", "252:0", cache: "write through", rotational: "0")
        try system.write("/sys/devices/pci/block/sda/sda1/partition", "1")
        try system.link("/sys/dev/block/8:1", to: "/sys/devices/pci/block/sda/sda1")
        try system.link("/sys/class/block/sda1", to: "/sys/devices/pci/block/sda/sda1")
        try system.link(
            "/sys/devices/pci/block/dm-0/slaves/nvme0n1", to: "/sys/devices/pci/block/nvme0n1")
        try system.link("/dev/mapper/vault", to: "/dev/dm-0")
        try system.write("/dev/dm-0", "")
        return system
    }

    private func disk(
        _ system: FakeSystem, _ name: String, _ number: String, cache: String, rotational: String
    ) throws {
        let directory = "/sys/devices/pci/block/\(name)"
        try system.write("\(directory)/queue/write_cache", cache + "\n")
        try system.write("\(directory)/queue/rotational", rotational + "\n")
        try system.write("\(directory)/queue/scheduler", "none [mq-deadline] kyber\n")
        try system.write("\(directory)/queue/logical_block_size", "512\n")
        try system.directory("\(directory)/slaves")
        try system.link("/sys/dev/block/\(number)", to: directory)
        try system.link("/sys/block/\(name)", to: directory)
        try system.link("/sys/class/block/\(name)", to: directory)
    }

    private func storage(_ mountinfo: String, _ path: String) throws -> Machine.Storage {
        let system = try system(mountinfo)
        return Machine.Storage(
            directory: path, mountID: nil, files: system.files, pci: .known([], source: "test"),
            ioUring: .described)
    }

    @Test func `a partition belongs to its disk`() throws {
        let storage = try storage("27 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw", "/home")
        #expect(storage.device == .known("sda", source: "/sys/dev/block/8:1"))
        #expect(storage.filesystem.value == "ext4")
        #expect(storage.mountPoint.value == "/")
        #expect(storage.isRotational.value == true)
        #expect(storage.hasVolatileWriteCache.value == true)
        #expect(storage.isNVMe.value == false)
        #expect(storage.scheduler.value == "mq-deadline")
        #expect(storage.logicalBlockSize.value?.rawValue == 512)
        #expect(storage.durability.value == .deviceWithVolatileCache)
    }

    @Test func `a device without a volatile cache keeps what it acknowledged`() throws {
        let storage = try storage("27 1 259:0 / / rw - ext4 /dev/nvme0n1 rw", "/")
        #expect(storage.isNVMe.value == true)
        #expect(storage.durability.value == .deviceWithoutVolatileCache)
    }

    @Test func `a mapped device on NVMe is NVMe, under the name it was mounted by too`() throws {
        let byNumber = try storage("27 1 253:0 / / rw - xfs /dev/mapper/vault rw", "/")
        #expect(byNumber.device.value == "dm-0")
        #expect(byNumber.isNVMe.value == true)
        let byName = try storage("27 1 0:50 / / rw - btrfs /dev/mapper/vault rw", "/")
        #expect(byName.device.value == "dm-0")
        #expect(byName.durability.value == .deviceWithVolatileCache)
    }

    @Test(arguments: ["nobarrier", "barrier=0"])
    func `a mount that does not flush has a class of its own`(option: String) throws {
        let storage = try storage("27 1 8:1 / / rw - ext4 /dev/sda1 rw,\(option)", "/")
        #expect(storage.durability.value == .deviceNotFlushed)
    }

    @Test(arguments: ["tmpfs", "ramfs", "hugetlbfs", "devtmpfs"])
    func `a filesystem in memory has no device and outlives nothing`(type: String) throws {
        let storage = try storage("27 1 0:45 / / rw - \(type) x rw", "/")
        #expect(storage.durability.value == .memory)
        #expect(storage.device.value == nil)
        #expect(storage.device.reason?.contains(type) == true)
        #expect(storage.hasVolatileWriteCache.value == nil)
    }

    @Test func `a compressed disk in memory is memory, though it is a block device`() throws {
        let storage = try storage("27 1 252:0 / / rw - ext4 /dev/zram0 rw", "/")
        #expect(storage.durability.value == .memory)
    }

    @Test(arguments: ["nfs4", "cifs", "ceph", "fuse.sshfs"])
    func `a filesystem of another machine is the network's`(type: String) throws {
        let storage = try storage("27 1 0:45 / / rw - \(type) server:/x rw", "/")
        #expect(storage.durability.value == .network)
    }

    @Test(arguments: ["9p", "virtiofs", "zfs", "fuse.unknown"])
    func `what lies under a foreign filesystem is unknown`(type: String) throws {
        let storage = try storage("27 1 0:45 / / rw - \(type) share rw", "/")
        #expect(storage.durability.value == nil)
        #expect(storage.durability.reason?.contains(type) == true)
    }

    @Test func `an overlay has the class of its upper layer`() throws {
        let mounts = """
            27 1 8:1 / / rw - ext4 /dev/sda1 rw
            28 27 0:46 / /shm rw - tmpfs tmpfs rw
            29 27 0:47 / /inside rw - overlay overlay rw,lowerdir=/l,upperdir=/shm/up,workdir=/w
            30 27 0:48 / /hidden rw - overlay overlay rw,lowerdir=/l,upperdir=/gone,workdir=/w
            31 27 0:49 / /only rw - overlay overlay ro,lowerdir=/l
            """
        let system = try system(mounts)
        try system.directory("/shm/up")
        let stack = StorageStack(system.files)
        #expect(stack.durability(of: "/inside", id: nil).value == .memory)
        #expect(stack.durability(of: "/hidden", id: nil).reason?.contains("/gone") == true)
        #expect(stack.durability(of: "/only", id: nil).value == nil)
    }

    @Test func `a loop device has the class of the file behind it`() throws {
        let mounts = """
            27 1 8:1 / / rw - ext4 /dev/sda1 rw
            28 27 0:46 / /shm rw - tmpfs tmpfs rw
            29 27 7:0 / /looped rw - ext4 /dev/loop0 rw
            """
        let system = try system(mounts)
        try system.write("/shm/image", "")
        try system.write("/image", "")
        let backing = "/sys/devices/pci/block/loop0/loop/backing_file"
        try system.write(backing, "/shm/image\n")
        #expect(StorageStack(system.files).durability(of: "/looped", id: nil).value == .memory)
        try system.write(backing, "/image\n")
        #expect(
            StorageStack(system.files).durability(of: "/looped", id: nil).value
                == .deviceWithVolatileCache)
    }

    @Test func `a loop device whose file lies on itself does not go round for ever`() throws {
        let system = try system("29 1 7:0 / / rw - ext4 /dev/loop0 rw")
        try system.write("/image", "")
        try system.write("/sys/devices/pci/block/loop0/loop/backing_file", "/image\n")
        let durability = StorageStack(system.files).durability(of: "/", id: nil)
        #expect(durability.reason?.contains("too many layers") == true)
    }

    @Test func `an unreadable system leaves everything unknown`() throws {
        let storage = Machine.Storage(
            directory: "/", mountID: nil, files: try FakeSystem().files,
            pci: .notRunning, ioUring: .described)
        #expect(storage.filesystem.value == nil)
        #expect(storage.durability.value == nil)
        #expect(storage.isNVMe.value == nil)
        #expect(storage.isDirectAccess.value == nil)
        #expect(storage.userSpaceNVMe.value == nil)
    }

    @Test(arguments: [
        ("dax", true), ("dax=always", true), ("dax=never", false), ("noatime", false),
    ])
    func `direct access is an option of the mount`(option: String, isDirect: Bool) throws {
        let storage = try storage("27 1 8:1 / / rw,\(option) - xfs /dev/sda1 rw", "/")
        #expect(storage.isDirectAccess.value == isDirect)
    }

    @Test func `an NVMe device with a user-space driver is named`() throws {
        let system = try system("27 1 8:1 / / rw - ext4 /dev/sda1 rw")
        try system.directory("/sys/bus/pci/drivers/vfio-pci")
        try system.link(
            "/sys/bus/pci/devices/0000:01:00.0/driver", to: "/sys/bus/pci/drivers/vfio-pci")
        let address = PCIAddress(domain: 0, bus: 1, device: 0, function: 0)
        let other = PCIAddress(domain: 0, bus: 2, device: 0, function: 0)
        let pci = [address, other].map {
            PCIDevice(
                address: $0, classCode: 0x0108, vendor: 0x144D, device: 0xA80A, name: "", node: nil)
        }
        let storage = Machine.Storage(
            directory: "/", mountID: nil, files: system.files, pci: .known(pci, source: "test"),
            ioUring: .described)
        #expect(storage.userSpaceNVMe.value == ["0000:01:00.0"])
    }

    @Test func `a directory that is none is refused with its path`() {
        for path in ["/nonexistent/x", "/proc/version"] {
            let error = #expect(throws: HardwareError.self) {
                try Machine.detect(.init(measuredDirectory: path))
            }
            #expect(error?.description.contains(path) == true)
            #expect(error?.isBadInput == true)
        }
    }
}
