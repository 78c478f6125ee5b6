/// The machine as a page for people: every fact with its source, and what follows from them.
///
/// A pure function of the machine: the same machine gives the same text.
public struct MachineDescription: Sendable {
    /// How parts of the page are set off on a terminal. Each function is given text of its final
    /// width, and may add what takes no room.
    public struct Style: Sendable {
        /// The titles of sections.
        public var heading: @Sendable (String) -> String
        /// What is known.
        public var value: @Sendable (String) -> String
        /// What is unknown, and why.
        public var unknown: @Sendable (String) -> String
        /// Where it came from, or why it was decided.
        public var source: @Sendable (String) -> String

        /// Leaves everything as it is, unless said otherwise.
        public init(
            heading: @escaping @Sendable (String) -> String = { $0 },
            value: @escaping @Sendable (String) -> String = { $0 },
            unknown: @escaping @Sendable (String) -> String = { $0 },
            source: @escaping @Sendable (String) -> String = { $0 }
        ) {
            self.heading = heading
            self.value = value
            self.unknown = unknown
            self.source = source
        }
    }

    let machine: Machine

    /// A description of `machine`.
    public init(_ machine: Machine) { self.machine = machine }

    /// The machine and the engine's configuration on it, in lines of at most `width` characters,
    /// which must be 60 or more.
    public func page(width: Int = 100, style: Style = Style()) -> String {
        var page = Page(width: width, style: style)
        page.heading("Topology of \(machine.topology.origin)")
        page.add(topologyRows)
        page.heading("Memory")
        page.add(memoryRows)
        page.heading("Storage")
        page.add(storageRows)
        page.heading("Network")
        page.add(networkRows)
        page.heading("Accelerators")
        page.add(acceleratorRows)
        page.heading("Counters")
        page.add(counterRows)
        page.heading("Environment")
        page.add(environmentRows)
        page.heading("Engine configuration that follows")
        page.add(settings: configurationRows)
        return page.text
    }

    /// The machine in one line, for the head of a report: processor, cores, memory, kernel.
    public var summary: String {
        let processor = machine.topology.processorModel.value ?? "unknown processor"
        let cores = machine.usableCoreCount.value.map { counted($0, "usable core") }
        let memory = machine.usableMemory.value.map { "\($0) memory" }
        let kernel = machine.environment.kernelRelease.value.map { "Linux \($0)" }
        let virtualisation = machine.environment.virtualisation.value
        let guest = virtualisation?.isVirtual == true ? virtualisation.map { "on \($0)" } : nil
        return [
            processor, cores ?? "unknown cores", memory ?? "unknown memory",
            kernel ?? "unknown kernel", guest,
        ].compactMap(\.self).joined(separator: ", ")
    }
}

/// Profiles as a page for people: what each resolves to on a machine, and why.
public struct ProfileDescription: Sendable {
    private let profiles: [Profile]

    /// A description of `profiles`.
    public init(_ profiles: [Profile]) { self.profiles = profiles }

    /// A section for each profile, in lines of at most `width` characters, which must be 60 or more.
    public func page(
        width: Int = 100, style: MachineDescription.Style = MachineDescription.Style()
    ) -> String {
        var page = Page(width: width, style: style)
        for profile in profiles {
            page.heading("\(profile.name): \(profile.name.purpose)")
            page.add(settings: [
                row("wait strategy", profile.waitStrategy) { $0.rawValue },
                row("pinning", profile.pinning) { $0.rawValue },
                row("ring capacity", profile.ringCapacity) { "\($0)" },
                row("batch size", profile.batchSize) { "\($0)" },
                row("durability", profile.durability) { "\($0)" },
                row("huge pages", profile.hugePages) { $0.rawValue },
                row("busy polling", profile.isBusyPolling) { $0 ? "on" : "off" },
            ])
        }
        return page.text
    }
}

/// A decision as a line: the setting, and why.
func row<Value>(
    _ name: String, _ decision: Decision<Value>, _ text: (Value) -> String
) -> Page.Row {
    Page.Row(name, text(decision.value), note: decision.why)
}
