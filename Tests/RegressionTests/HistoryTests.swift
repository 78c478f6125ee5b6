import Hardware
import Measurement
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

    @Test func `builds take turns in going first`() {
        let orders = (0..<4).map {
            PairedSession.order(of: Schedule.Turn(workload: 0, fork: $0))
        }
        #expect(orders == [[.base, .new], [.new, .base], [.base, .new], [.new, .base]])
    }
}
