public import Hardware
public import Measurement
import Quantities

/// A quick look at the machine, which a run keeps from before and after it measured.
public struct Checkup: Codable, Sendable {
    /// How long it took, in nanoseconds.
    public let duration: Double
    /// The hardware threads that were probed.
    public let processingUnits: [Int]
    /// What was found, the most serious first.
    public let findings: [Finding]
    /// The noise on each of the hardware threads.
    public let jitter: [JitterReading]

    /// A look that found `findings`.
    public init(
        duration: Double, processingUnits: [Int], findings: [Finding], jitter: [JitterReading]
    ) {
        self.duration = duration
        self.processingUnits = processingUnits
        self.findings = findings
        self.jitter = jitter
    }

    /// The most that probing may take, over all hardware threads.
    static let longestProbing = Nanoseconds.milliseconds(200)

    /// Looks at settings, and probes each of `processingUnits` for up to 60 ms. Takes less than
    /// half a second; processes are not listed. The caller's threads should be at rest.
    ///
    /// - Parameters:
    ///   - machine: the machine's facts, which are not read again.
    ///   - processingUnits: where figures are measured.
    ///   - directory: where storage workloads write.
    /// - Throws: what `PinnedThread` throws when a hardware thread may not be used.
    public static func quick(
        _ machine: Machine, processingUnits: [Int], directory: String
    ) throws -> Checkup {
        let start = TickClock.monotonicRaw()
        let clock = TickClock()
        let settings = LiveSettings.read(machine, directory: directory, clock: clock)
        let before = SystemAccount.current(machine, withProcesses: false)
        let share = longestProbing / Double(max(1, processingUnits.count))
        let probe = JitterProbe(clock: clock, duration: min(.milliseconds(60), share))
        let jitter = try processingUnits.map { try probe.run(on: $0) }
        let meanwhile = SystemAccount.current(machine, withProcesses: false).since(before)
        let examination = Examination(
            machine: machine, processingUnits: processingUnits, settings: settings,
            meanwhile: meanwhile, jitter: jitter)
        return Checkup(
            duration: Double(TickClock.monotonicRaw() - start), processingUnits: processingUnits,
            findings: examination.findings, jitter: jitter)
    }
}
