import Foundation
import Quantities
import Randomness
import Testing

@testable import Measurement

/// Commands take turns, and their runs become series.
@Suite struct CommandRoundsTests {
    private let clock = TickClock(calibratingFor: .milliseconds(1))

    private func contenders(_ first: String, _ second: String? = nil) throws -> CommandContenders {
        let against = try second.map { text throws(CommandText.Invalid) in try CommandText(text) }
        return try CommandContenders(MeasuredCommands(CommandText(first), against: against))
    }

    private func turns(
        _ contenders: CommandContenders, for time: Nanoseconds = .zero, seed: UInt64 = 1,
        limit: Nanoseconds = .seconds(60), ignoresFailure: Bool = false
    ) throws -> [CommandRounds.Turn] {
        try CommandRounds(
            launcher: CommandLauncher(), clock: clock, limit: limit,
            ignoresFailure: ignoresFailure
        ).run(contenders.all, for: time, seed: Seed(seed))
    }

    @Test func `each command has the floor of its kind`() throws {
        let direct = try contenders("sleep 0", "true")
        #expect(direct.all.map(\.name) == ["sleep", "true", "floor"])
        #expect(direct.commandCount == 2)
        #expect(direct.floor(of: 0) == 2 && direct.floor(of: 1) == 2)
        let mixed = try contenders("true | cat", "sleep 0")
        #expect(mixed.all.map(\.name) == ["sh", "sleep", "floor-sh", "floor"])
        #expect(mixed.floor(of: 0) == 2 && mixed.floor(of: 1) == 3)
        #expect(mixed.all.map(\.usesShell) == [true, false, true, false])
    }

    @Test func `without time there are the least rounds, every second one reversed`() throws {
        let contenders = try contenders("true", "sleep 0")
        let turns = try turns(contenders)
        let rounds = CommandRounds.leastWarmup + CommandRounds.leastMeasured
        #expect(turns.count == rounds * 3)
        let orders = (0..<rounds).map { round in
            turns.filter { $0.round == round }.map(\.contender)
        }
        #expect(orders.allSatisfy { $0.sorted() == [0, 1, 2] })
        #expect(orders[1] == orders[0].reversed())
        #expect(orders[3] == orders[2].reversed())
    }

