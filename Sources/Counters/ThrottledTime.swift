import Hardware

/// How long the quotas of this process's control groups held its threads back: what `cpu.stat` of
/// each group calls throttled (the kernel's `Documentation/scheduler/sched-bwc.rst`).
///
/// The kernel adds up the time over the processors on which the group was held back, and counts it
/// when that ends.
public struct ThrottledTime: Sendable {
    private let paths: [String]

    /// Of the groups of this process, and of those above them.
    public init() { paths = ProcessorGroups.directories().map { "\($0)/cpu.stat" } }

    /// Nanoseconds since the groups were made, all together; `nil` where none of them tells.
    public func read() -> Double? {
        let times = paths.compactMap { KernelFile.text(of: $0).flatMap(ThrottledTime.parse) }
        return times.isEmpty ? nil : times.reduce(0, +)
    }

    /// Nanoseconds from the text of a `cpu.stat` of either version of the interface: the second
    /// counts `throttled_usec`, the first `throttled_time` in nanoseconds. `nil` without either, as
    /// in a group that cannot have a quota.
    public static func parse(_ text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count == 2, let value = Double(fields[1]) else { continue }
            if fields[0] == "throttled_usec" { return value * 1000 }
            if fields[0] == "throttled_time" { return value }
        }
        return nil
    }
}
