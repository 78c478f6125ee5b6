import Counters
import Hardware
import Measurement

/// What the kernel has counted up to a moment; two of them give what happened ``Meanwhile``.
struct SystemAccount {
    let time: UInt64
    let processors: ProcessorTimes?
    let processes: ProcessTable?
    let throttled: Double?
    let swappedPages: Double?

    /// The account now. `withProcesses` also lists the processes, some ten microseconds each.
    static func current(_ machine: Machine, withProcesses: Bool) -> SystemAccount {
        SystemAccount(
            time: TickClock.monotonicRaw(), processors: ProcessorTimes.current(),
            processes: withProcesses ? ProcessTable.current() : nil,
            throttled: quotaDirectory(machine).flatMap { directory in
                KernelNumbers.fact("\(directory)/cpu.stat", ThrottledTime.parse).value
            },
            swappedPages: KernelNumbers.fact("/proc/vmstat", KernelNumbers.swappedPages).value)
    }

    /// Where the quota is that holds this process back, if there is one.
    static func quotaDirectory(_ machine: Machine) -> String? {
        guard machine.environment.processorQuota.value?.value != nil else { return nil }
        let source = machine.environment.processorQuota.source
        guard let slash = source.lastIndex(of: "/"), slash > source.startIndex else { return nil }
        return String(source[..<slash])
    }

    /// What happened between `earlier` and this.
    func since(_ earlier: SystemAccount) -> Meanwhile {
        let duration = Double(time - earlier.time)
        let units = (processors?.accounts.keys.sorted() ?? []).map { unit in
            Meanwhile.Unit(
                processingUnit: unit,
                busyShare: earlier.processors.flatMap {
                    processors?.busyShare(of: unit, since: $0)
                },
                stolen: earlier.processors.flatMap { processors?.stolen(from: unit, since: $0) })
        }
        return Meanwhile(
            duration: duration, units: units,
            busyProcesses: earlier.processes.flatMap {
                processes?.busy(since: $0, over: duration)
            },
            throttled: difference(throttled, earlier.throttled),
            swappedPages: difference(swappedPages, earlier.swappedPages))
    }

    private func difference(_ now: Double?, _ then: Double?) -> Double? {
        guard let now, let then else { return nil }
        return max(0, now - then)
    }
}
