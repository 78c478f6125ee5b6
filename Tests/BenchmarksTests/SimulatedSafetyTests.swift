import Measurement
import Randomness
import RingSimulation
import Testing

@testable import Benchmarks

/// What benchmarks of simulated protocols count.
@Suite struct SimulatedSafetyTests {
    private func recorder() -> Recorder {
        Recorder(
            for: SimulatedSafety<CoordinatorScenario>.description, parameters: ParameterSet())
    }

    private func figure(_ metric: String, of recorder: Recorder) -> [Double]? {
        recorder.series.first { $0.metric == metric }?.samples
    }

    @Test func `runs in one thread come to what runs on all processors come to`() async {
        let swarm = Swarm<CoordinatorScenario>(first: Seed(5), runs: 4)
        let here = swarm.runHere()
        #expect(await swarm.run() == here)
        #expect(here.runs == 4 && here.operations > 0 && here.faults > 0)
    }

    @Test func `a protocol without mistakes has no violating run`() {
        var recorder = recorder()
        SimulatedSafety<CoordinatorScenario>.record(
            Swarm<CoordinatorScenario>(first: Seed(1), runs: 3).runHere(), into: &recorder)
        #expect(figure("violating", of: recorder) == [0])
        #expect(figure("runs", of: recorder) == [3])
        #expect(figure("held", of: recorder) == [100])
        #expect(recorder.notes.isEmpty)
    }

    #if PLANTED_DEFECTS
        @Test func `a run that a checker found wrong is counted, and named by its seed`() throws {
            var found = false
            for mistake in CoordinatorScenario.Mistake.allCases where !found {
                let report = Swarm<CoordinatorScenario>(first: Seed(1), runs: 6)
                    .runHere(planted: mistake)
                guard let first = report.violations.first else { continue }
                var recorder = recorder()
                SimulatedSafety<CoordinatorScenario>.record(report, into: &recorder)
                #expect(figure("violating", of: recorder) == [Double(report.violating)])
                let held = Double(6 - report.violating - report.unknown)
                #expect(figure("held", of: recorder) == [100 * held / 6])
                #expect(recorder.notes.contains { $0.contains("seed \(first.seed)") })
                found = true
            }
            #expect(found)
        }
    #endif

    @Test func `each protocol has a benchmark that counts what its checkers find`() {
        let names = BenchmarkCatalogue.descriptions.map(\.name)
            .filter { $0.hasSuffix(".safety") }
        #expect(Set(names).count == 7 && names.count == 7)
    }
}
