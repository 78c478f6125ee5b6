import Counters

/// The counters of one fork: those of the measuring thread, which the timing loops read around
/// their windows, and the kernel's over all threads for benchmarks that time no windows.
struct ForkCounters {
    /// The measuring thread's.
    let thread: ThreadCounters
    private let process: ThreadCounters
    private let start: ThreadCounters.Mark
    private let processStart: ThreadCounters.Mark

    /// Begins to count `names` on the calling thread; `nil` when there are none.
    init?(_ names: [CounterName]) {
        guard !names.isEmpty else { return nil }
        // Before any other thread of the fork, so that all are counted.
        process = ThreadCounters(names, of: .all)
        thread = ThreadCounters(names)
        processStart = process.mark()
        start = thread.mark()
    }

    /// Records the totals of what no window counted, and why anything that was asked for is missing.
    func finish(into recorder: inout Recorder) {
        let all = process.counts(since: processStart)
        let own = thread.counts(since: start)
        let readings = all + own.filter { reading in !all.contains { $0.name == reading.name } }
        recorder.recordTotals(
            readings.filter { reading in
                !recorder.series.contains { $0.metric == CounterMetrics.metric(reading.name) }
            })
        for (name, remark) in thread.remarks {
            recorder.note("\(CounterMetrics.notePrefix)\(name): \(remark)")
        }
        for (name, reason) in thread.absences {
            recorder.note("\(CounterMetrics.notePrefix)\(name) unavailable: \(reason)")
        }
    }
}
