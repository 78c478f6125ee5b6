import Quantities

/// The control groups of this process, in version 1 and 2 of the kernel's interface (cgroups(7)).
struct Cgroup: Sendable {
    /// The group's path in the hierarchy of each version 1 controller.
    let pathByController: [String: String]
    /// The group's path in the version 2 hierarchy.
    let unifiedPath: String?

    /// Parses `/proc/self/cgroup`: lines of `number:controllers:path`.
    init(parsing text: String) {
        var paths: [String: String] = [:]
        var unified: String?
        for line in text.lines {
            guard let (_, rest) = line.parted(by: ":"),
                let (controllers, path) = rest.parted(by: ":")
            else { continue }
            if controllers.isEmpty { unified = path }
            for controller in controllers.split(separator: ",") { paths[String(controller)] = path }
        }
        pathByController = paths
        unifiedPath = unified
    }

    /// The directories that hold the limits on this process, its own group first and then each
    /// group above it: a limit anywhere above binds as well.
    func directories(controller: String, mounts: MountTable) -> [(path: String, version: Int)] {
        var found: [(path: String, version: Int)] = []
        for mount in mounts.mounts {
            let group: String?
            let version: Int
            switch mount.type {
            case "cgroup" where mount.options.contains(controller):
                (group, version) = (pathByController[controller], 1)
            case "cgroup2": (group, version) = (unifiedPath, 2)
            default: continue
            }
            guard let group else { continue }
            for path in Cgroup.ancestry(group: group, root: mount.root, point: mount.point)
            where !found.contains(where: { $0.path == path }) {
                found.append((path, version))
            }
        }
        return found
    }

    /// Inside a container the mount shows the hierarchy from `root` on; a group that does not lie
    /// below it is seen as the mount point itself.
    static func ancestry(group: String, root: String, point: String) -> [String] {
        let relative =
            isPath(group, within: root) ? group.dropFirst(root == "/" ? 0 : root.count) : ""
        var parts = relative.split(separator: "/")
        var directories: [String] = []
        while true {
            directories.append(parts.isEmpty ? point : point + "/" + parts.joined(separator: "/"))
            if parts.isEmpty { return directories }
            parts.removeLast()
        }
    }

    /// The processors that `quota` microseconds in each `period` come to.
    static func processors(quota: String, period: String) -> Limit<Double>? {
        guard let length = Double(period), length > 0 else { return nil }
        if quota == "max" || quota == "-1" { return .unlimited }
        guard let allowance = Double(quota), allowance > 0 else { return nil }
        return .atMost(allowance / length)
    }

    /// A limit on memory; version 1 writes the greatest number of whole pages for none.
    static func memory(_ text: String) -> Limit<ByteCount>? {
        if text == "max" { return .unlimited }
        guard let bytes = UInt64(text) else { return nil }
        return bytes >= 1 << 62 ? .unlimited : .atMost(ByteCount(bytes))
    }
}
