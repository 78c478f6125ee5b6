import Hardware

extension Check {
    /// What else had the processors.
    static let busyProcesses = Check("busy-processes", "other processes that run") { seen, check in
        guard let busy = seen.meanwhile.busyProcesses, !busy.isEmpty else { return [] }
        let total = busy.reduce(0) { $0 + $1.processors }
        let names = busy.prefix(5).map {
            "\($0.name) (\($0.number)) \(Figures.percent($0.processors))"
        }
        let more = busy.count > 5 ? " and \(busy.count - 5) more" : ""
        return [
            check.finding(
                total >= 0.5 ? .serious : .notable,
                names.joined(separator: ", ") + more,
                cost: .measured(
                    total * 100, "percent",
                    "\(Figures.percent(total)) of a processor; what of it fell on the measuring "
                        + "cores is in their jitter"),
                remedy: "stop them, or keep them off the measuring cores with taskset or a cpuset",
                source: "/proc/[number]/stat over \(Figures.time(seen.meanwhile.duration))")
        ]
    }

    /// What was already waiting for processors before.
    static let load = Check("load", "load average") { seen, check in
        guard let load = seen.machine.environment.load.value,
            let cores = seen.machine.topology.allowedPUs.value?.count, cores > 0
        else { return [] }
        let perCore = load.oneMinute / Double(cores)
        guard perCore > 0.25 else { return [] }
        return [
            check.finding(
                perCore > 1 ? .serious : .notable,
                "\(Figures.number(load.oneMinute)) tasks wanted to run in the last minute, on "
                    + "\(cores) hardware threads",
                cost: .unmeasured("what runs now is measured by jitter and busy-processes"),
                remedy: "wait until the machine is at rest",
                source: seen.machine.environment.load.source)
        ]
    }

    /// The other hardware threads of the measuring cores.
    static let neighbours = Check("smt-siblings", "other hardware threads of the cores") {
        seen, check in
        guard let cores = seen.machine.topology.cores.value else { return [] }
        return seen.processingUnits.compactMap { unit in
            guard let core = cores.first(where: { $0.pus.contains(unit) }), core.pus.count > 1
            else { return nil }
            let siblings = core.pus.indexes.filter { $0 != unit }
            let measured = siblings.filter(seen.processingUnits.contains)
            let busy = siblings.compactMap { seen.meanwhile.unit($0)?.busyShare }.max()
            let subject = "other hardware threads of core \(unit)'s"
            if !measured.isEmpty {
                return check.finding(
                    .serious, "\(CPUSet(measured)) is measured on as well",
                    cost: .unmeasured("two hardware threads share one core's units and caches"),
                    remedy: "name hardware threads of different cores with --cpus",
                    source: seen.machine.topology.cores.source, subject: subject)
            }
            let text = busy.map { "busy for \(Figures.percent($0)) of the time" } ?? "unwatched"
            let severity: Finding.Severity = (busy ?? 1) > 0.05 ? .notable : .harmless
            return check.finding(
                severity, "\(CPUSet(siblings)) is on, \(text)",
                cost: .unmeasured("core-speed shows it as a shared core"),
                remedy: severity == .harmless ? "" : "keep it idle, or switch SMT off",
                source: "\(seen.machine.topology.cores.source); /proc/stat", subject: subject)
        }
    }
}
