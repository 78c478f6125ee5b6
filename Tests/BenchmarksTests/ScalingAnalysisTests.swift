import Measurement
import Quantities
import Testing

@testable import Benchmarks

@Suite struct ScalingAnalysisTests {
    /// A window in which every process made `each` increments in 10 ms.
    private func window(
        _ processes: Int, each: [UInt64], round: Int, late: UInt64 = 0, share: Double = 0.5
    ) -> CounterCrew.Window {
        CounterCrew.Window(
            counter: 0, processes: processes, round: round, length: .milliseconds(10),
            reports: each.map {
                CounterReport(
                    increments: $0, lateness: late, busy: UInt64(share * 1e6), elapsed: 1_000_000)
            })
    }

    private func recorder() throws -> Recorder {
        Recorder(for: StorageScaling.description, parameters: try ParameterSet(parsing: "window=1"))
    }

    @Test func `a window comes to its rate, its evenness and its share of the units`() {
        let two = window(2, each: [100, 300], round: 0)
        #expect(two.throughput == 40_000)
        #expect(two.evenness == 0.5)
        #expect(two.busy(on: 2) == 0.5)
        #expect(two.busy(on: 1) == 1)
        #expect(window(1, each: [0], round: 0).evenness == 1)
    }

    @Test func `figures are told apart by the number of processes, compared round by round`() throws
    {
        let windows = (0..<20).flatMap { round in
            [
                window(1, each: [UInt64(100 + round % 2)], round: round),
                window(4, each: Array(repeating: 50, count: 4), round: round, late: 9_000_000),
            ]
        }
        var recorder = try recorder()
        ScalingAnalysis(windows, units: 2, parameters: try ParameterSet(parsing: "window=1"))
            .record(counter: 0, as: "pwrite", durability: "memory", [1, 4], into: &recorder)
        func series(_ metric: String, _ processes: Int) -> Series? {
            recorder.series.first {
                $0.metric == metric && $0.parameters["processes"] == "\(processes)"
            }
        }
        #expect(series("throughput", 4)?.samples.allSatisfy { $0 == 20_000 } == true)
        #expect(series("efficiency", 1) == nil)
        #expect(series("efficiency", 4)?.samples.first == 0.5)
        #expect(series("efficiency", 4)?.samples.last == 20_000.0 / (4 * 10_100))
        #expect(series("per-unit", 1)?.samples == [1])
        #expect(series("per-unit", 4)?.samples == [2])
        #expect(series("throughput", 1)?.parameters["contender"] == "pwrite")
        // Four on two units take turns: that one of them begins late is part of the figure.
        #expect(series("throughput", 4)?.doubts == [])
        #expect(
            recorder.notes == [
                "pwrite: the processing units limit 4 processes: they were never idle"
            ])
    }

    @Test func `a process that comes late on a unit of its own is a doubt`() throws {
        let windows = (0..<20).map { window(2, each: [9, 9], round: $0, late: 3_000_000) }
        var recorder = try recorder()
        ScalingAnalysis(windows, units: 2, parameters: try ParameterSet(parsing: "window=1"))
            .record(counter: 0, as: "memory", durability: "memory", [2], into: &recorder)
        #expect(
            recorder.series.first { $0.metric == "throughput" }?.doubts
                == ["processes began late in 20 windows"])
    }
}