    @Test func `the seed gives the orders and the paddings`() throws {
        let file = NSTemporaryDirectory() + "nilometer-paddings-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        func lengths(_ seed: UInt64) throws -> [String] {
            try? FileManager.default.removeItem(atPath: file)
            let contenders = try contenders("echo ${#NILOMETER_PADDING} >> \(file)", "true")
            let orders = try turns(contenders, seed: seed).map { "\($0.contender)" }
            return try orders
                + String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
                .map(String.init)
        }
        let first = try lengths(1)
        #expect(try lengths(1) == first)
        #expect(try lengths(2) != first)
        let paddings = first.suffix(4).compactMap { Int($0) }
        #expect(Set(paddings).count > 1)
        #expect(paddings.allSatisfy { (0..<4096).contains($0) })
    }

    @Test func `a failing run ends the rounds with its number`() throws {
        let failure = #expect(throws: CommandFailure.self) {
            try turns(contenders("false", "true"))
        }
        #expect(failure?.contender == "false")
        #expect(failure?.number == 1)
        #expect(failure?.ending == .exited(1))
        #expect("\(try #require(failure))".contains("ended with status 1 in run 1"))
        let lenient = try turns(contenders("false", "true"), ignoresFailure: true)
        #expect(lenient.contains { $0.run.ending == .exited(1) })
    }

    @Test func `a run beyond its limit is a failure even where failures are ignored`() throws {
        let failure = #expect(throws: CommandFailure.self) {
            try turns(contenders("sleep 1000"), limit: .milliseconds(50), ignoresFailure: true)
        }
        #expect(failure?.ending == .timedOut)
        #expect("\(try #require(failure))".contains("was killed after 50 ms"))
    }

    @Test(
        arguments: [
            ("a\u{1b}[2J\u{7}b\n", "a [2J b"),
            (String(repeating: "\0", count: 4096), nil),
            ("why\n\0\0\n \n", "why"),
            ("one\rtwo\u{202e}three", "two three"),
            ("größer als 3 µs", "größer als 3 µs"),
            (String(repeating: "x", count: 300), String(repeating: "x", count: 199) + "…"),
        ] as [(String, String?)])
    func `what a program writes is shown in one line without control characters`(
        errors: String, shown: String?
    ) {
        let run = CommandRun(ending: .exited(1), wall: 1, peakMemory: 1, errors: errors)
        #expect(run.lastErrorLine == shown)
    }

    @Test func `later failures carry their run's number`() throws {
        let file = NSTemporaryDirectory() + "nilometer-counter-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let failure = #expect(throws: CommandFailure.self) {
            try turns(contenders("echo x >> \(file); [ $(wc -l < \(file)) -lt 3 ]"))
        }
        #expect(failure?.number == 3)
    }

    private static let metrics = BenchmarkDescription(
        name: "command", summary: "",
        parameters: [],
        metrics: ["wall", "beyond-floor", "relative", "peak"].map {
            MetricSpecification($0, .nanoseconds, .lower, .sampled, "")
        }, processingUnits: 0, floor: "")

    /// Runs whose wall times are given, a list for each contender.
    private func made(_ walls: [[Double]], peak: Double = 5e6) throws -> [CommandRounds.Turn] {
        try walls.enumerated().flatMap { contender, walls in
            try walls.enumerated().map { round, wall in
                CommandRounds.Turn(
                    round: round, contender: contender, run: try run(wall, peak: peak))
            }
        }
    }

    private func run(_ wall: Double, peak: Double) throws -> CommandRun {
        CommandRun(ending: .exited(0), wall: wall, peakMemory: peak)
    }

    @Test func `commands are compared round by round, the first being warm-up`() throws {
        let contenders = try contenders("true", "sleep 0")
        let analysis = CommandAnalysis(
            try made([[9, 10, 20, 30], [9, 20, 30, 90], [1, 1, 2, 3]]), of: contenders,
            launcherLevel: 1e6)
        var recorder = Recorder(for: Self.metrics, parameters: ParameterSet())
        analysis.recordRatios("relative", into: &recorder)
        analysis.recordBeyondFloor("beyond-floor", into: &recorder)
        analysis.record("wall", into: &recorder, withFloors: true) { $0.wall }
        analysis.recordPeakMemory("peak", into: &recorder)
        #expect(analysis.roundCount == 4)
        #expect(!analysis.steadinessWasTested)
        let series = recorder.series
        #expect(series[0].samples == [2, 1.5, 3])
        #expect(series[0].parameters["contender"] == "sleep")
        #expect(series[1].samples == [9, 18, 27])
        #expect(series[2].samples == [19, 28, 87])
        #expect(series[3].warmup == [9] && series[3].samples == [10, 20, 30])
        #expect(series[5].parameters["contender"] == "floor")
        #expect(series.allSatisfy { $0.doubts.isEmpty })
    }

    @Test func `a drift is doubted, and so is a peak below the launcher's own`() throws {
        let contenders = try contenders("true")
        let drift = (0..<40).map { 100 + 10 * Double($0) }
        let analysis = CommandAnalysis(
            try made([drift, drift.map { _ in 1 }], peak: 1e6), of: contenders, launcherLevel: 1e6)
        var recorder = Recorder(for: Self.metrics, parameters: ParameterSet())
        analysis.record("wall", into: &recorder) { $0.wall }
        analysis.recordPeakMemory("peak", into: &recorder)
        #expect(analysis.steadinessWasTested)
        #expect(recorder.series[0].doubts == ["never steady"])
        #expect(recorder.series[1].doubts == ["never steady", CommandAnalysis.hiddenPeak])
    }
}
