import Statistics

/// Turns the windows of an interleaved measurement into series: warm-up marked apart, placements
/// kept apart, contenders compared round by round.
public struct WindowAnalysis {
    private let windows: [InterleavedMeasurement.Window]
    private let contenders: [String]
    private let parameters: ParameterSet
    private let steadiness: [Steadiness]
    private let firstSteadyRound: [Int?]

    /// An analysis of `windows`, whose contender indices count in `contenders`.
    /// Figures carry `parameters` and `contender=`, and `placement=` for paired bodies.
    public init(
        _ windows: [InterleavedMeasurement.Window], contenders: [String],
        parameters: ParameterSet
    ) {
        self.windows = windows
        self.contenders = contenders
        self.parameters = parameters
        // The order of a contender's windows is the order of rounds. Cross-core windows are judged
        // relative to the floor beside them: a placement change is not warm-up.
        steadiness = contenders.indices.map { contender in
            SteadinessTest().verdict(
                on: windows.filter { $0.contender == contender }
                    .map { $0.nanosecondsPerOperation / ($0.floor ?? 1) })
        }
        firstSteadyRound = zip(contenders.indices, steadiness).map { contender, steadiness in
            guard case .steady(let index) = steadiness else { return nil }
            return windows.filter { $0.contender == contender }[index].round
        }
    }

    /// Records every contender's windows as samples of `metric`, each turned into a value by
    /// `value` from its nanoseconds per operation. A placement that the contender met only while
    /// it warmed up gives a series without samples, which keeps the raw windows. What was counted
    /// in the steady windows is recorded beside it, per operation, unless `withCounts` is false:
    /// for a second metric of the same windows.
    public func record(
        _ metric: String, withCounts: Bool = true, into recorder: inout Recorder,
        value: (Double) -> Double = { $0 }
    ) {
        for contender in contenders.indices {
            for placement in placements(of: contender) {
                let all = windows.filter {
                    $0.contender == contender && $0.placement == placement
                }
                let start = firstSteadyRound[contender]
                let steady = all.filter { $0.round >= start ?? 0 }
                let warmup = all.filter { $0.round < start ?? 0 }
                let doubts = doubts(about: steady, of: [contender], placement)
                recorder.record(
                    metric, figureParameters(contender, placement),
                    samples: steady.map { value($0.nanosecondsPerOperation) },
                    warmup: warmup.map { value($0.nanosecondsPerOperation) }, doubts: doubts)
                guard withCounts else { continue }
                recorder.recordCounts(
                    of: metric, figureParameters(contender, placement),
                    in: steady.map(\.counted), doubts: doubts)
            }
        }
    }

    /// Records each contender's time as a ratio to that of `reference` in the same round and the
    /// same placement: above 1 the contender is slower. Only rounds in which both were steady; the
    /// doubts about either are doubts about the ratio.
    public func recordRatios(
        _ metric: String, to reference: String, into recorder: inout Recorder
    ) {
        guard let base = contenders.firstIndex(of: reference) else { return }
        var baseByRound: [Int: InterleavedMeasurement.Window] = [:]
        for window in windows where window.contender == base && isSteady(window) {
            baseByRound[window.round] = window
        }
        for contender in contenders.indices where contender != base {
            for placement in placements(of: contender) where placement != .moved {
                let pairs = steadyWindows(of: contender, placement).compactMap { window in
                    baseByRound[window.round].flatMap {
                        $0.placement == placement ? (window: window, base: $0) : nil
                    }
                }
                guard !pairs.isEmpty else { continue }
                recorder.record(
                    metric, figureParameters(contender, placement),
                    samples: pairs.map {
                        $0.window.nanosecondsPerOperation / $0.base.nanosecondsPerOperation
                    },
                    doubts: doubts(
                        about: pairs.flatMap { [$0.window, $0.base] }, of: [contender, base],
                        placement))
            }
        }
    }

    /// Records the one-way floor beside the steady windows, by placement, and each contender's time,
    /// times `scale`, over the floor beside it. For paired bodies only; `scale` turns the time of
    /// an operation into that of one hand-over (0.5 for a round trip).
    public func recordFloor(
        _ floorMetric: String, ratio ratioMetric: String, scale: Double,
        into recorder: inout Recorder
    ) {
        for placement in Placement.allCases where placement != .moved {
            let floors = windows.filter { $0.placement == placement && isSteady($0) }
                .compactMap(\.floor)
            guard !floors.isEmpty else { continue }
            recorder.record(
                floorMetric, parameters.with("placement", placement.rawValue), samples: floors)
        }
        for contender in contenders.indices {
            for placement in placements(of: contender) where placement != .moved {
                let steady = steadyWindows(of: contender, placement)
                let ratios = steady.compactMap { window in
                    window.floor.map { window.nanosecondsPerOperation * scale / $0 }
                }
                guard !ratios.isEmpty else { continue }
                recorder.record(
                    ratioMetric, figureParameters(contender, placement), samples: ratios,
                    doubts: doubts(about: steady, of: [contender], placement))
            }
        }
    }

    private func steadyWindows(
        of contender: Int, _ placement: Placement?
    ) -> [InterleavedMeasurement.Window] {
        windows.filter {
            $0.contender == contender && $0.placement == placement && isSteady($0)
        }
    }

    /// All windows of a contender that never was steady count, under a doubt.
    private func isSteady(_ window: InterleavedMeasurement.Window) -> Bool {
        window.round >= firstSteadyRound[window.contender] ?? 0
    }

    /// The placements that a contender met; one `nil` for bodies that are not paired.
    private func placements(of contender: Int) -> [Placement?] {
        let met = windows.filter { $0.contender == contender }.map(\.placement)
        if met.contains(nil) { return [nil] }
        return Placement.allCases.filter { met.contains($0) }
    }

    private func figureParameters(_ contender: Int, _ placement: Placement?) -> ParameterSet {
        let named = parameters.with("contender", contenders[contender])
        return placement.map { named.with("placement", $0.rawValue) } ?? named
    }

    private func steadinessDoubt(_ contender: Int) -> String? {
        switch steadiness[contender] {
        case .steady: nil
        case .never(.tooFewSamples): WindowAnalysis.steadinessDoubts[0]
        case .never: WindowAnalysis.steadinessDoubts[1]
        }
    }

    /// The doubts that a contender's own series raises by not being steady. They are no doubts about
    /// a ratio of rounds by themselves: what drifts meets both windows of a round.
    public static let steadinessDoubts = ["too few windows to tell steadiness", "never steady"]

    /// Reasons to doubt what was derived from `used`, the windows of `involved` contenders, each
    /// reason once.
    private func doubts(
        about used: [InterleavedMeasurement.Window], of involved: [Int], _ placement: Placement?
    ) -> [String] {
        var doubts: [String] = []
        for contender in involved {
            guard let doubt = steadinessDoubt(contender), !doubts.contains(doubt) else { continue }
            doubts.append(doubt)
        }
        if placement == .moved { doubts.append("cores moved during the window") }
        if used.contains(where: { !$0.stayed }) {
            doubts.append("a thread left its processing unit")
        }
        return doubts
    }
}
