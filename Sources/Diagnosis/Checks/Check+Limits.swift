import Hardware
import Measurement
import Quantities

extension Check {
    /// Processor time that the control group rations.
    static let quota = Check("cpu-quota", "quota of processor time") { seen, check in
        let fact = seen.machine.environment.processorQuota
        guard let quota = fact.value?.value else { return [] }
        let duration = seen.meanwhile.duration
        let throttled = seen.meanwhile.throttled
        let share = throttled.flatMap { duration > 0 ? $0 / duration : nil }
        let wasHeld = (throttled ?? 0) > 0
        return [
            check.finding(
                wasHeld ? .serious : .notable,
                "\(Figures.number(quota)) processors"
                    + (throttled.map {
                        $0 > 0
                            ? "; threads were held back for \(Figures.time($0))"
                            : "; nothing was held back meanwhile"
                    } ?? "; whether anything was held back is not told"),
                cost: share.map {
                    .measured(
                        $0 * 100, "percent",
                        "\(Figures.percent($0)) of the time, added up over threads")
                } ?? .unmeasured("the control group tells no throttled time"),
                remedy: "raise the quota above the threads that a workload runs, or remove it",
                source: fact.source)
        ]
    }

    /// Hardware threads that this process may not use.
    static let cpuset = Check("cpuset", "hardware threads that may be used") { seen, check in
        let topology = seen.machine.topology
        guard let allowed = topology.allowedPUs.value, let cores = topology.cores.value else {
            return []
        }
        let all = cores.reduce(0) { $0 + $1.pus.count }
        guard allowed.count < all else { return [] }
        return [
            check.finding(
                .harmless, "\(allowed), \(allowed.count) of \(all)",
                cost: .unmeasured("what runs on the others shares caches and memory"),
                remedy: "", source: topology.allowedPUs.source)
        ]
    }

    /// Memory that the control group rations.
    static let memoryLimit = Check("memory-limit", "limit on memory") { seen, check in
        let fact = seen.machine.environment.memoryLimit
        guard let limit = fact.value?.value else { return [] }
        let total = seen.machine.memory.total.value
        guard total.map({ limit < $0 }) ?? true else { return [] }
        return [
            check.finding(
                .harmless,
                "\(limit)" + (total.map { " of \($0)" } ?? ""),
                cost: .unmeasured("a workload that comes near it is reclaimed from, or killed"),
                remedy: "", source: fact.source)
        ]
    }

    /// A machine within a machine.
    static let virtualisation = Check("virtualisation", "what runs this machine") { seen, check in
        let fact = seen.machine.environment.virtualisation
        guard let virtual = fact.value else { return [check.unknown(fact.reason, fact.source)] }
        guard virtual.isVirtual else { return [] }
        let tells = seen.meanwhile.units.contains { $0.stolen != nil }
        return [
            check.finding(
                .harmless,
                "\(virtual); stolen time is \(tells ? "accounted for" : "not accounted for")",
                cost: .unmeasured(
                    "what the host does shows as jitter, core-speed, placement and stolen-time"),
                remedy: "", source: fact.source)
        ]
    }

    /// Cores that the scheduler and the timer leave alone.
    static let isolation = Check("isolation", "isolation of the measuring cores") { seen, check in
        let isolated = seen.machine.environment.isolatedPUs
        let tickless = seen.machine.environment.ticklessPUs
        let exposed = seen.processingUnits.filter { unit in
            isolated.value?.contains(unit) != true || tickless.value?.contains(unit) != true
        }
        guard !exposed.isEmpty else { return [] }
        return [
            check.finding(
                .harmless,
                "\(CPUSet(exposed)) not isolated from other threads and from the timer "
                    + "(isolcpus, nohz_full)",
                cost: check.interruptCost(seen),
                remedy: "boot with isolcpus= and nohz_full= for the measuring cores where single "
                    + "microseconds matter", source: "\(isolated.source), \(tickless.source)")
        ]
    }

    /// What the interrupts that were seen cost the measuring cores.
    private func interruptCost(_ seen: Examination) -> Finding.Cost {
        let duration = seen.jitter.reduce(0) { $0 + $1.duration }
        guard duration > 0 else { return .unmeasured("the cores were not probed") }
        let lost = seen.jitter.flatMap(\.causes).filter { $0.cause == .interrupt }
            .reduce(0) { $0 + $1.lost }
        return .measured(
            lost / duration * 100, "percent",
            "interrupts took \(Figures.percent(lost / duration)) of the cores' time")
    }

    /// Room where storage workloads write.
    static let diskSpace = Check("disk-space", "room in the measured directory") { seen, check in
        guard let space = seen.settings.space.value, space.total > ByteCount(0) else {
            return [check.unknown(seen.settings.space.reason, seen.settings.space.source)]
        }
        let share = Double(space.free.rawValue) / Double(space.total.rawValue)
        guard share < 0.1 else { return [] }
        return [
            check.finding(
                share < 0.02 ? .serious : .notable,
                "\(space.free) free of \(space.total), \(Figures.percent(share))",
                cost: .unmeasured("a full device writes more slowly, and a workload may fail"),
                remedy: "free some, or name another directory with --path",
                source: seen.settings.space.source)
        ]
    }
}
