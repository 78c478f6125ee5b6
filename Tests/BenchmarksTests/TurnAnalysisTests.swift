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

@Suite struct EfficiencyTests {
    private func recorded(_ contenders: [String], means: [Double]) -> Recorder {
        var recorder = Recorder(for: StorageGroup.description, parameters: ParameterSet())
        let turns = (0..<20 * means.count).map { index in
            OperationTiming.Turn(
                contender: index % means.count, round: index / means.count,
                nanoseconds: [means[index % means.count]],
                counted: CountedWindow(operations: 1, counts: []))
        }
        TurnAnalysis(turns, contenders: contenders, parameters: ParameterSet())
            .recordEfficiency("efficiency", of: 8, to: "alone", into: &recorder)
        return recorder
    }

    @Test func `efficiency is throughput over that of as many callers who are alone`() {
        // Eight callers who share a sync of 200 µs have a number every 25; here every 50 µs.
        let series = recorded(["group", "each", "alone"], means: [50_000, 200_000, 200_000]).series
        #expect(series.map { $0.parameters["contender"] } == ["group", "each"])
        #expect(series.map { $0.samples[0] } == [0.5, 0.125])
    }

    @Test func `without a caller who is alone it is unavailable`() {
        let recorder = recorded(["group"], means: [50_000])
        #expect(recorder.series.isEmpty)
        #expect(recorder.notes.contains { $0.hasPrefix("efficiency: unavailable, ") })
    }
}

@Suite struct GroupLatencyTests {
    @Test func `callers that take turns wait for one another`() {
        // 4 callers, a nanosecond each: every append waits for four.
        let turn = GroupTurn(waits: Array(repeating: 4, count: 100), elapsed: 100)
        let latency = GroupLatency(callers: 4, turns: [turn, turn])
        #expect(turn.meanWait == 4)
        #expect(latency.waits.count == 200 && latency.waiting == 4)
        #expect(latency.meanDoubts.isEmpty && latency.waitDoubts.isEmpty)
    }

    @Test func `a lock that lets its holder in again keeps the mean and not the distribution`() {
        // One caller makes 97 appends of 1 while the other three wait for one each.
        let turn = GroupTurn(
            waits: Array(repeating: 1, count: 97) + [98, 99, 100], elapsed: 100)
        #expect(abs(turn.meanWait - 4) < 0.1)
        let latency = GroupLatency(callers: 4, turns: [turn])
        #expect(latency.meanDoubts.isEmpty)
        #expect(
            latency.waitDoubts == [
                "callers did not take turns: the longest waits last as long as a turn"
            ])
    }

    @Test func `callers that leave early are told by the mean`() {
        // Each caller has a share of 25 and leaves when it is done: on average half of them wait.
        let firsts: [Double] = [1, 26, 51, 76]
        let shares = firsts + [Double](repeating: 1, count: 96)
        let latency = GroupLatency(
            callers: 4, turns: [GroupTurn(waits: shares, elapsed: 100)])
        #expect(
            latency.meanDoubts == ["callers / throughput and the mean wait differ by over 20 %"])
        #expect(latency.waitDoubts.first == latency.meanDoubts[0])
        // One caller has nobody to wait for.
        let alone = GroupTurn(waits: [1, 1, 8], elapsed: 10)
        #expect(GroupLatency(callers: 1, turns: [alone]).waitDoubts.isEmpty)
    }
}
