/// The control groups that may ration the processor time of this process.
public enum ProcessorGroups {
    /// The directories of its own group and of every group above it, its own first: a quota anywhere
    /// above binds as well. Empty where no hierarchy with the `cpu` controller can be seen.
    ///
    /// - Complexity: reads two files of `/proc/self`, some hundred microseconds.
    public static func directories() -> [String] {
        let files = SystemFiles()
        guard let groups = files.textFact("/proc/self/cgroup").value,
            let mounts = files.textFact("/proc/self/mountinfo").value
        else { return [] }
        return Cgroup(parsing: groups)
            .directories(controller: "cpu", mounts: MountTable(parsing: mounts)).map { $0.path }
    }
}
