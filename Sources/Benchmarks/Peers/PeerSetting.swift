import Hardware
import Measurement
import PeerServers
import Quantities

/// What the benchmarks of servers have in common: where the server is, how it is reached, and by how
/// many.
struct PeerSetting {
    /// Parameters of those that can be reached in two ways, by this one unless said otherwise.
    static func parameters(transport: Transport) -> [ParameterSpecification] {
        [
            ParameterSpecification(
                "transport",
                "how clients reach the server: a socket of the filesystem, or TCP over "
                    + "loopback", .choice(Transport.allCases.map(\.rawValue)),
                default: transport.rawValue)
        ] + parameters(mostPipelined: 512)
    }

    /// Parameters that all of them have.
    static func parameters(mostPipelined: Int) -> [ParameterSpecification] {
        [
            ParameterSpecification(
                "clients", "connections, all served by one thread that waits for any of them",
                .integer(1...256), default: "1"),
            ParameterSpecification(
                "pipeline", "requests that a client sends at once before it awaits the replies",
                .integer(1...mostPipelined), default: "1"),
            ParameterSpecification(
                "turn", "about how long one contender's turn lasts",
                .duration(.milliseconds(1) ... .seconds(10)), default: "20 ms"),
        ]
    }

    /// Metrics that all of them have.
    static let metrics = [
        MetricSpecification(
            "latency", .nanoseconds, .lower, .sampled,
            "time from a request to its reply, one client with one request at a time (a closed "
                + "loop); only there"),
        MetricSpecification(
            "throughput", .operationsPerSecond, .higher, .sampled,
            "replies a second to all clients, mean of a turn (a closed loop)"),
        MetricSpecification(
            "over-floor", .ratio, .lower, .sampled,
            "time over that of the echo in the same round"),
        MetricSpecification(
            "floor", .nanoseconds, .neither, .sampled,
            "the same bytes to and from an echo over the same transport, by the same client"),
    ]

    /// What bounds the figures from below, in words.
    static let floor = "a round trip of the same bytes to an echo over the same transport"

    let transport: Transport
    let clients: Int
    let pipeline: Int
    let turn: Nanoseconds
    /// The directory of the fork, where servers have theirs.
    let directory: String
    /// Where servers may run: beside the client's processing unit, where there is another.
    let units: CPUSet

    /// That of a fork. Servers that are reached over TCP alone say so by not having `transport`.
    init(_ context: ForkContext, directory: String) throws {
        transport =
            context.request.parameters["transport"].map { Transport(rawValue: $0) ?? .unix } ?? .tcp
        clients = context.integer("clients")
        pipeline = context.integer("pipeline")
        turn = context.duration("turn")
        self.directory = directory
        let allowed = try ThreadBinding.allowedPUs()
        let others = CPUSet(allowed.indexes.filter { $0 != context.processingUnit })
        units = others.isEmpty ? allowed : others
    }

    /// Whether requests go one by one, so that each can be timed.
    var isSingle: Bool { clients == 1 && pipeline == 1 }

    private static func counted(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// What belongs beside the figures.
    func note(in context: ForkContext, into recorder: inout Recorder) {
        recorder.note(
            "a closed loop: \(Self.counted(clients, "client")) of one thread on processing unit "
                + "\(context.processingUnit), each with \(Self.counted(pipeline, "request")) at a "
                + "time; servers may run on \(units)")
        recorder.note(
            "one client of the suite's own for all servers and for the echo that is their floor: "
                + "what differs is the servers. They run with the options named here, all else as "
                + "their authors have it")
    }
}
