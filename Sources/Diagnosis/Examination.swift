public import Hardware
public import Measurement
import Quantities

/// All that the checks look at, as values: nothing is read from the machine while they look.
public struct Examination: Sendable {
    /// The machine's facts.
    public var machine: Machine
    /// The hardware threads that figures are measured on, by the kernel's numbers.
    public var processingUnits: [Int]
    /// Settings and states that are no part of the machine's facts.
    public var settings: LiveSettings
    /// What else happened while the noise was measured.
    public var meanwhile: Meanwhile
    /// The noise on each hardware thread that was probed.
    public var jitter: [JitterReading]
    /// How evenly each of them worked; empty when that was not measured.
    public var work: [WorkReading]
    /// How near the first two stayed; `nil` when that was not watched.
    public var placement: PlacementReading?

    /// An examination.
    public init(
        machine: Machine, processingUnits: [Int], settings: LiveSettings, meanwhile: Meanwhile,
        jitter: [JitterReading] = [], work: [WorkReading] = [], placement: PlacementReading? = nil
    ) {
        self.machine = machine
        self.processingUnits = processingUnits
        self.settings = settings
        self.meanwhile = meanwhile
        self.jitter = jitter
        self.work = work
        self.placement = placement
    }

    /// What the checks find, the most serious first, otherwise in the order of the checks.
    public var findings: [Finding] {
        let found = Check.all.flatMap { $0.findings(in: self) }
        return Finding.Severity.allCases.reversed().flatMap { severity in
            found.filter { $0.severity == severity }
        }
    }

    /// By how much the cores' speed changed while they worked at the same thing, as a ratio of 1
    /// and more; `nil` when that was not measured.
    var speedDrift: Double? { work.compactMap(\.chain.drift).max() }
}

/// Looks at one thing that can make figures untrustworthy.
public struct Check: Sendable {
    /// The name that its findings carry.
    public let id: String
    /// What it looks at, in words.
    public let subject: String
    private let find: @Sendable (Examination, Check) -> [Finding]

    init(
        _ id: String, _ subject: String,
        _ find: @escaping @Sendable (Examination, Check) -> [Finding]
    ) {
        self.id = id
        self.subject = subject
        self.find = find
    }

    /// What it finds; nothing where all is well.
    public func findings(in examination: Examination) -> [Finding] { find(examination, self) }

    /// All checks, those that measure before those that read settings.
    public static let all: [Check] = [
        jitter, tickCounters, coreSpeed, placement, stolenTime, neighbours, busyProcesses, load,
        clockSource, tickCounter, governors, boost, quota, cpuset, virtualisation, isolation,
        swap, availableMemory, fragmentation, hugePages, numaBalancing, memoryLimit,
        addressLayout, hardwareEvents, mitigations, diskSpace,
    ]

    func finding(
        _ severity: Finding.Severity, _ measured: String, cost: Finding.Cost, remedy: String,
        source: String, subject: String? = nil
    ) -> Finding {
        Finding(
            id: id, subject: subject ?? self.subject, severity: severity, measured: measured,
            cost: cost, remedy: remedy, source: source)
    }
}

/// Numbers as findings print them.
enum Figures {
    /// `0.32 %` of a share from 0 to 1.
    static func percent(_ share: Double) -> String { "\(number(share * 100)) %" }

    /// Three significant digits.
    static func number(_ value: Double) -> String { Presentation.significant(value) }

    /// A time in the unit that suits it.
    static func time(_ nanoseconds: Double) -> String { "\(Nanoseconds(nanoseconds))" }
}
