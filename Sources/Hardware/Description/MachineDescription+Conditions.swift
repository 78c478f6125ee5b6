/// What the machine lets be seen, what disturbs it, and what follows for the engine.
extension MachineDescription {
    var counterRows: [Page.Row] {
        let counters = machine.counters
        var rows = [
            Page.Row("PAPI", counters.papiVersion),
            Page.Row("hardware events", list: counters.hardwareEvents),
            Page.Row("components", counters.components) { "\($0.count)" },
        ]
        for component in counters.components.value ?? [] {
            let events = component.eventCount.map { ", \(counted($0, "event"))" } ?? ""
            rows.append(
                Page.Row(
                    "  \(component.name)",
                    component.isAvailable ? "available\(events)" : "disabled",
                    note: component.reason ?? ""))
        }
        return rows + [
            Page.Row("kernel event sources", list: counters.kernelSources),
            Page.Row("perf_event_paranoid", counters.perfEventParanoia),
        ]
    }

    var environmentRows: [Page.Row] {
        let environment = machine.environment
        var rows = [
            Page.Row("kernel", environment.kernelRelease),
            Page.Row("hypervisor", environment.virtualisation),
            Page.Row("several threads a core", environment.simultaneousMultithreading),
            Page.Row("  switch", environment.simultaneousMultithreadingControl),
            Page.Row("frequency governors", list: environment.frequencyGovernors),
            Page.Row("frequency boost", environment.frequencyBoost),
            Page.Row("clock source", environment.clockSource),
            Page.Row("invariant tick counter", environment.isTickCounterInvariant),
            Page.Row("isolated threads", environment.isolatedPUs),
            Page.Row("tickless threads", environment.ticklessPUs),
            Page.Row("load", environment.load) { load in
                "\(load.oneMinute) over 1 min, \(load.fiveMinutes) over 5, "
                    + "\(load.fifteenMinutes) over 15; \(load.runnableTasks) runnable"
            },
            Page.Row("cgroup processor quota", environment.processorQuota) { limit in
                limit.value.map { "\($0) processors" } ?? "none"
            },
            Page.Row("cgroup memory limit", environment.memoryLimit) { limit in
                limit.value.map { "\($0)" } ?? "none"
            },
            Page.Row("cgroup threads", environment.cgroupPUs),
            Page.Row("may place memory", environment.isMemoryPlacementAllowed),
            Page.Row("NUMA balancing", environment.isNUMABalancing),
            Page.Row("mitigations", environment.mitigations) { mitigations in
                let affected = mitigations.values.count { $0 != "Not affected" }
                return "\(mitigations.count) flaws known, \(affected) concern this processor"
            },
        ]
        for (flaw, state) in (environment.mitigations.value ?? [:]).sorted(by: { $0.key < $1.key })
        where state != "Not affected" {
            rows.append(Page.Row("  \(flaw)", state, note: ""))
        }
        return rows
    }

    var configurationRows: [Page.Row] {
        let configuration = EngineConfiguration.automatic(for: machine)
        return [
            row("application workers", configuration.applicationWorkers) { "\($0)" },
            row("I/O workers", configuration.ioWorkers) { "\($0)" },
            row("accelerator workers", configuration.acceleratorWorkers) { "\($0)" },
            row("channel capacity", configuration.channelCapacity) { "\($0)" },
            row("affinity", configuration.isAffinityOn) { $0 ? "on" : "off" },
            row("NUMA-aware", configuration.isNUMAAware) { $0 ? "on" : "off" },
            row("storage engine", configuration.storageEngine) { $0.rawValue },
        ]
    }
}
