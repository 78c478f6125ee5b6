import Quantities

/// The forms in which the kernel's files state things. Each parser gives `nil` for a text that has
/// not the form, never a default.
enum KernelText {
    /// A field of `/proc/meminfo`: `MemTotal:       24684084 kB`, where kB means KiB.
    static func memory(_ field: String, in meminfo: String) -> ByteCount? {
        for line in meminfo.lines {
            guard let (name, rest) = line.parted(by: ":"), name == field else { continue }
            let words = rest.words
            guard words.count == 2, words[1] == "kB", let count = UInt64(words[0]) else {
                return nil
            }
            let (bytes, overflow) = count.multipliedReportingOverflow(by: 1024)
            return overflow ? nil : ByteCount(bytes)
        }
        return nil
    }

    /// The choice in force among several: `madvise` of `always [madvise] never`. A text of a single
    /// word is its own choice.
    static func choice(_ text: String) -> String? {
        let words = text.words
        if let chosen = words.first(where: { $0.hasPrefix("[") && $0.hasSuffix("]") }) {
            return String(chosen.dropFirst().dropLast())
        }
        return words.count == 1 ? String(words[0]) : nil
    }

    /// `1` or `0`, also as `Y` or `N`.
    static func flag(_ text: String) -> Bool? {
        switch text {
        case "1", "Y", "y": true
        case "0", "N", "n": false
        default: nil
        }
    }

    /// The words of a list.
    static func words(_ text: String) -> [String] { text.words.map(String.init) }

    /// The size in the name of a directory such as `hugepages-2048kB`.
    static func hugePageSize(_ name: String) -> ByteCount? {
        let prefix = "hugepages-"
        guard name.hasPrefix(prefix), name.hasSuffix("kB"),
            let count = UInt64(name.dropFirst(prefix.count).dropLast(2)), count < 1 << 40
        else { return nil }
        return .kibibytes(count)
    }

    /// `/proc/loadavg`: three averages, runnable and all tasks, the last process.
    static func load(_ text: String) -> Machine.Load? {
        let words = text.words
        guard words.count >= 4, let one = Double(words[0]), let five = Double(words[1]),
            let fifteen = Double(words[2]), let tasks = words[3].parted(by: "/"),
            let runnable = Int(tasks.before)
        else { return nil }
        return Machine.Load(
            oneMinute: one, fiveMinutes: five, fifteenMinutes: fifteen, runnableTasks: runnable)
    }

    /// The major version of a kernel release: 6 of `6.18.44-generic`.
    static func majorVersion(_ release: String) -> Int? {
        guard let (major, _) = release.parted(by: ".") else { return nil }
        return Int(major)
    }

    /// `queue/write_cache`: whether the device may lose what it acknowledged, unless it is flushed.
    static func isVolatileCache(_ text: String) -> Bool? {
        switch text {
        case "write back": true
        case "write through": false
        default: nil
        }
    }

    /// The number of a mount in `/proc/self/fdinfo/N`.
    static func mountID(_ text: String) -> Int? {
        for line in text.lines {
            if let (name, value) = line.parted(by: ":"), name == "mnt_id" {
                return Int(value.trimmed)
            }
        }
        return nil
    }
}
