/// What lies under a path: mount, partition, mapped device, disk.
struct StorageStack {
    private let files: SystemFiles
    private let table: Fact<MountTable>

    /// How many layers (overlay on loop on mapped device …) are followed before giving up.
    private static let deepest = 8

    init(_ files: SystemFiles) {
        self.files = files
        table = files.textFact("/proc/self/mountinfo").map { MountTable(parsing: $0) }
    }

    /// The mount that holds `path`, absolute and without links.
    func mount(of path: String, id: Int?) -> Fact<MountTable.Mount> {
        table.flatMap { table in
            guard let mount = table.mount(containing: path, id: id) else {
                return .unknown(reason: "no mount contains \(path)", source: self.table.source)
            }
            return .known(mount, source: self.table.source)
        }
    }

    /// The whole disk under a mount; unknown for a filesystem without a block device.
    func disk(under mount: MountTable.Mount) -> Fact<String> {
        if !mount.device.hasPrefix("0:") { return disk(at: "/sys/dev/block/\(mount.device)") }
        // Filesystems of several devices (btrfs) have an invented number and name a device instead.
        guard mount.source.hasPrefix("/dev/") else {
            return .unknown(
                reason: "a filesystem of type \(mount.type) has no block device",
                source: table.source)
        }
        // Names such as /dev/mapper/x are links to the kernel's own.
        let name = files.linkedName(mount.source).value ?? lastPathComponent(mount.source)
        return disk(at: "/sys/class/block/\(name)")
    }

    /// The disk to which the kernel's link for a block device leads: itself, or the one of which it
    /// is a partition.
    private func disk(at link: String) -> Fact<String> {
        do throws(SystemError) {
            let path = try files.resolved(link)
            // A partition lies in the directory of its disk.
            guard files.exists(path + "/partition") else {
                return .known(lastPathComponent(path), source: link)
            }
            let disk = path.split(separator: "/").dropLast().last.map(String.init)
            return .known(disk ?? path, source: link)
        } catch {
            return .unknown(reason: error.description, source: link)
        }
    }

    /// Whether a disk is NVMe, or made of nothing else.
    func isNVMe(_ disk: String) -> Fact<Bool> {
        physicalDisks(under: disk, depth: 0).map { disks in
            disks.allSatisfy { $0.hasPrefix("nvme") }
        }
    }

    /// The disks of which a mapped or striped device is made; a plain disk itself.
    private func physicalDisks(under disk: String, depth: Int) -> Fact<[String]> {
        let directory = "/sys/block/\(disk)/slaves"
        guard depth < StorageStack.deepest else {
            return .unknown(reason: "too many layers of devices", source: directory)
        }
        return files.members(of: directory, ifAbsent: "/sys/block/\(disk)").flatMap { slaves in
            var found: [String] = []
            for slave in slaves {
                let below = self.disk(at: "/sys/class/block/\(slave)").flatMap {
                    physicalDisks(under: $0, depth: depth + 1)
                }
                guard let disks = below.value else { return below }
                found += disks
            }
            return .known(slaves.isEmpty ? [disk] : found, source: directory)
        }
    }
}

/// What a sync reaches.
extension StorageStack {
    private static let inMemory: Set = ["tmpfs", "ramfs", "hugetlbfs", "devtmpfs"]
    private static let onNetwork: Set = [
        "nfs", "nfs4", "cifs", "smb3", "ceph", "lustre", "gpfs", "beegfs", "afs", "orangefs",
        "fuse.glusterfs", "fuse.sshfs", "fuse.ceph", "fuse.s3fs",
    ]

    /// The class of a file in the directory `path`.
    func durability(of path: String, id: Int?) -> Fact<Machine.Durability> {
        mount(of: path, id: id).flatMap { durability(on: $0, depth: 0) }
    }

    private func durability(
        on mount: MountTable.Mount, depth: Int
    ) -> Fact<Machine.Durability> {
        let source = "\(table.source) \(mount.point)"
        guard depth < StorageStack.deepest else {
            return .unknown(reason: "too many layers of filesystems", source: source)
        }
        if StorageStack.inMemory.contains(mount.type) {
            return .known(.memory, source: "\(source): \(mount.type)")
        }
        if StorageStack.onNetwork.contains(mount.type) {
            return .known(.network, source: "\(source): \(mount.type)")
        }
        if mount.type == "overlay" {
            let option = mount.options.first { $0.hasPrefix("upperdir=") }
            guard let upper = option.map({ String($0.dropFirst("upperdir=".count)) }) else {
                return .unknown(reason: "an overlay without an upper layer", source: source)
            }
            return durability(
                below: upper, depth: depth, source: source, what: "the overlay's upper layer")
        }
        return disk(under: mount).flatMap { disk in
            self.durability(ofDisk: disk, mount: mount, depth: depth)
        }
    }

    private func durability(
        ofDisk disk: String, mount: MountTable.Mount, depth: Int
    ) -> Fact<Machine.Durability> {
        let directory = "/sys/block/\(disk)"
        if ["zram", "ram", "brd"].contains(where: disk.hasPrefix) {
            return .known(.memory, source: "\(directory): a disk in memory")
        }
        if ["nbd", "rbd", "drbd"].contains(where: disk.hasPrefix) {
            return .known(.network, source: "\(directory): a disk on the network")
        }
        if disk.hasPrefix("loop") {
            return files.textFact("\(directory)/loop/backing_file").flatMap { path in
                durability(
                    below: path, depth: depth, source: directory, what: "the loop device's file")
            }
        }
        return files.fact("\(directory)/queue/write_cache", KernelText.isVolatileCache)
            .map { isVolatile in
                if !isVolatile { return .deviceWithoutVolatileCache }
                let isFlushed = !mount.options.contains {
                    ["nobarrier", "barrier=0"].contains($0)
                }
                return isFlushed ? .deviceWithVolatileCache : .deviceNotFlushed
            }
    }

    /// The class of a layer that lies at another path, if this process can see it.
    private func durability(
        below path: String, depth: Int, source: String, what: String
    ) -> Fact<Machine.Durability> {
        guard files.exists(path), let mount = table.value?.mount(containing: path, id: nil) else {
            return .unknown(reason: "\(what), \(path), cannot be seen from here", source: source)
        }
        return durability(on: mount, depth: depth + 1)
    }
}
