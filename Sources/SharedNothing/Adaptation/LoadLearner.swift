/// Remembers under which settings most was done: a value without clock or thread.
///
/// Only settings that held for a dwell of readings count, so that no burst decides, and of those the
/// ones with the most messages a second: what a pool shrank to when nobody wanted anything of it any
/// more is no good beginning for the next run.
struct LoadLearner {
    private let dwell: Int
    /// What holds, since when, as a sum of intervals.
    private var held: LoadSettings?
    private var handled: UInt64 = 0
    private var nanoseconds: UInt64 = 0
    private var readings = 0
    private var isHeldBest = false
    /// The best so far.
    private(set) var best: (settings: LoadSettings, throughput: Double, readings: Int)?

    /// Takes so many readings for enough; at least one.
    init(dwell: Int) { self.dwell = max(1, dwell) }

    /// Takes what was done in an interval under settings.
    mutating func take(_ interval: LoadGauge.Interval, under settings: LoadSettings) {
        if settings != held {
            held = settings
            isHeldBest = false
            (handled, nanoseconds, readings) = (0, 0, 0)
        }
        handled &+= interval.handled
        nanoseconds &+= interval.nanoseconds
        readings += 1
        guard readings >= dwell, handled > 0, nanoseconds > 0 else { return }
        let throughput = Double(handled) * 1e9 / Double(nanoseconds)
        // What was learnt since the settings hold replaces what was learnt of them a moment ago.
        if let best, !isHeldBest, best.throughput >= throughput { return }
        isHeldBest = true
        best = (settings, throughput, readings)
    }
}
