import Measurement
import Statistics

/// A window of wake-ups of one contender.
struct WakeupWindow {
    let contender: Int
    /// Nanoseconds of each wake-up.
    let delays: [Double]
    /// Median of what the sends took, in nanoseconds.
    let sendCost: Double
    /// Processor time of the waiting thread over the time it waited.
    let idleShare: Double
    /// Times that it went to sleep, for each message.
    let switches: Double
    /// One-way hand-over of a cache line beside it, in nanoseconds.
    let floor: Double
    let placement: Placement
    /// Whether the partner stayed on its processing unit.
    let stayed: Bool
    /// Messages that seem to have arrived before they were sent.
    let early: Int

    var median: Double { Quantile.median(of: delays) }
}

/// Turns the windows of one contender into series: warm-up apart, placements apart where they
/// matter.
struct WakeupAnalysis {
    private let windows: [WakeupWindow]
    private let parameters: ParameterSet
    private let steadyFrom: Int
    private let doubts: [String]

    /// An analysis of `windows` in their order; figures carry `parameters`.
    init(_ windows: [WakeupWindow], parameters: ParameterSet) {
        self.windows = windows
        self.parameters = parameters
        var doubts: [String] = []
        // Relative to the floor beside it: a change of placement is not warm-up.
        let levels = windows.map { $0.median / $0.floor }
        switch SteadinessTest().verdict(on: levels) {
        case .steady(let index): steadyFrom = index
        case .never(.tooFewSamples):
            steadyFrom = 0
            doubts.append(WindowAnalysis.steadinessDoubts[0])
        case .never:
            steadyFrom = 0
            doubts.append(WindowAnalysis.steadinessDoubts[1])
        }
        if windows.contains(where: { !$0.stayed }) {
            doubts.append("a thread left its processing unit")
        }
        if windows.contains(where: { $0.early > 0 }) {
            doubts.append("the cores' counters differ: a message came before it was sent")
        }
        self.doubts = doubts
    }

    func record(into recorder: inout Recorder) {
        for placement in Placement.allCases { record(placement, into: &recorder) }
        // What does not depend on where the cores are.
        record("idle-cpu", into: &recorder) { $0.idleShare * 100 }
        record("idle-switches", into: &recorder) { $0.switches }
        record("send", into: &recorder) { $0.sendCost }
    }

    private func record(
        _ metric: String, into recorder: inout Recorder, value: (WakeupWindow) -> Double
    ) {
        recorder.record(
            metric, parameters, samples: windows[steadyFrom...].map(value),
            warmup: windows[..<steadyFrom].map(value), doubts: doubts)
    }

    private func record(_ placement: Placement, into recorder: inout Recorder) {
        let all = windows.enumerated().filter { $0.element.placement == placement }
        guard !all.isEmpty else { return }
        let steady = all.filter { $0.offset >= steadyFrom }.map(\.element)
        let warmup = all.filter { $0.offset < steadyFrom }.map(\.element)
        let placed = parameters.with("placement", placement.rawValue)
        let doubts =
            doubts
            + (placement == .moved
                ? ["cores moved during the window"] : WakeupAnalysis.floorDoubts(of: steady))
        recorder.record(
            "wakeup", placed, samples: steady.map(\.median), warmup: warmup.map(\.median),
            doubts: doubts)
        guard !steady.isEmpty else { return }
        var distribution = LatencyDistribution()
        for delay in steady.flatMap(\.delays) { distribution.record(nanoseconds: delay) }
        recorder.record("wakeup", placed, distribution: distribution, doubts: doubts)
        guard placement != .moved else { return }
        recorder.record(
            "floor-ratio", placed, samples: steady.map { $0.median / $0.floor }, doubts: doubts)
    }

    /// A message cannot be there before a cache line can: where more than a tenth of the windows
    /// found that, the two cores' counters differ by as much.
    private static func floorDoubts(of windows: [WakeupWindow]) -> [String] {
        let below = windows.count { $0.median < $0.floor }
        return below * 10 > windows.count
            ? ["faster than the floor: the cores' counters differ"] : []
    }

    /// Records the floor beside all windows, by placement.
    static func recordFloor(
        _ windows: [WakeupWindow], _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        for placement in Placement.allCases where placement != .moved {
            let floors = windows.filter { $0.placement == placement }.map(\.floor)
            guard !floors.isEmpty else { continue }
            recorder.record(
                "floor", parameters.with("placement", placement.rawValue), samples: floors)
        }
    }
}
