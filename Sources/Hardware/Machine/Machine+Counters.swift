extension Machine {
    /// What PAPI and the kernel can count.
    public struct Counters: Codable, Equatable, Sendable {
        /// PAPI's version.
        public var papiVersion: Fact<String>
        /// PAPI's components, those disabled too, with PAPI's reason.
        public var components: Fact<[Component]>
        /// The preset events (`PAPI_TOT_CYC` …) that can be counted here; unknown, with the
        /// reason, where there is no hardware to count them.
        public var hardwareEvents: Fact<[String]>
        /// What the kernel can count with: `cpu` among them is the processor's own unit.
        public var kernelSources: Fact<[String]>
        /// Who may count: 2 and below lets every process count itself.
        public var perfEventParanoia: Fact<Int>
    }

    /// A part of PAPI.
    public struct Component: Codable, Equatable, Sendable {
        /// The name, such as `perf_event`.
        public var name: String
        /// Whether it can be used.
        public var isAvailable: Bool
        /// PAPI's words on why it cannot be used.
        public var reason: String?
        /// How many events it knows; `nil` when PAPI does not say.
        public var eventCount: Int?
    }
}

extension Machine.Counters {
    /// Reads the running machine's files, and takes PAPI's answer as given.
    init(_ files: SystemFiles, papi: Papi) {
        let sources = files.members(
            of: "/sys/bus/event_source/devices", ifAbsent: "/sys/bus")
        papiVersion = papi.version
        components = papi.components
        hardwareEvents = papi.hardwareEvents(kernelSources: sources)
        kernelSources = sources
        perfEventParanoia = files.fact("/proc/sys/kernel/perf_event_paranoid") { Int($0) }
    }

    /// Nothing is known of what a machine can count that is only described.
    static var described: Machine.Counters {
        Machine.Counters(
            papiVersion: .notRunning, components: .notRunning, hardwareEvents: .notRunning,
            kernelSources: .notRunning, perfEventParanoia: .notRunning)
    }
}
