import Quantities

/// The limits that the control groups of this process set.
struct CgroupLimits {
    /// How many processors' time it may use.
    let processors: Fact<Limit<Double>>
    /// How much memory it may use.
    let memory: Fact<Limit<ByteCount>>
    /// The hardware threads that it may use.
    let cpuset: Fact<CPUSet>

    private typealias Directories = [(path: String, version: Int)]

    /// Reads the limits of this process's groups and of every group above them.
    init(_ files: SystemFiles) {
        let cgroup = files.textFact("/proc/self/cgroup").map { Cgroup(parsing: $0) }
        let mounts = files.textFact("/proc/self/mountinfo").map { MountTable(parsing: $0) }
        let directories = { (controller: String) -> Fact<Directories> in
            cgroup.flatMap { cgroup in
                mounts.flatMap { table in
                    let found = cgroup.directories(controller: controller, mounts: table)
                    return found.isEmpty
                        ? .unknown(
                            reason: "no control group hierarchy for '\(controller)' is mounted",
                            source: mounts.source)
                        : .known(found, source: mounts.source)
                }
            }
        }
        processors = directories("cpu").flatMap { directories in
            CgroupLimits.tightest(directories, what: "quota", order: <) { path, version in
                CgroupLimits.quota(files, path, version)
            }
        }
        memory = directories("memory").flatMap { directories in
            CgroupLimits.tightest(directories, what: "memory limit", order: <) { path, version in
                let name = version == 2 ? "memory.max" : "memory.limit_in_bytes"
                return CgroupLimits.present(files, "\(path)/\(name)", Cgroup.memory)
            }
        }
        cpuset = directories("cpuset").flatMap { directories in
            CgroupLimits.effectiveCPUSet(directories, files)
        }
    }

    /// The lowest limit of the groups; the first that cannot be understood makes the whole unknown.
    private static func tightest<Value>(
        _ directories: Directories, what: String, order: (Value, Value) -> Bool,
        read: (String, Int) -> Fact<Limit<Value>>?
    ) -> Fact<Limit<Value>> {
        let own = directories.first?.path ?? ""
        var tightest = Fact<Limit<Value>>.known(
            .unlimited, source: "\(own) (no \(what) there or above)")
        for (path, version) in directories {
            guard let limit = read(path, version) else { continue }
            guard let found = limit.value else { return limit }
            guard let new = found.value else { continue }
            if let old = tightest.value?.value, !order(new, old) { continue }
            tightest = limit
        }
        return tightest
    }

    /// The fact in a file that need not exist: a group without the file sets no limit.
    private static func present<Value>(
        _ files: SystemFiles, _ path: String, _ parse: (String) -> Value?
    ) -> Fact<Value>? {
        files.exists(path) ? files.fact(path, parse) : nil
    }

    /// Version 2 has quota and period in one file, version 1 in two.
    private static func quota(
        _ files: SystemFiles, _ directory: String, _ version: Int
    ) -> Fact<Limit<Double>>? {
        if version == 2 {
            return present(files, "\(directory)/cpu.max") { text in
                let words = KernelText.words(text)
                return words.count == 2
                    ? Cgroup.processors(quota: words[0], period: words[1]) : nil
            }
        }
        let period = files.textFact("\(directory)/cpu.cfs_period_us")
        return present(files, "\(directory)/cpu.cfs_quota_us") { quota in
            period.value.flatMap { Cgroup.processors(quota: quota, period: $0) }
        }
    }

    /// The nearest group's effective set: the kernel has already intersected it with those above.
    private static func effectiveCPUSet(
        _ directories: Directories, _ files: SystemFiles
    ) -> Fact<CPUSet> {
        for (path, version) in directories {
            let name = version == 2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus"
            let fact = present(files, "\(path)/\(name)") { CPUSet($0) }
            if let fact, fact.value.map({ !$0.isEmpty }) ?? true { return fact }
        }
        return .unknown(
            reason: "no control group of this process has a cpuset",
            source: directories.first?.path ?? "")
    }
}
