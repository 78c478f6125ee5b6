/// What else happened on the machine while its noise was measured. What the kernel does not tell,
/// or was not looked at, is `nil`, never zero.
public struct Meanwhile: Codable, Hashable, Sendable {
    /// A process that had processor time.
    public struct Process: Codable, Hashable, Sendable {
        /// The kernel's number.
        public let number: Int
        /// Its name, as `ps` shows it.
        public let name: String
        /// How many processors it kept busy: 0.5 is half of one.
        public let processors: Double

        /// A process.
        public init(number: Int, name: String, processors: Double) {
            self.number = number
            self.name = name
            self.processors = processors
        }
    }

    /// What the kernel tells of a hardware thread.
    public struct Unit: Codable, Hashable, Sendable {
        /// The kernel's number.
        public let processingUnit: Int
        /// The share of the time in which it was not idle, from 0 to 1.
        public let busyShare: Double?
        /// What the hypervisor took from it, in nanoseconds.
        public let stolen: Double?

        /// A hardware thread.
        public init(processingUnit: Int, busyShare: Double?, stolen: Double?) {
            self.processingUnit = processingUnit
            self.busyShare = busyShare
            self.stolen = stolen
        }
    }

    /// How long it lasted, in nanoseconds.
    public var duration: Double
    /// The hardware threads, in ascending order; empty where the kernel keeps no account.
    public var units: [Unit]
    /// The processes other than this one that kept more than a twentieth of a processor busy, the
    /// busiest first; `nil` when they were not looked at.
    public var busyProcesses: [Process]?
    /// How long the control group's quota held this process back, in nanoseconds.
    public var throttled: Double?
    /// Pages that were swapped in or out.
    public var swappedPages: Double?

    /// What happened.
    public init(
        duration: Double, units: [Unit] = [], busyProcesses: [Process]? = nil,
        throttled: Double? = nil, swappedPages: Double? = nil
    ) {
        self.duration = duration
        self.units = units
        self.busyProcesses = busyProcesses
        self.throttled = throttled
        self.swappedPages = swappedPages
    }

    /// What is known of a hardware thread.
    func unit(_ processingUnit: Int) -> Unit? {
        units.first { $0.processingUnit == processingUnit }
    }
}
