import Quantities

extension Machine {
    /// What decides whether a figure can be trusted.
    public struct Environment: Codable, Equatable, Sendable {
        /// The kernel's release, such as `6.18.44`.
        public var kernelRelease: Fact<String>
        /// Its major version.
        public var kernelMajorVersion: Fact<Int>
        /// Whether a hypervisor runs this machine, and which.
        public var virtualisation: Fact<Virtualisation>
        /// Whether cores run several hardware threads.
        public var simultaneousMultithreading: Fact<Bool>
        /// Whether the kernel lets that be switched: `on`, `off`, `notsupported` ….
        public var simultaneousMultithreadingControl: Fact<String>
        /// The frequency governors in force, each once.
        public var frequencyGovernors: Fact<[String]>
        /// Whether cores may go above their nominal frequency.
        public var frequencyBoost: Fact<Bool>
        /// The kernel's clock.
        public var clockSource: Fact<String>
        /// Whether the processor's counter runs at one rate in every power state.
        public var isTickCounterInvariant: Fact<Bool>
        /// The hardware threads that the scheduler leaves alone (`isolcpus`).
        public var isolatedPUs: Fact<CPUSet>
        /// The hardware threads without a periodic tick (`nohz_full`).
        public var ticklessPUs: Fact<CPUSet>
        /// How busy the machine was when it was described.
        public var load: Fact<Load>
        /// How many processors' time the control groups of this process allow it.
        public var processorQuota: Fact<Limit<Double>>
        /// How much memory they allow it.
        public var memoryLimit: Fact<Limit<ByteCount>>
        /// The hardware threads they allow it.
        public var cgroupPUs: Fact<CPUSet>
        /// Whether this process may say on which NUMA node its memory lies.
        public var isMemoryPlacementAllowed: Fact<Bool>
        /// Whether the kernel moves memory between NUMA nodes by itself.
        public var isNUMABalancing: Fact<Bool>
        /// What the kernel does against each of the processor's flaws.
        public var mitigations: Fact<[String: String]>

        private enum CodingKeys: String, CodingKey {
            case kernelRelease, kernelMajorVersion, virtualisation, simultaneousMultithreading
            case simultaneousMultithreadingControl, frequencyGovernors, frequencyBoost, clockSource
            case isTickCounterInvariant, isolatedPUs, ticklessPUs, load, cgroupPUs
            case isMemoryPlacementAllowed, isNUMABalancing, mitigations
            case processorQuota = "processorQuotaProcessors"
            case memoryLimit = "memoryLimitBytes"
        }
    }

    /// Whether a hypervisor runs the machine.
    public struct Virtualisation: Codable, Hashable, Sendable, CustomStringConvertible {
        /// Whether one does.
        public var isVirtual: Bool
        /// Its name, where it gives one.
        public var hypervisor: String?

        /// A machine run, or not run, by `hypervisor`.
        public init(isVirtual: Bool, hypervisor: String? = nil) {
            self.isVirtual = isVirtual
            self.hypervisor = hypervisor
        }

        /// The name, or whether there is one.
        public var description: String { isVirtual ? hypervisor ?? "virtual machine" : "none" }
    }

    /// How many tasks wanted to run, on average over the last minutes, and do so now.
    public struct Load: Codable, Equatable, Sendable {
        /// Over one minute.
        public var oneMinute: Double
        /// Over five minutes.
        public var fiveMinutes: Double
        /// Over fifteen minutes.
        public var fifteenMinutes: Double
        /// Now, the one that asked included.
        public var runnableTasks: Int
    }
}

