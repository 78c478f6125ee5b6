import Measurement
import Statistics

/// What the turns of servers and of the echo that is their floor come to.
///
/// The echo is a null target: what the client reaches with it is the client's own ceiling. A figure
/// of a server that comes too near says what the client can do, and is marked.
struct PeerFigures {
    /// The name of the echo among the contenders.
    static let echo = "echo"

    /// Reasons to doubt a figure for what the echo did in the same rounds.
    enum Doubt {
        /// The echo took more than half as long as the server.
        static let ceiling =
            "above half of what this client reaches with the echo: \(Series.onlyAtLeast)"
        /// The server's time cannot be told from the echo's, or is less.
        static let floor = "not above its floor: the interval of its median reaches below 1"
    }

    let turns: [OperationTiming.Turn]
    /// The names of the contenders in the order of the turns' numbers, ``echo`` the last.
    let names: [String]
    let parameters: ParameterSet

    /// Records each contender's time over that of the echo in the same round, but for those that are `exempt`, and
    /// gives the medians.
    func recordOverFloor(
        _ metric: String, exempt: Set<String>, into recorder: inout Recorder
    ) -> [String: Double] {
        let other = turns.filter { !exempt.contains(names[$0.contender]) }
        let ratios = recorded(in: recorder) {
            TurnAnalysis(other, contenders: names, parameters: parameters)
                .recordRatios(metric, to: Self.echo, into: &$0)
        }
        var medians: [String: Double] = [:]
        for series in ratios {
            guard let name = series.parameters["contender"], !series.samples.isEmpty else {
                continue
            }
            medians[name] = Quantile.median(of: series.samples)
            recorder.record(series, doubting: Self.floorDoubts(series.samples))
        }
        return medians
    }

    /// Records the echo's own times, of the part in which it ran steadily.
    func recordFloor(_ metric: String, into recorder: inout Recorder) {
        let times = recorded(in: recorder) {
            TurnAnalysis(turns, contenders: names, parameters: parameters)
                .recordLatency(metric, of: { $0 == Self.echo }, into: &$0)
        }
        // Its figures are of no contender.
        for series in times {
            recorder.record(
                metric, parameters, samples: series.samples, warmup: series.warmup,
                doubts: series.doubts)
        }
    }

    /// Records replies a second of all but the echo. With `medians` over the floor, those whose ratio
    /// is below 2 or not known are doubted, but for those that are `exempt`: the client is what
    /// limits them.
    func recordThroughput(
        _ metric: String, over medians: [String: Double]?, exempt: Set<String>,
        counting isComplete: (String) -> Bool, into recorder: inout Recorder
    ) {
        let own = names.filter { $0 != Self.echo }
        let found = recorded(in: recorder) {
            TurnAnalysis(turns, contenders: own, parameters: parameters)
                .recordThroughput(metric, counting: { name, _ in isComplete(name) }, into: &$0)
        }
        for series in found {
            guard let medians, series.metric == metric,
                let name = series.parameters["contender"], !exempt.contains(name)
            else {
                recorder.record(series, doubting: [])
                continue
            }
            recorder.record(series, doubting: Self.ceilingDoubts(medians[name]))
        }
    }

    /// What there is to doubt about a throughput whose time is `ratio` times the echo's.
    static func ceilingDoubts(_ ratio: Double?) -> [String] {
        guard let ratio, ratio >= 2 else { return [Doubt.ceiling] }
        return []
    }

    /// What there is to doubt about these ratios to the floor of one fork.
    static func floorDoubts(_ ratios: [Double]) -> [String] {
        let interval = Quantile.interval(of: SampleDistribution(ratios), at: 0.5)
        return (interval?.low ?? Quantile.median(of: ratios)) < 1 ? [Doubt.floor] : []
    }

    /// The series that `record` records, which are not kept.
    private func recorded(in recorder: Recorder, record: (inout Recorder) -> Void) -> [Series] {
        var draft = recorder
        record(&draft)
        return Array(draft.series[recorder.series.count...])
    }
}

extension Recorder {
    /// Records a series that another recorder of the same benchmark took, with more to doubt.
    fileprivate mutating func record(_ series: Series, doubting more: [String]) {
        record(
            series.metric, series.parameters, samples: series.samples, warmup: series.warmup,
            doubts: series.doubts + more)
    }
}
