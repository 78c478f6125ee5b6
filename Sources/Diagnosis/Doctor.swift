public import Hardware
import Measurement
public import Quantities

/// Examines the running machine: probes the noise on its cores, one after the other, and reads what
/// the kernel tells.
public struct Doctor {
    private let machine: Machine
    private let processingUnits: [Int]
    private let directory: String

    /// A doctor for `machine`, which is the running one.
    ///
    /// - Parameters:
    ///   - processingUnits: the hardware threads to examine, at least one; the first two are
    ///     watched for changes of their placement.
    ///   - directory: where storage workloads write.
    public init(machine: Machine, processingUnits: [Int], directory: String) {
        precondition(!processingUnits.isEmpty, "there is nothing to examine")
        self.machine = machine
        self.processingUnits = processingUnits
        self.directory = directory
    }

    /// How an examination divides its time.
    struct Shares: Equatable {
        /// For the gaps on each hardware thread.
        let jitter: Nanoseconds
        /// For the even work of each.
        let work: Nanoseconds
        /// For the placement of the first two.
        let placement: Nanoseconds

        /// The shares of `time` among `units` hardware threads: half for gaps, a quarter for work,
        /// a quarter for placement, none longer than serves a purpose.
        init(of time: Nanoseconds, among units: Int) {
            let each = time / Double(units)
            jitter = min(each * 0.5, .seconds(3))
            work = min(each * 0.25, .seconds(1))
            placement = min(time * 0.25, .seconds(2))
        }
    }

    /// Examines for about `time`. `progress` is called with what comes next.
    ///
    /// - Throws: what `PinnedThread` throws when a hardware thread may not be used.
    public func examine(
        for time: Nanoseconds, progress: (String) -> Void = { _ in }
    ) throws -> DoctorReport {
        let start = TickClock.monotonicRaw()
        let shares = Shares(of: time, among: processingUnits.count)
        let clock = TickClock()
        progress("settings")
        let settings = LiveSettings.read(machine, directory: directory, clock: clock)
        let before = SystemAccount.current(machine, withProcesses: true)
        let probe = JitterProbe(clock: clock, duration: shares.jitter)
        let jitter = try processingUnits.map { unit in
            progress("jitter of core \(unit)")
            return try probe.run(on: unit)
        }
        let rate = WorkRate(clock: clock, duration: shares.work)
        let work = try processingUnits.map { unit in
            progress("speed of core \(unit)")
            return try rate.run(on: unit)
        }
        var placement: PlacementReading?
        if processingUnits.count > 1 {
            progress("placement of cores \(processingUnits[0]) and \(processingUnits[1])")
            placement = try PlacementWatch(clock: clock, duration: shares.placement)
                .run(from: processingUnits[0], to: processingUnits[1])
        }
        let meanwhile = SystemAccount.current(machine, withProcesses: true).since(before)
        let examination = Examination(
            machine: machine, processingUnits: processingUnits, settings: settings,
            meanwhile: meanwhile, jitter: jitter, work: work, placement: placement)
        return DoctorReport(
            examination, duration: Double(TickClock.monotonicRaw() - start))
    }
}
