import Counters
import Measurement
import Statistics

/// Turns the turns of single operations into series: latency of each operation with its
/// distribution, throughput and the ratio to a reference by turn.
struct TurnAnalysis {
    let turns: [OperationTiming.Turn]
    let contenders: [String]
    let parameters: ParameterSet

    init(
        _ turns: [OperationTiming.Turn], contenders: [String], parameters: ParameterSet
    ) {
        self.turns = turns
        self.contenders = contenders
        self.parameters = parameters
    }

    /// Records the time of each operation and its distribution, of the contenders that
    /// `isTimedSingly` says were timed one operation after the other: a mean of many does not
    /// belong beside single times.
    func recordLatency(
        _ metric: String, of isTimedSingly: (String) -> Bool, into recorder: inout Recorder
    ) {
        for (index, name) in contenders.enumerated() where isTimedSingly(name) {
            let (warmup, steady, doubts) = split(index)
            let times = steady.flatMap(\.nanoseconds)
            recorder.record(
                metric, parameters.with("contender", name), samples: times,
                warmup: warmup.flatMap(\.nanoseconds), doubts: doubts)
            var distribution = LatencyDistribution()
            for time in times { distribution.record(nanoseconds: time) }
            recorder.record(
                metric, parameters.with("contender", name), distribution: distribution,
                doubts: doubts)
        }
    }

    /// Records operations a second, a sample for each turn, and what was counted in the turns, per
    /// operation: of each contender the readings that `isComplete` says hold all of its operations.
    /// Counts of a thread that waits while others work are not theirs, and are left out.
    func recordThroughput(
        _ metric: String,
        counting isComplete: (_ contender: String, _ reading: CounterReading) -> Bool = { _, _ in
            true
        },
        into recorder: inout Recorder
    ) {
        for (index, name) in contenders.enumerated() {
            let (warmup, steady, doubts) = split(index)
            recorder.record(
                metric, parameters.with("contender", name),
                samples: steady.map { 1e9 / $0.mean }, warmup: warmup.map { 1e9 / $0.mean },
                doubts: doubts)
            recorder.recordCounts(
                of: metric, parameters.with("contender", name),
                in: steady.map { turn in
                    CountedWindow(
                        operations: turn.counted.operations,
                        counts: turn.counted.counts.filter { isComplete(name, $0) })
                }, doubts: doubts)
        }
    }

    /// Records each contender's mean of a turn over that of `reference` in the same round: of the
    /// rounds in which both ran steadily, with what there is to doubt about either.
    func recordRatios(_ metric: String, to reference: String, into recorder: inout Recorder) {
        record(metric, beside: reference, into: &recorder) { mean, base in mean / base }
    }

    /// Records each contender's throughput over `callers` times that of `alone` in the same round: what
    /// `callers` callers at once get of what each would get if nobody else were there. Rounds and
    /// doubts are as with ratios. Where `alone` did not run beside anybody, a note says so.
    func recordEfficiency(
        _ metric: String, of callers: Int, to alone: String, into recorder: inout Recorder
    ) {
        guard contenders.contains(alone), contenders.count > 1 else {
            recorder.note("\(metric): unavailable, nothing ran beside \(alone)")
            return
        }
        record(metric, beside: alone, into: &recorder) { mean, base in
            base / (Double(callers) * mean)
        }
    }

    /// Records what `relation` makes of each contender's mean of a turn and that of `reference` in the
    /// same round.
    private func record(
        _ metric: String, beside reference: String, into recorder: inout Recorder,
        relation: (_ mean: Double, _ base: Double) -> Double
    ) {
        guard let base = contenders.firstIndex(of: reference) else { return }
        let (_, baseTurns, baseDoubts) = split(base)
        let means = Dictionary(uniqueKeysWithValues: baseTurns.map { ($0.round, $0.mean) })
        for (index, name) in contenders.enumerated() where index != base {
            let (_, steady, doubts) = split(index)
            let ratios = steady.compactMap { turn in
                means[turn.round].map { relation(turn.mean, $0) }
            }
            guard !ratios.isEmpty else { continue }
            recorder.record(
                metric, parameters.with("contender", name), samples: ratios,
                doubts: baseDoubts + doubts.filter { !baseDoubts.contains($0) })
        }
    }

    /// The first round from which a contender ran steadily; 0 where that cannot be told.
    func firstSteadyRound(of contender: Int) -> Int { split(contender).steady.first?.round ?? 0 }

    /// What there is to doubt about the turns of a contender.
    func doubts(about contender: Int) -> [String] { split(contender).doubts }

    /// A contender's turns before and after it ran steadily by their means, and the reasons for
    /// doubt. A sync varies by several per cent from turn to turn on any device, so steadiness is
    /// asked for within 5 %.
    private func split(
        _ contender: Int
    ) -> (warmup: [OperationTiming.Turn], steady: [OperationTiming.Turn], doubts: [String]) {
        let own = turns.filter { $0.contender == contender }
        switch SteadinessTest(tolerance: 0.05).verdict(on: own.map(\.mean)) {
        case .steady(let index): return (Array(own[..<index]), Array(own[index...]), [])
        case .never(.tooFewSamples): return ([], own, ["too few turns to tell steadiness"])
        case .never: return ([], own, ["never steady"])
        }
    }
}
