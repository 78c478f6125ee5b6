import Measurement
import PeerServers
import Quantities

/// A counter in Redis, by what Redis promises of it, beside the engine's durable counter.
enum RedisIncrement: Benchmark {
    /// Contenders by what Redis promises.
    private static let names = RedisServer.Durability.allCases.map(name)
    /// The contender whose increments survive a power cut.
    static let durable = name(.always)
    /// Those that run side by side unless told otherwise. One that syncs behind its clients' backs
    /// does so in the others' turns, and is measured apart.
    private static let quiet = RedisServer.Durability.allCases.filter { $0 != .everySecond }

    private static func name(_ durability: RedisServer.Durability) -> String {
        "redis-\(durability.rawValue)"
    }

    static let description = BenchmarkDescription(
        name: "peer.redis.incr",
        summary: "INCR of one key of a Redis of the suite's own, by durability, side by side with "
            + "the engine's durable counter",
        parameters: PeerSetting.parameters(transport: .unix) + [
            ParameterSpecification(
                "contenders",
                "servers by what they promise, and the engine's counter, that run side by side; "
                    + "redis-everysec syncs in the turns of those beside it",
                .subset(of: names + [PeerContest.own]),
                default: (quiet.map(name) + [PeerContest.own]).joined(separator: ","))
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
            let setting = contest.setting
            for name in context.words("contenders") {
                if let promised = RedisServer.Durability.allCases.first(where: {
                    name == Self.name($0)
                }) {
                    try contest.add(name, into: &recorder) { try start(promised, setting) }
                } else {
                    try contest.addOwn(into: &recorder)
                }
            }
            // The number of digits, and with it of bytes, stays the same throughout.
            try contest.addFloor(of: RedisConversation.incrementing(key, from: first))
        }
    }

    private static let key = "counter"
    /// Enough digits for every measurement.
    private static let first: Int64 = 1_000_000_000_000

    static func start(
        _ promised: RedisServer.Durability, _ setting: PeerSetting
    ) throws -> (PeerTurns, [String], Bool) {
        let server = try RedisServer(
            below: setting.directory, transport: setting.transport, durability: promised,
            units: setting.units)
        _ = try server.connection().ask(["SET", key, "\(first)"])
        let exchange = RedisConversation.incrementing(key, from: first)
        let clients = try (0..<setting.clients).map { _ in
            try server.connection().client(exchange, pipeline: setting.pipeline)
        }
        let promise = NumberPromise(of: "redis-server", from: first + 1, clients: clients.count)
        return (PeerTurns(clients, of: server, promise: promise), server.facts, true)
    }
}
