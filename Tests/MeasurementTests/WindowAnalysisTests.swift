import Quantities
import Testing

@testable import Measurement

@Suite struct WindowAnalysisTests {
    private static let description = BenchmarkDescription(
        name: "test", summary: "", parameters: [],
        metrics: [
            MetricSpecification("time", .nanoseconds, .lower, .sampled, ""),
            MetricSpecification("relative", .ratio, .lower, .sampled, ""),
            MetricSpecification("floor", .nanoseconds, .neither, .sampled, ""),
            MetricSpecification("floor-ratio", .ratio, .lower, .sampled, ""),
        ], processingUnits: 2, floor: "")

    private static let near = FloorReading(loadRoundTrip: 100, exchangeRoundTrip: 80)
    private static let far = FloorReading(loadRoundTrip: 500, exchangeRoundTrip: 400)

    private static func window(
        _ contender: Int, _ round: Int, _ time: Double, _ before: FloorReading? = nil,
        _ after: FloorReading? = nil, stayed: Bool = true
    ) -> InterleavedMeasurement.Window {
        InterleavedMeasurement.Window(
            contender: contender, round: round, nanosecondsPerOperation: time, operations: 100,
            floorBefore: before, floorAfter: after, stayed: stayed)
    }

    private static func recorded(
        _ windows: [InterleavedMeasurement.Window]
    ) -> (Recorder, WindowAnalysis) {
        let recorder = Recorder(for: description, parameters: ParameterSet())
        let analysis = WindowAnalysis(
            windows, contenders: ["a", "b"], parameters: ParameterSet())
        return (recorder, analysis)
    }

    @Test func `placements are kept apart and moved windows are doubted, not dropped`() {
        var windows: [InterleavedMeasurement.Window] = []
        for round in 0..<40 {
            let reading = round < 20 ? Self.near : Self.far
            let time = round < 20 ? 100.0 : 500.0
            windows.append(Self.window(0, round, time, reading, reading))
        }
        windows.append(Self.window(0, 40, 300, Self.near, Self.far))
        var (recorder, analysis) = Self.recorded(windows)
        analysis.record("time", into: &recorder)
        #expect(
            recorder.series.map(\.parameters.description) == [
                "contender=a;placement=l3", "contender=a;placement=far",
                "contender=a;placement=moved",
            ])
        let counts = recorder.series.map { $0.samples.count + $0.warmup.count }
        #expect(counts == [20, 20, 1])
        #expect(recorder.series[2].doubts.contains("cores moved during the window"))
    }

    @Test func `ratios pair windows of one round and one placement only`() {
        var windows: [InterleavedMeasurement.Window] = []
        for round in 0..<20 {
            windows.append(Self.window(0, round, 100, Self.near, Self.near))
            // Every other round the second contender met another placement.
            let reading = round % 2 == 0 ? Self.near : Self.far
            windows.append(Self.window(1, round, 150, reading, reading))
        }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.recordRatios("relative", to: "a", into: &recorder)
        #expect(recorder.series.count == 1)
        #expect(recorder.series[0].parameters.description == "contender=b;placement=l3")
        #expect(recorder.series[0].samples == [Double](repeating: 1.5, count: 10))
    }

    @Test func `the floor is recorded by placement and each time over the floor beside it`() {
        let windows = (0..<20).map { Self.window(0, $0, 120, Self.near, Self.near) }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.recordFloor("floor", ratio: "floor-ratio", scale: 0.5, into: &recorder)
        #expect(recorder.series[0].samples == [Double](repeating: 40, count: 20))
        #expect(recorder.series[1].samples == [Double](repeating: 1.5, count: 20))
    }

    @Test func `what ran before the body was steady is marked as warm-up`() {
        let times = [9.0, 7, 5, 3] + [Double](repeating: 1, count: 36)
        let windows = times.enumerated().map { Self.window(0, $0.offset, $0.element) }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.record("time", into: &recorder)
        #expect(recorder.series[0].warmup.prefix(4) == [9, 7, 5, 3])
        #expect(Set(recorder.series[0].samples) == [1])
        #expect(recorder.series[0].doubts.isEmpty)
    }

    @Test func `a series that drifts to its end says so and keeps its samples`() {
        let windows = (0..<40).map { Self.window(0, $0, 100 + 10 * Double($0)) }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.record("time", into: &recorder)
        #expect(recorder.series[0].samples.count == 40)
        #expect(recorder.series[0].doubts == ["never steady"])
    }

    @Test func `a thread that left its processing unit is a doubt`() {
        let windows = (0..<20).map { Self.window(0, $0, 5, stayed: $0 != 3) }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.record("time", into: &recorder)
        #expect(recorder.series[0].doubts == ["a thread left its processing unit"])
    }

    @Test func `a ratio carries the doubts about its reference`() {
        var windows: [InterleavedMeasurement.Window] = []
        for round in 0..<40 {
            windows.append(Self.window(0, round, 100 + 10 * Double(round), stayed: round != 7))
            windows.append(Self.window(1, round, 150))
        }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.recordRatios("relative", to: "a", into: &recorder)
        #expect(
            recorder.series[0].doubts == ["never steady", "a thread left its processing unit"])
    }

    @Test func `a doubt that both sides of a ratio share is given once`() {
        let windows = (0..<5).flatMap { [Self.window(0, $0, 100), Self.window(1, $0, 150)] }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.recordRatios("relative", to: "a", into: &recorder)
        #expect(recorder.series[0].doubts == ["too few windows to tell steadiness"])
    }

    @Test func `a ratio to the floor carries its contender's doubts`() {
        let windows = (0..<40).map {
            Self.window(0, $0, 100 + 10 * Double($0), Self.near, Self.near, stayed: $0 != 7)
        }
        var (recorder, analysis) = Self.recorded(windows)
        analysis.recordFloor("floor", ratio: "floor-ratio", scale: 0.5, into: &recorder)
        #expect(recorder.series.map(\.metric) == ["floor", "floor-ratio"])
        #expect(
            recorder.series[1].doubts == ["never steady", "a thread left its processing unit"])
    }

    /// A body that meets another placement only in its first, slow windows.
    private static let warmedUpElsewhere = (0..<40).map { round in
        round < 4
            ? window(0, round, 9000 - 1000 * Double(round), far, far)
            : window(0, round, 100, near, near)
    }

    @Test func `windows of a placement met only in warm-up are kept as warm-up`() {
        var (recorder, analysis) = Self.recorded(Self.warmedUpElsewhere)
        analysis.record("time", into: &recorder)
        #expect(
            recorder.series.map(\.parameters.description) == [
                "contender=a;placement=l3", "contender=a;placement=far",
            ])
        #expect(recorder.series[1].samples.isEmpty)
        #expect(recorder.series[1].warmup == [9000, 8000, 7000, 6000])
    }

    @Test func `floors beside warm-up are left out`() {
        var (recorder, analysis) = Self.recorded(Self.warmedUpElsewhere)
        analysis.recordFloor("floor", ratio: "floor-ratio", scale: 0.5, into: &recorder)
        #expect(
            recorder.series.map(\.parameters.description) == [
                "placement=l3", "contender=a;placement=l3",
            ])
    }
}
