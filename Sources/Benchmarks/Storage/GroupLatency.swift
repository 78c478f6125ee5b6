import Statistics

/// What the appends of one turn took their callers, and how long it lasted.
struct GroupTurn {
    /// Nanoseconds of each append, as its caller saw it.
    let waits: [Double]
    /// Nanoseconds from the first append to the end of the last.
    let elapsed: Double

    var meanWait: Double { waits.reduce(0, +) / Double(waits.count) }
}

/// What there is to doubt about the waits of callers that queue up for a file.
///
/// In a closed loop of N callers that do nothing else, the mean wait is N over the throughput:
/// Little, "A proof for the queuing formula L = λW", Operations Research 9 (1961). Means keep to
/// that in whatever order the callers are served; the distribution does not, for a lock that lets
/// its last holder in again serves one caller many times while the others wait.
struct GroupLatency {
    /// By how much the mean wait may lie off callers over throughput.
    static let allowance = 0.2

    private let callers: Int
    private let elapsed: Double
    /// All waits, in nanoseconds.
    let waits: [Double]

    /// The waits of `turns`, each of `callers` callers.
    init(callers: Int, turns: ArraySlice<GroupTurn>) {
        self.callers = callers
        elapsed = turns.reduce(0) { $0 + $1.elapsed }
        waits = turns.flatMap(\.waits)
    }

    /// How many callers waited at a time, on average.
    var waiting: Double { elapsed > 0 ? waits.reduce(0, +) / elapsed : 0 }

    /// Doubts about the mean: the callers were not all waiting all the time.
    var meanDoubts: [String] {
        abs(waiting / Double(callers) - 1) > GroupLatency.allowance
            ? ["callers / throughput and the mean wait differ by over 20 %"] : []
    }

    /// Doubts about the distribution: most waits are shorter than half of the mean, so few others
    /// make up for them, and those are as long as a turn lets them be.
    var waitDoubts: [String] {
        guard callers > 1, !waits.isEmpty else { return meanDoubts }
        let mean = waits.reduce(0, +) / Double(waits.count)
        return Quantile.median(of: waits) < mean / 2
            ? meanDoubts + ["callers did not take turns: the longest waits last as long as a turn"]
            : meanDoubts
    }
}