extension Machine.Environment {
    /// Reads the running machine's files.
    init(_ files: SystemFiles, topology: Topology) {
        let processors = "/sys/devices/system/cpu"
        let limits = CgroupLimits(files)
        kernelRelease = files.textFact("/proc/sys/kernel/osrelease")
        kernelMajorVersion = kernelRelease.flatMap(Machine.Environment.majorVersion)
        virtualisation = Hypervisor.detect(files)
        simultaneousMultithreading = topology.hasSimultaneousMultithreading
        simultaneousMultithreadingControl = files.textFact("\(processors)/smt/control")
        frequencyGovernors = Machine.Environment.governors(files, "\(processors)/cpufreq")
        frequencyBoost = Machine.Environment.boost(files, processors)
        clockSource = files.textFact(
            "/sys/devices/system/clocksource/clocksource0/current_clocksource")
        isTickCounterInvariant = TickCounter.isInvariant
        isolatedPUs = files.fact("\(processors)/isolated") { CPUSet($0) }
        ticklessPUs = Machine.Environment.tickless(files, processors)
        load = files.fact("/proc/loadavg", KernelText.load)
        processorQuota = limits.processors
        memoryLimit = limits.memory
        cgroupPUs = limits.cpuset
        isMemoryPlacementAllowed = MemoryPlacement.isAllowed
        isNUMABalancing = files.fact("/proc/sys/kernel/numa_balancing") { text in
            Int(text).map { $0 != 0 }
        }
        mitigations = Machine.Environment.mitigations(files, "\(processors)/vulnerabilities")
    }

    /// What hwloc's description of another machine tells: its kernel and its threads.
    init(described hwloc: HwlocTopology, topology: Topology) {
        kernelRelease = hwloc.machineInfo("OSRelease")
        kernelMajorVersion = kernelRelease.flatMap(Machine.Environment.majorVersion)
        virtualisation = .notRunning
        simultaneousMultithreading = topology.hasSimultaneousMultithreading
        simultaneousMultithreadingControl = .notRunning
        frequencyGovernors = .notRunning
        frequencyBoost = .notRunning
        clockSource = .notRunning
        isTickCounterInvariant = .notRunning
        isolatedPUs = .notRunning
        ticklessPUs = .notRunning
        load = .notRunning
        processorQuota = .notRunning
        memoryLimit = .notRunning
        cgroupPUs = .notRunning
        isMemoryPlacementAllowed = .notRunning
        isNUMABalancing = .notRunning
        mitigations = .notRunning
    }

    private static func majorVersion(_ release: String) -> Fact<Int> {
        KernelText.majorVersion(release).map { .known($0, source: "kernel release") }
            ?? .unknown(
                reason: "'\(release)' does not begin with a version", source: "kernel release")
    }

    /// Only a kernel that was built for it has the file; it writes `(null)` when no hardware thread
    /// is tickless.
    private static func tickless(_ files: SystemFiles, _ directory: String) -> Fact<CPUSet> {
        let path = "\(directory)/nohz_full"
        if files.exists(directory), !files.exists(path) {
            return .known([], source: "\(path) (absent: the kernel cannot)")
        }
        return files.fact(path) { $0 == "(null)" ? [] : CPUSet($0) }
    }

    private static func governors(_ files: SystemFiles, _ directory: String) -> Fact<[String]> {
        files.members(of: directory, ifAbsent: "/sys/devices/system/cpu").flatMap { names in
            let policies = names.filter { $0.hasPrefix("policy") }
            if policies.isEmpty {
                return .unknown(
                    reason: "the kernel governs no frequency here", source: directory)
            }
            var governors: Set<String> = []
            for policy in policies {
                let fact = files.textFact("\(directory)/\(policy)/scaling_governor")
                guard let governor = fact.value else { return fact.map { [$0] } }
                governors.insert(governor)
            }
            return .known(governors.sorted(), source: "\(directory)/policy*/scaling_governor")
        }
    }

    /// The general switch says whether boost is on, Intel's own driver whether it is off.
    private static func boost(_ files: SystemFiles, _ directory: String) -> Fact<Bool> {
        let general = files.fact("\(directory)/cpufreq/boost", KernelText.flag)
        if general.value != nil { return general }
        let intel = files.fact("\(directory)/intel_pstate/no_turbo", KernelText.flag).map { !$0 }
        return intel.value == nil ? general : intel
    }

    private static func mitigations(
        _ files: SystemFiles, _ directory: String
    ) -> Fact<[String: String]> {
        files.members(of: directory, ifAbsent: "/sys/devices/system/cpu").flatMap { names in
            var found: [String: String] = [:]
            for name in names {
                let fact = files.textFact("\(directory)/\(name)")
                guard let text = fact.value else { return fact.map { [name: $0] } }
                found[name] = text
            }
            return .known(found, source: directory)
        }
    }
}
