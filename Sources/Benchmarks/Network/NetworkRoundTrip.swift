import Measurement
import Quantities

/// A message there and back over loopback, by one client for all echoes.
enum NetworkRoundTrip {
    /// Parameters that the transports share.
    static func parameters(
        _ contenders: [EchoContender], least: Int, most: Int
    ) -> [ParameterSpecification] {
        [
            ParameterSpecification(
                "message", "bytes of a message, with the header where it is a frame",
                .integer(least...most), default: "64"),
            EchoContender.waiting,
            ParameterSpecification(
                "turn", "about how long one contender's turn lasts",
                .duration(.milliseconds(1) ... .seconds(10)), default: "50 ms"),
            EchoContender.parameter(contenders),
        ]
    }

    /// Metrics that the transports share.
    static let metrics = [
        MetricSpecification(
            "latency", .nanoseconds, .lower, .sampled,
            "time from a message to its echo, one at a time (a closed loop)"),
        MetricSpecification(
            "relative", .ratio, .lower, .sampled,
            "mean of a turn over that of the epoll echo in the same round"),
    ]

    /// Lets the echoes take turns and records what they show.
    static func measure(
        over transport: EchoWork.Transport, beside reference: EchoContender = .epoll,
        in context: ForkContext, into recorder: inout Recorder
    ) throws {
        let work = EchoWork(
            transport: transport, message: context.integer("message"), window: 1,
            spins: context.text("waiting") == "spinning")
        let analysis = try turns(of: work, in: context, recorder)
        recorder.note(
            "client on processing unit \(context.processingUnit), server on "
                + "\(context.request.processingUnits[1]), a new server for each turn")
        analysis.recordLatency("latency", of: { _ in true }, into: &recorder)
        analysis.recordRatios("relative", to: reference.rawValue, into: &recorder)
    }

    /// The contenders' turns.
    static func turns(
        of work: EchoWork, in context: ForkContext, _ recorder: Recorder
    ) throws -> TurnAnalysis {
        let contenders = context.words("contenders").compactMap(EchoContender.init)
        let unit = context.request.processingUnits[1]
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: 1, counters: context.counters
        ).run(
            try contenders.map {
                try EvenTurns(
                    EchoTurns($0, work, on: unit), length: context.duration("turn"),
                    clock: context.clock)
            },
            for: context.time, order: &order)
        return TurnAnalysis(
            turns, contenders: contenders.map(\.rawValue),
            parameters: recorder.figureParameters(without: ["contenders"]))
    }
}

/// Round trips over TCP.
enum TCPRoundTrip: Benchmark {
    static let description = BenchmarkDescription(
        name: "net.tcp.rtt",
        summary: "a message there and back over TCP on loopback: the engine's event loop, with and "
            + "without frames and over SwiftNIO's sockets, beside SwiftNIO alone and an epoll echo in C",
        parameters: NetworkRoundTrip.parameters(
            [.nilometer, .frames, .carried, .swiftNIO, .epoll], least: 32, most: 1 << 16),
        metrics: NetworkRoundTrip.metrics, processingUnits: 2, floor: EchoContender.floor,
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try NetworkRoundTrip.measure(over: .tcp, in: context, into: &recorder)
    }
}

/// Round trips of datagrams.
enum UDPRoundTrip: Benchmark {
    static let description = BenchmarkDescription(
        name: "net.udp.rtt",
        summary: "a datagram there and back on loopback: the engine's event loop beside a loop of "
            + "recvfrom and sendto in C",
        parameters: NetworkRoundTrip.parameters([.nilometer, .epoll], least: 1, most: 8192),
        metrics: NetworkRoundTrip.metrics, processingUnits: 2, floor: EchoContender.floor,
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try NetworkRoundTrip.measure(over: .udp, in: context, into: &recorder)
    }
}

/// Round trips of an HTTP request and its answer.
enum HTTPRoundTrip: Benchmark {
    static let description = BenchmarkDescription(
        name: "net.http.rtt",
        summary:
            "an HTTP/1.1 request and its answer over a connection that is kept, on loopback: the "
            + "engine's server beside a bare message there and back through its event loop",
        parameters: NetworkRoundTrip.parameters([.http, .nilometer], least: 1, most: 1 << 16),
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time from a request, or a message, to its answer, one at a time (a closed loop)"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "mean of a turn over that of the bare message in the same round"),
        ],
        processingUnits: 2, floor: "the bare message beside it", isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try NetworkRoundTrip.measure(
            over: .tcp, beside: .nilometer, in: context, into: &recorder)
    }
}

/// Messages a second over one TCP connection.
enum TCPThroughput: Benchmark {
    static let description = BenchmarkDescription(
        name: "net.tcp.throughput",
        summary: "messages a second there and back over one TCP connection on loopback, with a "
            + "window of them on their way",
        parameters: [
            ParameterSpecification(
                "message", "bytes of a message, with the header where it is a frame",
                .integer(32...1 << 16), default: "64"),
            ParameterSpecification(
                "window", "messages on their way at once", .integer(2...1024), default: "64"),
            ParameterSpecification(
                "turn", "about how long one contender's turn lasts",
                .duration(.milliseconds(1) ... .seconds(10)), default: "50 ms"),
            EchoContender.parameter([.nilometer, .frames, .epoll]),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "messages that came back a second, mean of a turn (a closed loop with a window)"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time for a message over that with the epoll echo in the same round"),
        ],
        processingUnits: 2, floor: EchoContender.floor, isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let work = EchoWork(
            transport: .tcp, message: context.integer("message"),
            window: context.integer("window"), spins: false)
        let analysis = try NetworkRoundTrip.turns(of: work, in: context, recorder)
        analysis.recordThroughput(
            "throughput", counting: { _, _ in false }, into: &recorder)
        analysis.recordRatios("relative", to: EchoContender.epoll.rawValue, into: &recorder)
    }
}
