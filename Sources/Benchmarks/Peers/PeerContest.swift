import Counters
import Measurement
import PeerServers
import Quantities
import Storage

/// The contenders of one benchmark of servers, and how their turns become figures.
struct PeerContest {
    /// The name of the engine's own contender.
    static let own = "nilometer"

    private let setting: PeerSetting
    private let context: ForkContext
    private var contenders: [(name: String, turns: any TimedTurns)] = []
    private var echo: (any TimedTurns)?
    private var counters: [PeerTurns] = []

    init(_ setting: PeerSetting, _ context: ForkContext) {
        self.setting = setting
        self.context = context
    }

    /// Whether somebody takes part.
    var isEmpty: Bool { contenders.isEmpty && echo == nil }

    /// Adds a server that `start` starts, or notes why it cannot be had here.
    mutating func add(
        _ name: String, into recorder: inout Recorder,
        start: () throws -> (turns: PeerTurns, facts: [String], isGapless: Bool)
    ) throws {
        do {
            let started = try start()
            recorder.note("\(name): \(started.facts.joined(separator: ", "))")
            contenders.append((name, started.turns))
            if started.isGapless { counters.append(started.turns) }
        } catch let failure as PeerFailure where failure.isAbsence {
            recorder.note("\(name): unavailable, \(failure)")
        }
    }

    /// Adds the echo of an exchange, which is the floor.
    mutating func addFloor(of exchange: FixedExchange) throws {
        let server = try EchoServer(
            below: setting.directory, transport: setting.transport,
            requestSize: exchange.request.count, reply: exchange.reply, units: setting.units)
        let clients = try (0..<setting.clients).map { _ in
            try server.client(like: exchange, pipeline: setting.pipeline)
        }
        echo = PeerTurns(clients, of: server)
    }

    /// Adds the engine's own durable counter, where it does the same work: one caller that waits.
    mutating func addOwn(into recorder: inout Recorder) throws -> DurableAppends? {
        guard setting.isSingle else {
            recorder.note(
                "\(Self.own): left out, it has one caller who waits for each increment; "
                    + "storage.append.group has many")
            return nil
        }
        let file = try DurableAppends(
            path: "\(setting.directory)/counter",
            options: .init(engine: .ioUring, creation: .required), payload: 1)
        contenders.append((Self.own, SingleOperations(file)))
        recorder.note(
            "\(Self.own): a file that grows by one byte and is synced, so that its size is the "
                + "counter, by \(file.engine); called in the process, without a socket and a "
                + "protocol, which the servers have besides")
        return file
    }

    /// Lets them take turns, and records the figures under `parameters`.
    func measure(_ parameters: ParameterSet, into recorder: inout Recorder) throws {
        let all = contenders + (echo.map { [(PeerFigures.echo, $0)] } ?? [])
        guard !all.isEmpty else { return }
        settle(into: &recorder)
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: 1, counters: context.counters
        ).run(
            try all.map { try EvenTurns($0.turns, length: setting.turn, clock: context.clock) },
            for: context.time, order: &order)
        for counter in counters { try counter.checkNothingMissing() }
        let names = contenders.map(\.name)
        let analysis = TurnAnalysis(turns, contenders: names, parameters: parameters)
        if setting.isSingle {
            analysis.recordLatency("latency", of: { _ in true }, into: &recorder)
        }
        if names.contains(Self.own) {
            analysis.recordRatios("relative", to: Self.own, into: &recorder)
        }
        recordAgainstFloor(
            PeerFigures(turns: turns, names: all.map(\.name), parameters: parameters),
            into: &recorder)
    }

    private func recordAgainstFloor(_ figures: PeerFigures, into recorder: inout Recorder) {
        var medians: [String: Double] = [:]
        if echo != nil {
            // The engine's own contender has no socket, so the echo is no floor of it.
            medians = figures.recordOverFloor("over-floor", exempt: Self.own, into: &recorder)
            figures.recordFloor("floor", into: &recorder)
        }
        // One client that waits for each reply is limited by the round trip, not by what it can send.
        // What a server does, it does in a process of its own, which is not counted.
        figures.recordThroughput(
            "throughput", over: setting.isSingle ? nil : medians, counting: { $0 == Self.own },
            into: &recorder)
    }

    /// Has what setting up wrote reach the device before anybody is measured.
    private func settle(into recorder: inout Recorder) {
        do throws(PeerFailure) {
            try MeasuredFilesystem.settle(setting.directory)
        } catch {
            recorder.note("what the servers' start wrote may be written in their turns: \(error)")
        }
    }
}
