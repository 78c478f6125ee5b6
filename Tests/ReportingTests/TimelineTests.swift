import Counters
import Foundation
import Measurement
import Quantities
import Testing

@testable import Reporting
@testable import Runs

@Suite struct TimelineTests {
    private func fork(
        _ number: Int, gap: Double = 0, setAside: String? = nil
    ) -> Manifest.ForkSummary {
        let reading = ForkNoise.Reading(
            processingUnit: 0, duration: 1e7, longestGap: gap, cause: .preempted, lost: gap)
        return Manifest.ForkSummary(
            workload: 0, fork: number, seed: 1, processingUnits: [0], clock: nil, events: nil,
            noise: ForkNoise(before: [reading], after: []), doubts: [], notes: [],
            setAside: setAside)
    }

    private func run() -> SampleRun {
        var run = SampleRun()
        run.addChannelLatency(contenders: ["a", "b"], placements: ["smt", "far"])
        run.manifest.forks = [fork(0), fork(1, gap: 2e6), fork(2, setAside: "preempted 9 times")]
        return run
    }

    private func timeline(of run: SampleRun) throws -> Plot {
        let aside = run.samples.filter { $0.fork == 2 }
        let set = PlotSet(
            manifest: run.manifest, machine: "", figures: run.figures,
            samples: run.samples.filter { $0.fork != 2 }, setAside: aside, distributions: [:],
            verdicts: [])
        return try #require(set.plots.first { $0.kind == .timeline })
    }

    @Test func `processes that were disturbed or set aside are marked`() throws {
        let plot = try timeline(of: run())
        #expect(plot.picture.name == "channel-spsc-latency-timeline")
        #expect(plot.picture.title.hasSuffix("2 of 3 processes were disturbed."))
        let processes = plot.data.components(separatedBy: "# processes").last ?? ""
        let states = processes.split(separator: "\n").dropFirst().map { $0.split(separator: "\t") }
        #expect(states.map { $0[3] } == ["0.0", "1.0", "2.0"])
        #expect(states.map { $0[0] } == ["0.0", "80.0", "160.0"])
        #expect(plot.data.contains("1: a gap of 2 ms beside it (preempted)"))
        #expect(plot.data.contains("2: preempted 9 times"))
    }

    @Test func `many samples are thinned to the extremes of their neighbours`() {
        let values = (0..<5000).map { $0 == 3333 ? 100.0 : 1 + Double($0 % 7) / 100 }
        let rows = PlotSource.line(values, from: 10)
        #expect(rows.count <= 201)
        let peak = rows.contains { row in
            if case .number(let value) = row[1] { value == 100 } else { false }
        }
        #expect(peak)
        #expect(PlotSource.line([], from: 0).isEmpty)
        #expect(PlotSource.line([1, 2, 3], from: 0).count == 4)
    }

    @Test func `a time against a rate is drawn along a sweep, unless one is the other's inverse`() {
        func kinds(_ time: (Double) -> Double) -> [PlotKind] {
            var run = SampleRun()
            run.plan("load", [.throughput, .latency])
            for rate in [1e3, 1e4, 1e5, 1e6] {
                let parameters = [("rate", "\(Int(rate))")]
                run.add(SampleRun.key("load", "throughput", parameters), "ops/s", "median", rate)
                run.add(SampleRun.key("load", "latency", parameters), "ns", "median", time(rate))
            }
            return PlotSet(
                manifest: run.manifest, machine: "", figures: run.figures, samples: [],
                distributions: [:], verdicts: []
            ).plots.map(\.kind)
        }
        #expect(kinds { 100 + $0 / 1000 }.contains(.tradeoff))
        #expect(!kinds { 1e9 / $0 }.contains(.tradeoff))
    }
}
