import Measurement
import Runs
import Testing

@testable import Regression

@Suite struct ExplanationTests {
    /// 40 instructions in 20 cycles at 2 GHz, running all the time: 10 ns.
    private let base = CountedCosts(
        time: 10,
        events: [
            "PAPI_TOT_INS": 40, "PAPI_TOT_CYC": 20, "task-clock": 10, "PAPI_L3_TCM": 0,
            "context-switches": 0, "sde:::nilometer::storage.commit.syncs": 1,
        ])

    private func changed(
        time: Double, _ events: [String: Double]
    ) -> CountedCosts {
        CountedCosts(time: time, events: base.events.merging(events) { $1 })
    }

    private func product(_ explanation: Explanation) -> Double {
        explanation.factors.reduce(1) { $0 * $1.ratio }
    }

    @Test func `more instructions are named as the cause`() throws {
        // Ten per cent more of everything but the cycles of an instruction.
        let found = Explanation(
            base: base,
            new: changed(
                time: 11, ["PAPI_TOT_INS": 44, "PAPI_TOT_CYC": 22, "task-clock": 11]))
        #expect(found.main?.parts == [.instructions])
        #expect(abs((found.main?.share ?? 0) - 1) < 1e-9)
        #expect(found.factors.map(\.parts).count == 4)
        #expect(abs(product(found) - 1.1) < 1e-12)
        #expect(found.missing.isEmpty && found.events.isEmpty)
        #expect(
            found.sentences.first
                == "100 % of the change: instructions × 1.1 (40 → 44 an operation)")
        #expect(found.uncounted.isEmpty)
    }

    @Test func `one more instruction of forty is seen`() {
        let found = Explanation(
            base: base,
            new: changed(
                time: 10.25, ["PAPI_TOT_INS": 41, "PAPI_TOT_CYC": 20.5, "task-clock": 10.25]))
        #expect(found.main?.parts == [.instructions])
        #expect(abs((found.main?.ratio ?? 0) - 1.025) < 1e-12)
    }

    @Test func `one more cache miss lengthens the cycles of an instruction`() throws {
        let found = Explanation(
            base: base,
            new: changed(
                time: 90, ["PAPI_TOT_CYC": 180, "task-clock": 90, "PAPI_L3_TCM": 1]))
        #expect(found.main?.parts == [.cyclesPerInstruction])
        #expect(abs((found.main?.ratio ?? 0) - 9) < 1e-12)
        #expect(found.events.map(\.name) == ["PAPI_L3_TCM"])
        #expect(
            found.sentences.contains {
                $0.contains("+1 an operation: misses of the last cache")
            }, "\(found.sentences)")
    }

    @Test func `one more sync is waiting, and named`() throws {
        let found = Explanation(
            base: changed(time: 100_000, [:]),
            new: changed(
                time: 200_000,
                ["sde:::nilometer::storage.commit.syncs": 2, "context-switches": 1]))
        #expect(found.main?.parts == [.waiting])
        #expect(
            found.events.map(\.name)
                == ["sde:::nilometer::storage.commit.syncs", "context-switches"])
        #expect(
            found.sentences.contains(
                "+1 an operation: syncs: each waits for the device (1 → 2, × 2)"))
        #expect(found.uncounted.isEmpty)
    }

    @Test func `a slower clock lengthens the cycles`() {
        let found = Explanation(base: base, new: changed(time: 20, ["task-clock": 20]))
        #expect(found.main?.parts == [.timePerCycle])
    }

    @Test func `without counters of the processor what is unknown is told, and what is known`() {
        let before = CountedCosts(
            time: 100, events: ["task-clock": 50, "page-faults": 0, "context-switches": 1])
        let after = CountedCosts(
            time: 200, events: ["task-clock": 50, "page-faults": 2, "context-switches": 2])
        let found = Explanation(base: before, new: after)
        #expect(
            found.factors.map(\.parts)
                == [[.instructions, .cyclesPerInstruction, .timePerCycle], [.waiting]])
        #expect(found.main?.parts == [.waiting])
        #expect(
            found.missing == [
                "instructions counted on neither side", "cycles counted on neither side",
            ])
        #expect(found.events.map(\.name) == ["context-switches", "page-faults"])
        #expect(found.sentences.contains { $0.contains("cannot tell apart instructions") })
    }

    @Test func `with nothing counted nothing is claimed`() {
        let found = Explanation(
            base: CountedCosts(time: 10, events: [:]),
            new: CountedCosts(time: 12, events: ["PAPI_TOT_INS": 4]))
        #expect(found.factors.count == 1)
        #expect(abs(product(found) - 1.2) < 1e-12)
        #expect(found.missing.first == "instructions counted on the new side alone")
        #expect(found.sentences.count == 3)
        #expect(found.sentences.last?.contains("--counters") == true)
    }

    @Test func `a cause that was not counted is said to be unknown, with the reason`() {
        let reason = "this virtual machine has no performance-monitoring unit"
        func costs(_ time: Double) -> CountedCosts {
            CountedCosts(
                time: time, events: ["task-clock": time],
                refusals: ["PAPI_TOT_INS": reason, "PAPI_L3_TCM": reason])
        }
        let found = Explanation(base: costs(10), new: costs(90))
        #expect(found.main?.parts == [.instructions, .cyclesPerInstruction, .timePerCycle])
        #expect(found.missing.first == "instructions counted on neither side (\(reason))")
        #expect(found.uncounted == ["cache misses (\(reason))", "mispredicted branches"])
        #expect(
            found.sentences.contains {
                $0.contains("may be the cause: cache misses (\(reason))")
            }, "\(found.sentences)")
        // What was counted is no guess.
        let counted = Explanation(
            base: base, new: changed(time: 90, ["PAPI_TOT_CYC": 180, "task-clock": 90]))
        #expect(counted.uncounted == ["mispredicted branches"])
    }

    @Test func `a program is explained by what was counted of its runs`() throws {
        func side(_ level: Double, instructions: Double) -> MeasuredSide {
            func figure(_ metric: String, _ value: Double, _ unit: String) -> ForkedFigure {
                MadeUp.figure(
                    MadeUp.key(metric), MadeUp.values(value), unit: unit, better: .lower)
            }
            return MadeUp.side([
                figure("wall", level, "ns"), figure("user", level * 0.8, "ns"),
                figure("system", level * 0.1, "ns"),
                figure("instructions", instructions, "instructions"),
                figure("minor-faults", 90, "faults"),
            ])
        }
        let comparison = RunComparison(
            base: side(1e7, instructions: 4e7), new: side(1.25e7, instructions: 5e7),
            rule: ComparisonRule(resamples: 500))
        let wall = try #require(comparison.metrics.first { $0.identity.key.metric == "wall" })
        let explanation = try #require(wall.explanation)
        #expect(explanation.main?.parts == [.instructions])
        #expect(
            explanation.factors.map(\.parts)
                == [[.instructions], [.cyclesPerInstruction, .timePerCycle], [.waiting]])
        #expect(explanation.missing.first == "cycles counted on neither side")
        #expect(explanation.uncounted.isEmpty && explanation.events.isEmpty)
    }

    @Test func `a regression is explained by the counts of its own windows`() throws {
        func figures(_ level: Double, rate: Bool) -> [ForkedFigure] {
            let (metric, unit) = rate ? ("rate", "ops/s") : ("time", "ns")
            let value = rate ? 1e9 / level : level
            return [
                MadeUp.figure(
                    MadeUp.key(metric), MadeUp.values(value), unit: unit,
                    better: rate ? .higher : .lower),
                MadeUp.figure(
                    MadeUp.key("counter.PAPI_TOT_INS", of: metric), MadeUp.values(level * 4),
                    unit: "events/op"),
                MadeUp.figure(
                    MadeUp.key("counter.PAPI_TOT_INS", nodes: 99, of: metric),
                    MadeUp.values(1e9), unit: "events/op"),
            ]
        }
        for rate in [false, true] {
            let comparison = RunComparison(
                base: MadeUp.side(figures(10, rate: rate)),
                new: MadeUp.side(figures(12, rate: rate)), rule: ComparisonRule(resamples: 500))
            #expect(comparison.metrics.map(\.status) == [.regressed])
            let explanation = try #require(comparison.metrics[0].explanation)
            #expect(abs(explanation.ratio - 1.2) < 0.01)
            #expect(explanation.main?.parts == [.instructions])
        }
    }
}
