import Counters
import Testing

@testable import Benchmarks
@testable import Measurement

/// What is said of a server beside the echo, by turns with known times.
@Suite struct PeersFiguresTests {
    private static let names = ["redis-server", PeerFigures.echo]

    /// Forty rounds in which the server takes 1000 ns and the echo `echo` ns, but for a slow start.
    private func figures(echo: Double, slowStart: Int = 0) -> PeerFigures {
        let turns = (0..<80).map { index in
            let (round, contender) = (index / 2, index % 2)
            let time = contender == 0 ? 1000 : round < slowStart ? 5 * echo : echo
            return OperationTiming.Turn(
                contender: contender, round: round, nanoseconds: [time],
                counted: CountedWindow(operations: 8, counts: []))
        }
        return PeerFigures(turns: turns, names: Self.names, parameters: ParameterSet())
    }

    private func recorder() -> Recorder {
        Recorder(for: RedisRead.description, parameters: ParameterSet())
    }

    private func recorded(echo: Double) -> (ratio: Series?, throughput: Series?) {
        var recorder = recorder()
        let figures = figures(echo: echo)
        let medians = figures.recordOverFloor("over-floor", exempt: ["nilometer"], into: &recorder)
        figures.recordThroughput(
            "throughput", over: medians, exempt: ["nilometer"], counting: { _ in true },
            into: &recorder)
        #expect(recorder.series.count == 2)
        return (
            recorder.series.first { $0.metric == "over-floor" },
            recorder.series.first { $0.metric == "throughput" }
        )
    }

    @Test func `what is above half of the client's ceiling is a lower bound`() throws {
        let near = try #require(recorded(echo: 501).throughput)
        #expect(near.doubts == [PeerFigures.Doubt.ceiling])
        #expect(near.doubts[0].contains(Series.onlyAtLeast))
        #expect(near.samples.allSatisfy { $0 == 1e6 })
        #expect(near.parameters["contender"] == "redis-server")
        #expect(try #require(recorded(echo: 500).throughput).doubts == [])
        #expect(PeerFigures.ceilingDoubts(nil) == [PeerFigures.Doubt.ceiling])
        // One client that waits is limited by the round trip.
        var recorder = recorder()
        figures(echo: 900).recordThroughput(
            "throughput", over: nil, exempt: [], counting: { _ in true }, into: &recorder)
        #expect(recorder.series.map(\.doubts) == [[]])
    }

    @Test func `what is not above its floor is doubted`() throws {
        #expect(try #require(recorded(echo: 1010).ratio).doubts == [PeerFigures.Doubt.floor])
        #expect(try #require(recorded(echo: 990).ratio).doubts == [])
        // A median above 1 whose interval is not.
        let scattered = [0.9, 1.3, 0.95, 1.2, 1.05, 0.8, 1.1, 1.01]
        #expect(PeerFigures.floorDoubts(scattered) == [PeerFigures.Doubt.floor])
        // Too few for an interval: by the median.
        #expect(PeerFigures.floorDoubts([0.9, 1.1, 1.2]) == [])
    }

    @Test func `the floor leaves its warm-up out`() throws {
        var recorder = recorder()
        figures(echo: 100, slowStart: 5).recordFloor("floor", into: &recorder)
        let floor = try #require(recorder.series.first)
        #expect(recorder.series.count == 1)
        #expect(recorder.distributions.isEmpty)
        #expect(floor.parameters["contender"] == nil)
        #expect(floor.warmup.contains(500))
        #expect(!floor.samples.isEmpty && floor.samples.allSatisfy { $0 == 100 })
        #expect(floor.doubts == [])
    }
}
