import Hardware
import Quantities

extension Check {
    /// Memory that was put out on a device.
    static let swap = Check("swap", "memory swapped out") { seen, check in
        let moved = seen.meanwhile.swappedPages ?? 0
        let fact = seen.settings.usedSwap
        guard let used = fact.value else { return [check.unknown(fact.reason, fact.source)] }
        guard used > ByteCount(0) || moved > 0 else { return [] }
        return [
            check.finding(
                moved > 0 ? .serious : .notable,
                "\(used) is swapped out; \(Figures.number(moved)) pages moved meanwhile",
                cost: .unmeasured("a page that comes back takes a device's latency"),
                remedy: "free memory, then swapoff -a && swapon -a",
                source: "\(fact.source), /proc/vmstat")
        ]
    }

    /// Memory that is left.
    static let availableMemory = Check("available-memory", "memory that is left") { seen, check in
        let memory = seen.machine.memory
        guard let available = memory.available.value, let total = memory.total.value,
            total > ByteCount(0)
        else { return [check.unknown(memory.available.reason, memory.available.source)] }
        let share = Double(available.rawValue) / Double(total.rawValue)
        guard share < 0.1 else { return [] }
        return [
            check.finding(
                share < 0.05 ? .serious : .notable,
                "\(available) of \(total), \(Figures.percent(share))",
                cost: .unmeasured("the kernel reclaims pages while figures are taken"),
                remedy: "stop what holds the memory", source: memory.available.source)
        ]
    }

    /// Whether large pages can be had.
    static let fragmentation = Check("fragmentation", "fragmentation of free memory") {
        seen, check in
        guard let share = seen.settings.largeBlockShare.value, share < 0.2 else { return [] }
        return [
            check.finding(
                .notable,
                "\(Figures.percent(share)) of the free memory lies in blocks of 2 MiB and more",
                cost: .unmeasured("whether a process gets huge pages is chance"),
                remedy: "echo 1 > /proc/sys/vm/compact_memory, or restart the machine",
                source: seen.settings.largeBlockShare.source)
        ]
    }

    /// Huge pages behind a process's back.
    static let hugePages = Check("transparent-huge-pages", "transparent huge pages") {
        seen, check in
        let fact = seen.machine.memory.transparentHugePages
        guard fact.value == "always" else { return [] }
        return [
            check.finding(
                .harmless, "given to all memory, when the kernel comes to it",
                cost: .unmeasured(
                    "processes differ by what they got; the suite's forks draw anew and their "
                        + "spread shows it"),
                remedy: "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled",
                source: fact.source)
        ]
    }

    /// Memory that follows threads around.
    static let numaBalancing = Check("numa-balancing", "NUMA balancing") { seen, check in
        let fact = seen.machine.environment.isNUMABalancing
        let nodes = seen.machine.topology.nodes.value?.count ?? 1
        guard fact.value == true, nodes > 1 else { return [] }
        return [
            check.finding(
                .notable, "the kernel unmaps and moves pages between \(nodes) nodes",
                cost: .unmeasured("page faults in the middle of a figure"),
                remedy: "echo 0 > /proc/sys/kernel/numa_balancing", source: fact.source)
        ]
    }
}
