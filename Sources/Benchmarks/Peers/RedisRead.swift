import Measurement
import PeerServers
import Quantities

/// A look at one value in Redis: what it takes to ask a central coordinator for what is known.
enum RedisRead: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.redis.get",
        summary: "GET of one value of a Redis of the suite's own, over loopback",
        parameters: PeerSetting.parameters(transport: .tcp) + [
            ParameterSpecification(
                "payload", "bytes of the value", .integer(1...4096), default: "64")
        ],
        metrics: PeerSetting.metrics,
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let setting = try PeerSetting(context, directory: directory.path)
        setting.note(in: context, into: &recorder)
        let value = String(
            (0..<context.integer("payload")).map { Character(Unicode.Scalar(97 + UInt8($0 % 26))) })
        let exchange = RedisConversation.reading(key, value)
        var contest = PeerContest(setting, context)
        try contest.add(RedisServer.package, into: &recorder) {
            let server = try RedisServer(
                below: setting.directory, transport: setting.transport, durability: .memory,
                units: setting.units)
            _ = try server.connection().ask(["SET", key, value])
            let clients = try (0..<setting.clients).map { _ in
                try server.connection().client(exchange, pipeline: setting.pipeline)
            }
            return (PeerTurns(clients, of: server), server.facts, false)
        }
        try contest.addFloor(of: exchange)
        try contest.measure(recorder.figureParameters(), into: &recorder)
    }

    private static let key = "member"
}
