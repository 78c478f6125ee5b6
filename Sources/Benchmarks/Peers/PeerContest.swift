import Counters
import Measurement
import PeerServers
import Quantities
import Storage

/// The contenders of one benchmark of servers, and how their turns become figures.
struct PeerContest {
    /// The name of the engine's own contender.
    static let own = "nilometer"

    /// Where the servers are, and who asks them.
    let setting: PeerSetting
    private let context: ForkContext
    private var contenders: [(name: String, turns: any TimedTurns)] = []
    private var echo: (any TimedTurns)?
    private var counters: [PeerTurns] = []
    /// The engine's own contenders, which have no socket, and how each is closed.
    private var owns: [(name: String, close: () throws -> Void)] = []
    /// Contenders of which only whole turns are timed.
    private var wholes: Set<String> = []
    /// The contender that the others' times are set against, where it takes part.
    var reference = Self.own
    /// The contender with a single caller, which all clients' throughput is set against where a
    /// benchmark has that.
    var alone: String?

    init(_ setting: PeerSetting, _ context: ForkContext) {
        self.setting = setting
        self.context = context
    }

    /// Lets those that `fill` adds take turns in a directory of the fork's own, and records what they
    /// show.
    ///
    /// - Parameter isDurable: whether what is kept in the directory matters to the figures; its
    ///   durability class then goes along with them.
    static func measure(
        in context: ForkContext, isDurable: Bool, into recorder: inout Recorder,
        fill: (inout PeerContest, inout Recorder) throws -> Void
    ) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let setting = try PeerSetting(context, directory: directory.path)
        var parameters = recorder.figureParameters(without: ["contenders"])
        if isDurable {
            let durability = context.request.directory.durability
            recorder.note("durability class of the measured directory: \(durability)")
            parameters = parameters.with("durability-class", durability)
        }
        setting.note(in: context, into: &recorder)
        var contest = PeerContest(setting, context)
        try fill(&contest, &recorder)
        try contest.measure(parameters, into: &recorder)
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
    mutating func addOwn(into recorder: inout Recorder) throws {
        guard setting.isSingle else {
            recorder.note(
                "\(Self.own): left out, it has one caller who waits for each increment; "
                    + "storage.append.group has many")
            return
        }
        let file = try DurableAppends(
            path: "\(setting.directory)/counter",
            options: .init(engine: .ioUring, creation: .required), payload: 1)
        addOwn(Self.own, SingleOperations(file)) { try file.close() }
        recorder.note(
            "\(Self.own): a file that grows by one byte and is synced, so that its size is the "
                + "counter, by \(file.engine); called in the process, without a socket and a "
                + "protocol, which the servers have besides")
    }

    /// Adds a contender of the engine's own, which `close` ends.
    ///
    /// - Parameter isTimedSingly: whether its operations are long enough to be timed one by one.
    mutating func addOwn(
        _ name: String, _ turns: any TimedTurns, isTimedSingly: Bool = true,
        close: @escaping () throws -> Void
    ) {
        if !isTimedSingly { wholes.insert(name) }
        contenders.append((name, turns))
        owns.append((name, close))
    }

    /// Lets them take turns, and records the figures under `parameters`; the engine's own counter is
    /// closed then.
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
            analysis.recordLatency("latency", of: { !wholes.contains($0) }, into: &recorder)
        }
        if names.contains(reference) {
            analysis.recordRatios("relative", to: reference, into: &recorder)
        }
        if let alone {
            analysis.recordEfficiency(
                "efficiency", of: setting.clients, to: alone, into: &recorder)
        }
        recordAgainstFloor(
            PeerFigures(turns: turns, names: all.map(\.name), parameters: parameters),
            into: &recorder)
        for own in owns { try own.close() }
    }

    private func recordAgainstFloor(_ figures: PeerFigures, into recorder: inout Recorder) {
        var medians: [String: Double] = [:]
        let ownNames = Set(owns.map(\.name))
        if echo != nil {
            // The engine's own contenders have no socket, so the echo is no floor of them.
            medians = figures.recordOverFloor("over-floor", exempt: ownNames, into: &recorder)
            figures.recordFloor("floor", into: &recorder)
        }
        // One client that waits for each reply is limited by the round trip, not by what it can send.
        // What a server does, it does in a process of its own, which is not counted.
        figures.recordThroughput(
            "throughput", over: setting.isSingle ? nil : medians, exempt: ownNames,
            counting: { setting.isSingle && ownNames.contains($0) }, into: &recorder)
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
