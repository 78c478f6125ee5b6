import Hardware

extension Check {
    /// Whether forks draw their addresses.
    static let addressLayout = Check("address-layout", "layout of addresses") { seen, check in
        let fact = seen.settings.addressRandomisation
        guard let level = fact.value else { return [check.unknown(fact.reason, fact.source)] }
        guard level < 2 else { return [] }
        return [
            check.finding(
                .notable,
                level == 0
                    ? "addresses are the same in every process"
                    : "the heap's address is the same in every process",
                cost: .unmeasured(
                    "an accident of layout is in every fork, and no interval covers it"),
                remedy: "echo 2 > /proc/sys/kernel/randomize_va_space", source: fact.source)
        ]
    }

    /// Whether cycles and instructions can be counted.
    static let hardwareEvents = Check("hardware-events", "the processor's event counters") {
        seen, check in
        let counters = seen.machine.counters
        if let paranoia = counters.perfEventParanoia.value, paranoia > 2 {
            return [
                check.finding(
                    .notable, "perf_event_paranoid is \(paranoia): no process may count itself",
                    cost: .unmeasured("figures lack cycles, instructions and cache misses"),
                    remedy: "echo 2 > /proc/sys/kernel/perf_event_paranoid",
                    source: counters.perfEventParanoia.source)
            ]
        }
        guard let reason = counters.hardwareEvents.reason else { return [] }
        return [
            check.finding(
                .harmless, "cannot be read: \(reason)",
                cost: .unmeasured("figures lack cycles, instructions and cache misses"),
                remedy: "", source: counters.hardwareEvents.source)
        ]
    }

    /// What the kernel does against flaws of the processor.
    static let mitigations = Check("mitigations", "measures against the processor's flaws") {
        seen, check in
        let fact = seen.machine.environment.mitigations
        guard let measures = fact.value else { return [check.unknown(fact.reason, fact.source)] }
        let active = measures.filter { $0.value.contains("Mitigation") }.keys.sorted()
        guard !active.isEmpty else { return [] }
        let call = seen.settings.costs.systemCall
        return [
            check.finding(
                .harmless, "\(active.count) are active: \(active.joined(separator: ", "))",
                cost: .measured(
                    call, "ns",
                    "a system call takes \(Figures.time(call)) with them; how much of it is "
                        + "theirs is not told"),
                remedy: "", source: fact.source)
        ]
    }
}
