import Measurement
import PeerServers
import Quantities

/// Numbers from a sequence of PostgreSQL, and a counter in a row, beside the engine's durable counter.
enum PostgresNextval: Benchmark {
    /// Ways to get a number from PostgreSQL.
    enum Way: String, CaseIterable {
        /// A sequence that every call asks.
        case nextval
        /// A sequence of which a connection takes several numbers at once.
        case cached = "nextval-cached"
        /// A row that is updated, each time in a transaction that is durable.
        case update
    }

    static let description = BenchmarkDescription(
        name: "peer.postgres.nextval",
        summary:
            "numbers from sequences and from a durable row of a PostgreSQL of the suite's own, "
            + "side by side with the engine's durable counter",
        parameters: PeerSetting.parameters(transport: .unix) + [
            ParameterSpecification(
                "cache", "numbers that a connection takes at once from the cached sequence",
                .integer(2...10_000), default: "32"),
            ParameterSpecification(
                "contenders",
                "ways to a number, and the engine's counter, that run side by side",
                .subset(of: Way.allCases.map(\.rawValue) + [PeerContest.own]),
                default: (Way.allCases.map(\.rawValue) + [PeerContest.own])
                    .joined(separator: ",")),
        ],
        metrics: PeerSetting.metrics + [
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time over that of nilometer, whose increments are durable, in the same round")
        ],
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try PeerContest.measure(in: context, isDurable: true, into: &recorder) {
            contest, recorder in
            recorder.note(
                "each number is a transaction of its own. A sequence is written to the log ahead "
                    + "once in 32 numbers, which may be lost in a crash and never come twice; the "
                    + "call that writes waits for the sync. An update waits for it every time")
            let words = context.words("contenders")
            if words.contains(PeerContest.own) { try contest.addOwn(into: &recorder) }
            try addAll(
                words.compactMap(Way.init(rawValue:)), cache: context.integer("cache"),
                to: &contest, into: &recorder)
        }
    }

    /// Adds a server with all of `ways`, and the floor beside it; or notes that there is none.
    static func addAll(
        _ ways: [Way], cache: Int, to contest: inout PeerContest, into recorder: inout Recorder
    ) throws {
        do {
            try add(ways, cache: cache, to: &contest, into: &recorder)
        } catch let failure as PeerFailure where failure.isAbsence {
            recorder.note("postgres: unavailable, \(failure)")
        }
    }

    /// Starts a server for all of `ways`, and the floor beside it.
    private static func add(
        _ ways: [Way], cache: Int, to contest: inout PeerContest, into recorder: inout Recorder
    ) throws {
        let setting = contest.setting
        let server = try PostgresServer(
            below: setting.directory, transport: setting.transport,
            connections: setting.clients * Way.allCases.count, units: setting.units)
        for way in ways {
            try contest.add(way.rawValue, into: &recorder) {
                (try turns(way, server, setting, cache: cache), server.facts, false)
            }
        }
        let conversation = try server.connection()
        try conversation.prepare("SELECT \(first)::bigint", as: statement)
        try contest.addFloor(of: conversation.exchange(executing: statement))
    }

    /// Enough digits for every measurement, so that replies keep their length.
    private static let first: Int64 = 1_000_000_000_000

    /// The name of the query at every connection, the floor's as well: requests hold it, and are to be
    /// the same bytes.
    private static let statement = "n"

    private static func turns(
        _ way: Way, _ server: PostgresServer, _ setting: PeerSetting, cache: Int
    ) throws -> PeerTurns {
        let name = way == .cached ? "cached" : "plain"
        let query: String
        switch way {
        case .nextval, .cached:
            query = "SELECT nextval('\(name)')"
            try server.connection().ask(
                "CREATE SEQUENCE \(name) START \(first) CACHE \(way == .cached ? cache : 1)")
        case .update:
            query = "UPDATE counter SET n = n + 1 RETURNING n"
            let conversation = try server.connection()
            try conversation.ask("CREATE TABLE counter (n bigint)")
            try conversation.ask("INSERT INTO counter VALUES (\(first))")
        }
        let clients = try (0..<setting.clients).map { _ in
            let conversation = try server.connection()
            try conversation.prepare(query, as: statement)
            return conversation.client(
                try conversation.exchange(executing: statement), pipeline: setting.pipeline)
        }
        let promise = NumberPromise(of: "postgres", from: first, clients: clients.count)
        return PeerTurns(clients, of: server, promise: promise)
    }
}
