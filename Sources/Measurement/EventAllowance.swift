import Counters

/// How much may happen to a process while it measures before its figures are doubted.
///
/// The causes are fixed texts, so that the forks of a run share them; the numbers are in the fork's
/// events. A fork with a cause is measured again within the budget, and marked `noisy: <cause>`
/// where that does not help.
public struct EventAllowance: Hashable, Sendable {
    /// Times a second that the process's threads may be taken off their processors, all together.
    ///
    /// A thread that has a processor to itself is taken off it a few times a second, by the
    /// kernel's own threads and by the suite's watching. Two hundred times a second, at some tens of
    /// microseconds each, are up to one per cent of the time.
    public var involuntarySwitchesPerSecond = 200.0

    /// The share of the time of the measuring processors that the hypervisor may take.
    public var stolenShare = 0.01

    /// Stolen time in nanoseconds that is always allowed: the kernel counts it in ticks of a
    /// hundredth of a second, and one tick may be mostly older than the measurement.
    public var stolenGrain = 10e6

    /// Page faults that may need I/O: a program that was just built is read from its device as it
    /// first runs, in a few pages, before anything is timed.
    public var majorFaults = 16

    /// Times that threads may be moved between processors: a bound thread never is, but each may be
    /// once as it is bound.
    public var migrations = 16

    /// The share of their time that the probes of a fork's cores may lose, before and after it
    /// measured. Of 2844 pairs of probes on a virtual machine that did nothing else, half lost more
    /// than 1.9 per cent, to a host that took some 70 us at a time, and one in 40 more than 5 per
    /// cent; another thread takes slices of milliseconds, of probes of ten.
    public var lostShare = 0.05

    /// The allowance that every fork is judged by.
    public init() {}

    /// What disturbed a fork beyond the allowance: reasons to doubt all that it measured.
    ///
    /// - Parameters:
    ///   - events: what happened while it measured.
    ///   - noise: what the probes of its cores found.
    ///   - nanoseconds: how long it measured.
    ///   - wall: how long that took, with what it slept while another process had the turn: what the
    ///     machine as a whole counts was counted meanwhile as well.
    ///   - description: the benchmark. Nothing disturbs one that times nothing; one that blocks is off
    ///     its processor, and may fault, by its nature.
    ///   - parameters: what it was run under, on which that may depend.
    public func causes(
        among events: EventCounts, _ noise: ForkNoise, over nanoseconds: Double,
        within wall: Double? = nil, of description: BenchmarkDescription,
        under parameters: ParameterSet = ParameterSet()
    ) -> [String] {
        guard description.isTimed else { return [] }
        var causes: [String] = []
        if !description.isBlocking(under: parameters) {
            let switches = Double(events.involuntarySwitches)
            if switches > involuntarySwitchesPerSecond * nanoseconds / 1e9 {
                causes.append("taken off its processor too often")
            }
            if let moved = events.migrations, moved > migrations {
                causes.append("moved between processors")
            }
            if events.majorFaults > majorFaults {
                causes.append("page faults read from a device")
            }
        }
        // The kernel counts stolen time only where something wanted to run: on a machine that is
        // otherwise at rest, on the measuring processors.
        let stolenAllowed =
            stolenShare * (wall ?? nanoseconds) * Double(max(1, description.processingUnits))
        if let stolen = events.stolenTime, stolen > max(stolenAllowed, stolenGrain) {
            causes.append("the hypervisor took time")
        }
        if noise.lostShare > lostShare, let cause = noise.worst?.cause {
            causes.append("jitter beside it, \(cause.summary)")
        }
        return causes
    }
}
