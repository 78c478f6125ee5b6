/// The mounts that this process sees, from `/proc/self/mountinfo` (proc(5)).
struct MountTable: Sendable {
    /// A mount.
    struct Mount: Equatable, Sendable {
        var id: Int
        /// `major:minor` of the filesystem's device; major 0 for one without a block device.
        var device: String
        /// The directory of the filesystem that is mounted.
        var root: String
        /// Where it is mounted.
        var point: String
        /// The options of the mount and of its filesystem, each once, as the kernel lists them.
        var options: [String]
        /// The kind of filesystem.
        var type: String
        /// What was mounted: a device, a server's path, or any word.
        var source: String
    }

    /// In the order in which they were mounted.
    let mounts: [Mount]

    /// The lines that have the form of a mount; others cannot come from the kernel.
    init(parsing text: String) { mounts = text.lines.compactMap(MountTable.mount) }

    /// The mount on which `path`, absolute and without links, lies.
    ///
    /// `id` decides when the kernel gave it. By name, the longest mount point that contains the
    /// path wins, and of two at one place the later, which covers the earlier.
    func mount(containing path: String, id: Int?) -> Mount? {
        if let id, let mount = mounts.last(where: { $0.id == id }) { return mount }
        var best: Mount?
        for mount in mounts where isPath(path, within: mount.point) {
            if mount.point.utf8.count >= best?.point.utf8.count ?? 0 { best = mount }
        }
        return best
    }

    private static func mount(_ line: Substring) -> Mount? {
        let words = line.split(separator: " ").map(String.init)
        guard words.count >= 10, let id = Int(words[0]),
            let separator = words[6...].firstIndex(of: "-"), words.count >= separator + 4
        else { return nil }
        var options: [String] = []
        for word in [words[5], words[separator + 3]] {
            for option in word.split(separator: ",").map({ unescaped(String($0)) })
            where !options.contains(option) {
                options.append(option)
            }
        }
        return Mount(
            id: id, device: words[2], root: unescaped(words[3]), point: unescaped(words[4]),
            options: options, type: words[separator + 1], source: unescaped(words[separator + 2]))
    }

    /// The kernel writes blanks, tabs, line ends and backslashes as `\` and three octal digits.
    static func unescaped(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3,
                let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
