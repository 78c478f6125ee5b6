/// What most likely kept a spinning thread from reading its counter, as far as the kernel tells.
public enum JitterCause: String, Codable, Sendable, CaseIterable {
    /// Another thread had the core: an involuntary switch was counted in the same slice.
    case preempted
    /// The quota of the process's control group was used up: an involuntary switch was counted, and
    /// the group was held back for at least as long while the probe ran.
    case throttled
    /// The thread gave its core up by itself: it slept, or waited for a page.
    case waited
    /// The thread was moved to another core.
    case migrated
    /// The hypervisor ran something else: the core's stolen time grew while the probe ran.
    case stolen
    /// The core served an interrupt, and no more gaps of this kind than interrupts were counted.
    case interrupt
    /// Nothing that the kernel counts: a hypervisor that does not account for what it steals,
    /// firmware (system management interrupts), or a handler that ran unusually long.
    case unknown

    /// In words, for a table.
    public var summary: String {
        switch self {
        case .preempted: "preempted by another thread"
        case .throttled: "held back by the group's quota"
        case .waited: "waited by itself"
        case .migrated: "moved to another core"
        case .stolen: "stolen by the hypervisor"
        case .interrupt: "interrupt"
        case .unknown: "unknown: a hypervisor without steal accounting, or firmware"
        }
    }

    /// What the attribution rests on, and so how far it can be trusted.
    public var basis: String {
        switch self {
        case .preempted, .waited: "counted for the thread in the same slice"
        case .throttled:
            "likely: a switch in the same slice, and the group's throttled time grew by as much"
        case .migrated: "the processor's number differed at the ends of the slice"
        case .stolen: "likely: the core's total grew, in steps of a clock tick, while the probe ran"
        case .interrupt: "likely: as many were counted on the core while the probe ran"
        case .unknown: "nothing was counted that would explain it"
        }
    }
}

/// What the kernel counted for the probing thread and its core while a probe ran. A count that the
/// kernel does not give is `nil`, never zero.
public struct JitterEvents: Codable, Hashable, Sendable {
    /// Interrupts of one source.
    public struct Interrupts: Codable, Hashable, Sendable {
        /// The source as the kernel names it, such as `LOC Local timer interrupts`.
        public let source: String
        /// How many the core served.
        public let count: Int

        /// So many of a source.
        public init(source: String, count: Int) {
            self.source = source
            self.count = count
        }
    }

    /// Times the thread was taken off its core.
    public var involuntarySwitches: Int
    /// Times it gave the core up by itself.
    public var voluntarySwitches: Int
    /// Slices that began on one core and ended on another.
    public var migrations: Int
    /// Nanoseconds for which the thread could have run but another did (`run_delay`).
    public var waitedForCore: Double?
    /// Nanoseconds that the hypervisor took from the core, in whole clock ticks.
    public var stolen: Double?
    /// Nanoseconds for which the quotas of the process's control groups held it back, added up over
    /// the processors that it wanted to run on.
    public var throttled: Double?
    /// Interrupts that the core served, the most frequent first.
    public var interrupts: [Interrupts]?

    /// What was counted.
    public init(
        involuntarySwitches: Int = 0, voluntarySwitches: Int = 0, migrations: Int = 0,
        waitedForCore: Double? = nil, stolen: Double? = nil, throttled: Double? = nil,
        interrupts: [Interrupts]? = nil
    ) {
        self.involuntarySwitches = involuntarySwitches
        self.voluntarySwitches = voluntarySwitches
        self.migrations = migrations
        self.waitedForCore = waitedForCore
        self.stolen = stolen
        self.throttled = throttled
        self.interrupts = interrupts
    }

    /// All interrupts, or `nil` where the kernel does not tell.
    public var interruptCount: Int? { interrupts.map { $0.reduce(0) { $0 + $1.count } } }
}
