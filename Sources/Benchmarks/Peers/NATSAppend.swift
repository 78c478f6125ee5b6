import Measurement
import PeerServers
import Quantities

/// Messages that a log of NATS JetStream acknowledges: what an append costs in a log that people run, where
/// nothing is synced before the answer.
enum NATSAppend: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.nats.append",
        summary:
            "messages appended to a log of NATS JetStream in files, by a server of the suite's "
            + "own, over loopback",
        parameters: PeerSetting.parameters(mostPipelined: 512) + [
            ParameterSpecification(
                "payload", "bytes of a message",
                .integer(1...NATSLogClient.longestPayload), default: "256")
        ],
        metrics: PeerSetting.metrics,
        processingUnits: 1, floor: PeerSetting.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let payload = (0..<context.integer("payload")).map { 97 + UInt8($0 % 26) }
        try PeerContest.measure(in: context, isDurable: false, into: &recorder) {
            contest, recorder in
            let setting = contest.setting
            var like: FixedExchange?
            try contest.add("nats", into: &recorder) {
                let server = try NATSServer(below: setting.directory, units: setting.units)
                let clients = try (0..<setting.clients).map { _ in
                    try server.client(payload, pipeline: setting.pipeline)
                }
                like = clients[0].likeness
                // Each client has appended one, and the first place is 1.
                let promise = NumberPromise(
                    of: "nats-server", from: Int64(clients.count) + 1, clients: clients.count)
                return (PeerTurns(clients, of: server, promise: promise), server.facts, true)
            }
            if let like { try contest.addFloor(of: like) }
        }
    }
}
