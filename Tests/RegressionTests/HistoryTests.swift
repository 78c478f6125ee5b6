import Hardware
import Measurement
import Randomness
import Runs
import Testing

@testable import Regression

@Suite struct HistoryTests {
    private func side(
        _ number: Int, _ level: Double?, metric: String = "time", commit: String? = nil
    ) -> MeasuredSide {
        let two = number < 10 ? "0\(number)" : "\(number)"
        return MadeUp.side(
            level.map { [MadeUp.figure(MadeUp.key(metric), MadeUp.values($0, forks: 3))] } ?? [],
            name: "run\(two)", start: "2026-01-\(two)T00:00:00Z", commit: commit ?? "c\(two)")
    }

    @Test func `a step is found with the commits around it, whatever the order of the runs`() throws
    {
        let sides = (1...20).map {
            side($0, $0 <= 12 ? 100 + Double($0 % 3) : 120 + Double($0 % 3))
        }
        let history = try #require(MetricHistory.all(of: sides.reversed()).first)
        #expect(history.points.map(\.run).first == "run01")
        #expect(history.changes.count == 1)
        let change = try #require(history.changes.first)
        #expect(change.range == "c12..c13")
        #expect(change.isWorse == true)
        #expect(abs((change.ratio ?? 0) - 1.2) < 0.02)
        #expect(change.significance <= 0.01)
        #expect(history.gaps.isEmpty)
    }

    @Test func `where the spread changed and not the level, nothing got better or worse`() throws {
        // Around 100 throughout; from run 21 on a hundred times as far off.
        let sides = (1...40).map { number in
            let (low, high) = number < 21 ? (99.9, 100.1) : (90, 110.2)
            return side(number, number % 2 == 0 ? low : high)
        }
        let changes = try #require(MetricHistory.all(of: sides).first).changes
        #expect(changes.count == 1)
        #expect(changes.allSatisfy { $0.isWorse == nil && $0.ratio != 1 })
    }

    @Test func `a level series has no change, and a short one neither`() throws {
        let level = (1...20).map { side($0, 100 + Double($0 * 7 % 5)) }
        #expect(try #require(MetricHistory.all(of: level).first).changes.isEmpty)
        let short = (1...4).map { side($0, $0 < 3 ? 100 : 200) }
        #expect(try #require(MetricHistory.all(of: short).first).changes.isEmpty)
    }

    @Test func `runs without the figure between others that have it are gaps`() throws {
        let sides = [side(1, nil), side(2, 100), side(3, nil), side(4, 100), side(5, nil)]
        let history = try #require(MetricHistory.all(of: sides).first)
        #expect(history.gaps == ["run03"])
        #expect(history.points.map(\.run) == ["run02", "run04"])
    }

    @Test func `patterns choose by workload and metric`() {
        let sides = [side(1, 100), side(2, 5, metric: "latency")]
        let found = MetricHistory.all(of: sides) { $0 == "w.latency" }
        #expect(found.map(\.identity.key.metric) == ["latency"])
    }

    @Test func `repeated runs and other machines are left out and named`() {
        var other = MadeUp.fingerprint
        other.usableCores = 64
        let strange = MadeUp.side(
            [], name: "strange", start: "2026-01-01T00:00:00Z", fingerprint: other)
        let copy = MadeUp.side([], name: "copy", run: "run02", start: "2026-01-02T00:00:00Z")
        let chosen = HistorySelection([strange, side(3, 1), side(2, 1), copy])
        #expect(chosen.sides.map(\.name) == ["run02", "run03"])
        #expect(chosen.duplicates.map(\.name) == ["copy"])
        #expect(chosen.duplicates.map(\.kept) == ["run02"])
        #expect(chosen.unlike.map(\.name) == ["strange"])
        #expect(chosen.unlike.map(\.facts) == [["usable cores"]])
        #expect(HistorySelection([]).sides.isEmpty)
    }

    /// Sides with a figure for each of `metrics`, level but for noise; the first goes up by half at run 13.
    private func many(_ metrics: Int, stepping: Bool) -> [MeasuredSide] {
        var generator = Seed(77).generator()
        return (1...24).map { number in
            let figures = (0..<metrics).map { metric in
                let step = stepping && metric == 0 && number > 12 ? 50.0 : 0
                let level = 100 + step + 2 * generator.nextUnit()
                return MadeUp.figure(
                    MadeUp.key("time", nodes: metric), MadeUp.values(level, forks: 3, windows: 2))
            }
            let two = number < 10 ? "0\(number)" : "\(number)"
            return MadeUp.side(figures, name: "run\(two)", start: "2026-01-\(two)T00:00:00Z")
        }
    }

    @Test func `among many series chance shows no change, and a clear one is still found`() throws {
        let level = MetricHistory.all(of: many(150, stepping: false))
        #expect(level.count == 150)
        #expect(!level.contains { !$0.changes.isEmpty })
        let stepped = MetricHistory.all(of: many(150, stepping: true))
        #expect(stepped.filter { !$0.changes.isEmpty }.count == 1)
        let change = try #require(stepped.first?.changes.first)
        #expect(change.after.run == "run13")
        #expect(change.adjustedSignificance <= 0.01)
        #expect(change.adjustedSignificance > change.significance * 100)
    }

    @Test func `a run that another claims to be, with other figures, is left out and named`() {
        func claims(_ name: String, _ level: Double) -> MeasuredSide {
            MadeUp.side(
                [MadeUp.figure(MadeUp.key(), MadeUp.values(level, forks: 3))], name: name,
                run: "one")
        }
        let chosen = HistorySelection([
            claims("first", 100), claims("altered", 101), claims("rounded", 100.000_001),
        ])
        #expect(chosen.sides.map(\.name) == ["first"])
        #expect(chosen.contradictions.map(\.name) == ["altered"])
        #expect(chosen.duplicates.map(\.name) == ["rounded"])
        #expect(
            chosen.remarks == [
                "'rounded' repeats 'first': left out",
                "'altered' says that it is the run of 'first' and holds other figures: left out",
            ])
    }

    @Test func `an interrupted run and runs of another method in between are named`() {
        let interrupted = MeasuredSide(
            name: "broken", run: "broken", tool: "0.1.0", commit: nil,
            start: "2026-01-02T00:00:00Z", seed: 7, method: 1, fingerprint: MadeUp.fingerprint,
            workloads: [], detectableEffect: nil, figures: [],
            remarks: ["broken was interrupted"])
        let other = MadeUp.side([], name: "other", start: "2026-01-03T00:00:00Z", method: 2)
        let chosen = HistorySelection([side(1, 1), interrupted, other, side(4, 1)])
        #expect(chosen.sides.map(\.name) == ["run01", "broken", "run04"])
        #expect(
            chosen.remarks == [
                "1 left out, of other machines or methods than the newest: 'other' (method version)",
                "broken was interrupted",
            ])
    }

    @Test func `builds take turns in going first`() {
        let orders = (0..<4).map {
            PairedSession.order(of: Schedule.Turn(workload: 0, fork: $0))
        }
        #expect(orders == [[.base, .new], [.new, .base], [.base, .new], [.new, .base]])
    }
}
