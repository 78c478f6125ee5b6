import Hardware

extension Check {
    /// The kernel's clock, which programs under test read.
    static let clockSource = Check("clock-source", "the kernel's clock") { seen, check in
        let fact = seen.machine.environment.clockSource
        let costs = seen.settings.costs
        guard let name = fact.value else {
            return [check.unknown(fact.reason, fact.source)]
        }
        // Read in user space these take tens of nanoseconds; others go into the kernel or to a
        // device.
        let isFast = ["tsc", "kvm-clock", "hyperv_clocksource_tsc_page", "arch_sys_counter"]
            .contains(name)
        return [
            check.finding(
                isFast ? .harmless : .serious,
                "\(name); a reading takes \(Figures.time(costs.kernelClock)), a system call "
                    + Figures.time(costs.systemCall),
                cost: .measured(
                    costs.kernelClock, "ns",
                    "\(Figures.time(costs.kernelClock)) in every reading by clock_gettime"),
                remedy: isFast
                    ? ""
                    : "boot with clocksource=tsc where the counter is stable; read the kernel's "
                        + "log for why it was given up",
                source: fact.source)
        ]
    }

    /// The counter that the suite times with.
    static let tickCounter = Check("tick-counter", "the suite's clock") { seen, check in
        let fact = seen.machine.environment.isTickCounterInvariant
        let costs = seen.settings.costs
        guard let isInvariant = fact.value else {
            return [check.unknown(fact.reason, fact.source)]
        }
        let region = Figures.time(costs.timedRegion)
        return [
            check.finding(
                isInvariant ? .harmless : .notable,
                isInvariant
                    ? "the counter runs at one rate; an empty timed region takes \(region)"
                    : "the counter's rate changes, so clock_gettime is read; an empty timed "
                        + "region takes \(region)",
                cost: .measured(
                    costs.timedRegion, "ns",
                    "\(region) around every timed region, with a resolution of "
                        + Figures.time(costs.resolution)),
                remedy: isInvariant ? "" : "measure on a processor with an invariant counter",
                source: fact.source)
        ]
    }

    /// The rate at which cores run.
    static let governors = Check("frequency", "frequency of the cores") { seen, check in
        let fact = seen.machine.environment.frequencyGovernors
        guard let governors = fact.value else {
            let virtual = seen.machine.environment.virtualisation.value?.isVirtual == true
            return [
                check.finding(
                    .harmless,
                    (virtual ? "the host decides it and does not tell" : "not known")
                        + " (\(fact.reason ?? ""))",
                    cost: check.driftCost(seen), remedy: "", source: fact.source)
            ]
        }
        guard governors != ["performance"] else { return [] }
        return [
            check.finding(
                .notable, "governed by \(governors.joined(separator: ", "))",
                cost: check.driftCost(seen),
                remedy: "cpupower frequency-set -g performance, and back afterwards",
                source: fact.source)
        ]
    }

    /// Rates that depend on heat and on neighbours.
    static let boost = Check("boost", "boost above the nominal frequency") { seen, check in
        let fact = seen.machine.environment.frequencyBoost
        guard fact.value == true else { return [] }
        return [
            check.finding(
                .notable, "cores may run faster while few are busy and the package is cool",
                cost: check.driftCost(seen),
                remedy: "echo 0 > /sys/devices/system/cpu/cpufreq/boost, or 1 into "
                    + "intel_pstate/no_turbo, and back afterwards", source: fact.source)
        ]
    }

    /// What a changing rate costs here.
    private func driftCost(_ seen: Examination) -> Finding.Cost {
        guard let drift = seen.speedDrift else {
            return .unmeasured("no fixed work was timed in this examination")
        }
        return .measured(
            (drift - 1) * 100, "percent",
            "the same work took up to \(Figures.percent(drift - 1)) longer within the "
                + "examination")
    }

    /// A fact that nobody tells.
    func unknown(_ reason: String?, _ source: String) -> Finding {
        finding(
            .harmless, "not known: \(reason ?? "no reason given")",
            cost: .unmeasured("nothing is known of it"), remedy: "", source: source)
    }
}
