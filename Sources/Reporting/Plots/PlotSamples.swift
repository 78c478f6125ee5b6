import Runs

/// The samples of a figure that are not warm-up, process by process.
struct PlotSamples {
    /// The samples of each process, in the order in which they were taken; none is empty.
    private(set) var forks: [Int: [Double]] = [:]

    /// How many samples there are.
    var count: Int { forks.values.reduce(0) { $0 + $1.count } }

    /// All samples, process after process.
    var values: [Double] { forks.sorted { $0.key < $1.key }.flatMap(\.value) }

    /// The samples of this process after those there are.
    mutating func add(_ samples: [Double], of fork: Int) {
        if !samples.isEmpty { forks[fork, default: []] += samples }
    }

    /// What `series` hold, by figure; figures with nothing but warm-up are left out.
    static func byKey(_ series: [SampleSeries]) -> [FigureKey: PlotSamples] {
        var found: [FigureKey: PlotSamples] = [:]
        for one in series where !one.samples.isEmpty {
            found[one.key, default: PlotSamples()].add(one.samples, of: one.fork)
        }
        return found
    }
}
