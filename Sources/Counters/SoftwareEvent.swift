import CNilometerShims

/// An event that the kernel itself counts, without a counting unit of the processor
/// (`perf_event_open(2)`, `PERF_TYPE_SOFTWARE`).
public enum SoftwareEvent: String, CaseIterable, Codable, Hashable, Sendable {
    /// Times a thread was switched away from.
    case contextSwitches = "context-switches"
    /// Times a thread was moved to another processor.
    case migrations = "cpu-migrations"
    /// Page faults of both kinds.
    case pageFaults = "page-faults"
    /// Page faults served without I/O.
    case minorFaults = "minor-faults"
    /// Page faults that needed I/O.
    case majorFaults = "major-faults"
    /// Nanoseconds that the thread ran.
    case taskClock = "task-clock"
    /// Nanoseconds that the thread ran, by the processor's timer.
    case cpuClock = "cpu-clock"
    /// Accesses that the kernel had to align.
    case alignmentFaults = "alignment-faults"
    /// Instructions that the kernel had to emulate.
    case emulationFaults = "emulation-faults"

    /// What it means for the count when what happens in the kernel may not be counted.
    enum KernelShare {
        /// Nothing: the clocks run on in the kernel whatever was asked for.
        case irrelevant
        /// The kernel's own part is missing: faults while it copies for a system call.
        case partial
        /// There is nothing left to count: it happens nowhere else.
        case everything
    }

    var kernelShare: KernelShare {
        switch self {
        case .contextSwitches, .migrations: .everything
        case .taskClock, .cpuClock: .irrelevant
        case .pageFaults, .minorFaults, .majorFaults, .alignmentFaults, .emulationFaults: .partial
        }
    }

    /// The kernel's number of it.
    var number: UInt64 {
        let number =
            switch self {
            case .contextSwitches: PERF_COUNT_SW_CONTEXT_SWITCHES
            case .migrations: PERF_COUNT_SW_CPU_MIGRATIONS
            case .pageFaults: PERF_COUNT_SW_PAGE_FAULTS
            case .minorFaults: PERF_COUNT_SW_PAGE_FAULTS_MIN
            case .majorFaults: PERF_COUNT_SW_PAGE_FAULTS_MAJ
            case .taskClock: PERF_COUNT_SW_TASK_CLOCK
            case .cpuClock: PERF_COUNT_SW_CPU_CLOCK
            case .alignmentFaults: PERF_COUNT_SW_ALIGNMENT_FAULTS
            case .emulationFaults: PERF_COUNT_SW_EMULATION_FAULTS
            }
        return UInt64(number.rawValue)
    }

    /// Whether it counts nanoseconds instead of events.
    public var isTime: Bool { self == .taskClock || self == .cpuClock }

    /// The event that libpfm calls `perf::name`: its software events are the kernel's, under other
    /// spellings (`perf::PERF_COUNT_SW_PAGE_FAULTS`, `perf::PAGE-FAULTS`).
    init?(libpfmName name: String) {
        guard name.hasPrefix("perf::") else { return nil }
        var word = name.dropFirst(6).lowercased()
        if word.hasPrefix("perf_count_sw_") { word.removeFirst(14) }
        word = String(word.map { $0 == "_" ? "-" : $0 })
        switch word {
        case "page-faults-min": self = .minorFaults
        case "page-faults-maj": self = .majorFaults
        case "faults": self = .pageFaults
        case "cs": self = .contextSwitches
        case "migrations": self = .migrations
        default: self.init(rawValue: word)
        }
    }
}
