import Hardware

/// How a pool follows its load while it runs, and where it keeps what it came to.
///
/// A thread of the pool's own looks at the workers several times in an interval, and lets
/// `LoadController` decide at its end. Applied are the number of workers (by a resize), the batch
/// that they take out of their inboxes, and whether a worker with nothing to do sleeps. The settings
/// under which most was done are saved when the pool is stopped, and now and then before.
///
/// ```swift
/// let pool = try WorkerPool(Counter(), PoolConfiguration(workload: "words"))
/// ```
public struct PoolAdaptation: Sendable {
    /// What the pool does, by a name of the program's own: what is learnt is kept for it.
    public var workload: String
    /// The machine, as `LearntConfiguration.digest(of:)` has it.
    public var machine: String
    /// Where and when settings change. The number of workers of a pool with ranges stays whatever
    /// they say.
    public var rules: LoadController.Rules
    /// What a reading is taken over; the dwell of the rules counts those.
    public var interval: Duration = .milliseconds(100)
    /// How often what was learnt is saved while the pool runs, if there is anything new.
    public var savesEvery: Duration = .seconds(60)
    /// Where it is saved; nil for nowhere.
    public var store: LearntStore?
    /// Told what is done, on the thread that does it; not to take long, and not to stop the pool.
    public var observer: (@Sendable (Event) -> Void)?

    /// What the adaptation of a pool did.
    public enum Event: Sendable {
        /// The settings are others from now on, because of the readings up to this one.
        case changed(LoadSettings, LoadReading)
        /// A resize failed, or was not over in time.
        case notResized(PoolError)
        /// What was learnt was saved.
        case saved(LearntConfiguration)
        /// What was learnt could not be saved.
        case notSaved(DurableFileError)
    }

    /// Memberwise; the rest by default. The name of the workload is one line of text, not empty.
    public init(
        workload: String, machine: String, rules: LoadController.Rules,
        store: LearntStore? = LearntStore()
    ) {
        self.workload = workload
        self.machine = machine
        self.rules = rules
        self.store = store
    }

    /// On a machine: from one worker to as many as there are usable cores.
    ///
    /// - Throws: `PoolError.processorsUnknown` where nobody knows how many there are.
    public init(
        workload: String, on machine: Machine, store: LearntStore? = LearntStore()
    ) throws(PoolError) {
        let cores = machine.topology.usableCores
        guard let usable = cores.value, !usable.isEmpty else {
            throw .processorsUnknown(reason: cores.reason ?? "there are none")
        }
        self.init(
            workload: workload, machine: LearntConfiguration.digest(of: machine.fingerprint),
            rules: LoadController.Rules(
                workers: 1...usable.count, processors: usable.reduce(0) { $0 + $1.pus.count }),
            store: store)
    }

    /// Why it cannot be; nil where it can.
    var flaw: String? {
        if !LearntConfiguration.isName(workload) { return "'\(workload)' is no name of a workload" }
        if !rules.isSound { return "thresholds that could oscillate: \(rules)" }
        if rules.largestBatch > PoolConfiguration.largestBatch {
            return "a batch is at most \(PoolConfiguration.largestBatch)"
        }
        if interval < .milliseconds(1) { return "an interval of \(interval)" }
        return nil
    }
}
