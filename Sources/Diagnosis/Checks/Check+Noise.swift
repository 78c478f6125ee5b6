import Measurement

extension Check {
    /// Gaps: what took a core away from a thread that spun on it.
    static let jitter = Check("jitter", "time taken from a core") { seen, check in
        seen.jitter.map { reading in
            let severity: Finding.Severity =
                if reading.lostShare > 0.01 || reading.longestGap >= 10e6 {
                    .serious
                } else if reading.lostShare > 0.001 || reading.longestGap >= 1e6 {
                    .notable
                } else {
                    .harmless
                }
            let cause = reading.longestCause.map { ": \($0.summary)" } ?? ""
            let rate = Figures.number(reading.gapRate)
            return check.finding(
                severity,
                "longest gap \(Figures.time(reading.longestGap))\(cause); \(rate) gaps a second "
                    + "above \(Figures.time(reading.threshold)), watched for "
                    + "\(Figures.time(reading.duration))",
                cost: .measured(
                    reading.lostShare * 100, "percent",
                    "\(Figures.percent(reading.lostShare)) of the time, and the tail of whatever "
                        + "it hits"),
                remedy: severity == .harmless ? "" : remedy(for: reading.causes.first?.cause),
                source: "a spin on the core; /proc/stat, /proc/interrupts, cpu.stat, getrusage",
                subject: "time taken from core \(reading.processingUnit)")
        }
    }

    /// How to get rid of a cause.
    private static func remedy(for cause: JitterCause?) -> String {
        switch cause {
        case .preempted:
            "stop what else runs (see busy-processes), or keep it off these cores with taskset, "
                + "a cpuset or isolcpus"
        case .throttled:
            "raise cpu.max (cpu.cfs_quota_us) of the process's control group, or remove it (see "
                + "cpu-quota)"
        case .waited: "give the process memory that stays in place; look for page faults"
        case .migrated: "bind threads to cores, as the suite's own are"
        case .stolen:
            "use a machine with cores of its own (dedicated host, no burst credits), or measure "
                + "when the host is quiet"
        case .interrupt:
            "move interrupts to other cores (/proc/irq/*/smp_affinity, irqbalance), and stop the "
                + "timer's with nohz_full"
        case .unknown, nil:
            "on a virtual machine ask for dedicated cores; on metal look for firmware interrupts "
                + "with the kernel's hwlat tracer"
        }
    }

    /// Counters of cores that disagree.
    static let tickCounters = Check("tick-counters", "agreement of the tick counters") {
        seen, check in
        seen.jitter.filter { $0.backwards > 0 }.map { reading in
            check.finding(
                .serious,
                "the counter went backwards \(reading.backwards) times in "
                    + "\(reading.readings) readings",
                cost: .unmeasured("every time that was read across such a step is wrong"),
                remedy: "boot with a kernel that has marked the counter unstable, or tsc=unstable",
                source: "a spin on the core",
                subject: "agreement of the tick counters, core \(reading.processingUnit)")
        }
    }

    /// Work that takes longer without a gap.
    static let coreSpeed = Check("core-speed", "speed of a core") { seen, check in
        seen.work.compactMap { reading in
            guard let change = reading.change else { return nil }
            let rate = change == .slowerClock ? reading.chain : reading.wide
            let drift = rate.drift ?? 1
            return check.finding(
                drift > 1.1 ? .serious : .notable,
                change == .slowerClock
                    ? "dependent work took \(Figures.percent(drift - 1)) longer in the slowest "
                        + "tenth of the time than in the fastest: the clock's rate changed"
                    : "independent work took \(Figures.percent(drift - 1)) longer in the slowest "
                        + "tenth of the time, dependent work did not: another hardware thread "
                        + "shared the core",
                cost: .measured(
                    (drift - 1) * 100, "percent",
                    "figures of the same code differ by \(Figures.percent(drift - 1))"),
                remedy: change == .slowerClock
                    ? "fix the frequency (governor performance, no boost), mind the cooling; on a "
                        + "virtual machine the host decides"
                    : "leave the core's other hardware thread idle, or switch SMT off; on a "
                        + "virtual machine ask for whole cores",
                source: "fixed work, timed \(rate.chunks) times",
                subject: "speed of core \(reading.processingUnit)")
        }
    }

    /// Virtual cores that are moved.
    static let placement = Check("placement", "placement of the cores") { seen, check in
        guard let reading = seen.placement else { return [] }
        let classes = reading.classes.map {
            "\($0.readings) × \($0.placement.rawValue) (\(Figures.time($0.roundTrip)))"
        }.joined(separator: ", ")
        let subject = "placement of cores \(reading.first) and \(reading.second)"
        guard let factor = reading.factor else {
            return [
                check.finding(
                    .harmless, "one class throughout: \(classes)", cost: .none, remedy: "",
                    source: "the floor probe, again and again", subject: subject)
            ]
        }
        return [
            check.finding(
                factor >= 1.5 ? .serious : .notable,
                "\(reading.changes) changes of class in \(Figures.time(reading.duration)): "
                    + classes,
                cost: .measured(
                    factor, "ratio",
                    "a round trip between the cores takes up to \(Figures.number(factor)) times "
                        + "as long"),
                remedy: "compare only figures of one placement, which the suite keeps apart; ask "
                    + "the host to pin the virtual cores",
                source: "the floor probe, again and again", subject: subject)
        ]
    }

    /// Time that the hypervisor took, over the whole examination.
    static let stolenTime = Check("stolen-time", "time taken by the hypervisor") { seen, check in
        let stolen = seen.processingUnits.compactMap { seen.meanwhile.unit($0)?.stolen }
        guard !stolen.isEmpty, seen.meanwhile.duration > 0 else { return [] }
        let sum = stolen.reduce(0, +)
        let share = sum / seen.meanwhile.duration / Double(stolen.count)
        guard sum > 0 else { return [] }
        return [
            check.finding(
                share > 0.01 ? .serious : .notable,
                "\(Figures.time(sum)) of \(Figures.time(seen.meanwhile.duration)) on "
                    + "\(stolen.count) cores, counted in clock ticks",
                cost: .measured(
                    share * 100, "percent", "\(Figures.percent(share)) of the cores' time"),
                remedy: remedy(for: .stolen), source: "/proc/stat, steal")
        ]
    }
}
