import Counters
import Testing

@testable import Benchmarks
@testable import Measurement

@Suite struct TurnAnalysisTests {
    private let syncs = CounterName.published("sde:::nilometer::storage.commit.syncs")
    private let switches = CounterName.software(.contextSwitches)

    private func recorder() -> Recorder {
        Recorder(
            for: StorageGroup.description, parameters: ParameterSet(),
            counters: [syncs, switches])
    }

    /// Twenty steady turns of two contenders, of 8 operations each.
    private var turns: [OperationTiming.Turn] {
        (0..<40).map { index in
            OperationTiming.Turn(
                contender: index % 2, round: index / 2, nanoseconds: [1000],
                counted: CountedWindow(
                    operations: 8,
                    counts: [
                        CounterReading(syncs, .measuring, 2),
                        CounterReading(switches, .measuring, 4),
                    ]))
        }
    }

    private func counted(_ recorder: Recorder) -> [String] {
        recorder.series.filter { $0.metric.hasPrefix("counter.") }
            .map { "\($0.metric) \($0.parameters["contender"] ?? "") \($0.samples[0])" }
    }

    @Test func `counts are given per operation`() {
        var recorder = recorder()
        TurnAnalysis(turns, contenders: ["group", "each"], parameters: ParameterSet())
            .recordThroughput("throughput", into: &recorder)
        #expect(
            counted(recorder) == [
                "counter.\(syncs) group 0.25", "counter.\(switches) group 0.5",
                "counter.\(syncs) each 0.25", "counter.\(switches) each 0.5",
            ])
    }

    @Test func `counts that do not hold all operations are left out, by reading and contender`() {
        var recorder = recorder()
        TurnAnalysis(turns, contenders: ["group", "each"], parameters: ParameterSet())
            .recordThroughput(
                "throughput",
                counting: { contender, reading in contender == "group" && reading.name == syncs },
                into: &recorder)
        #expect(counted(recorder) == ["counter.\(syncs) group 0.25"])
        #expect(recorder.series.count { $0.metric == "throughput" } == 2)
    }
}
