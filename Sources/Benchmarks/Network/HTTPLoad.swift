import Hardware
import Measurement
import PeerServers
import Quantities

/// What the engine's HTTP server answers to a client of others that asks as fast as it can.
enum HTTPLoad: Benchmark {
    private static let own = "nilometer-http"
    private static let floor = "echo"

    static let description = BenchmarkDescription(
        name: "net.http.throughput",
        summary: "HTTP/1.1 requests that wrk asks over many connections on loopback: the engine's "
            + "server beside an echo in C that sends the same answer unread",
        parameters: [
            ParameterSpecification(
                "connections", "connections of wrk, served by one thread",
                .integer(1...256), default: "64"),
            ParameterSpecification(
                "message", "bytes of an answer's body", .integer(1...1 << 14), default: "64"),
            ParameterSpecification(
                "run", "how long a run of wrk lasts, in seconds", .integer(1...60), default: "1"),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "answers a second, mean of a run (a closed loop of connections)"),
            MetricSpecification(
                "over-floor", .ratio, .lower, .sampled,
                "time for an answer over that of the echo in the same round"),
        ],
        processingUnits: 2,
        floor: "the echo beside it: what wrk reaches where the server does nothing",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        guard let version = WrkRun.version(scratch: directory.path) else {
            recorder.note("wrk: unavailable, it is not installed (apt: \(WrkRun.package))")
            return
        }
        let unit = context.request.processingUnits[1]
        recorder.note(
            "\(version), one thread on processing unit \(context.processingUnit); servers of one "
                + "thread on \(unit), a new one for each run")
        let load = HTTPLoadRuns(
            message: context.integer("message"), connections: context.integer("connections"),
            seconds: context.integer("run"), unit: unit, directory: directory.path)
        var order = context.generator(for: "order")
        var (owns, floors): ([Double], [Double]) = ([], [])
        let end = ContinuousClock.now + .nanoseconds(Int64(context.time.rawValue))
        repeat {
            // Who comes first is drawn anew in each round.
            if Bool.random(using: &order) {
                owns.append(try load.rateOfOwn())
                floors.append(try load.rateOfEcho())
            } else {
                floors.append(try load.rateOfEcho())
                owns.append(try load.rateOfOwn())
            }
        } while ContinuousClock.now < end
        let parameters = recorder.figureParameters()
        for (name, rates) in [(own, owns), (floor, floors)] {
            recorder.record("throughput", parameters.with("contender", name), samples: rates)
        }
        recorder.record(
            "over-floor", parameters.with("contender", own),
            samples: zip(owns, floors).map { $1 / $0 })
    }
}

/// Runs of wrk against a server that is started for each.
private struct HTTPLoadRuns {
    let message: Int
    let connections: Int
    let seconds: Int
    let unit: Int
    let directory: String

    /// Answers a second of the engine's server.
    func rateOfOwn() throws -> Double {
        let work = EchoWork(transport: .tcp, message: message, window: 1, spins: false)
        let server = try EchoThread(.http, work, on: unit)
        let result = Result { try rate(of: server.port) }
        // What the server says explains more than what wrk does.
        try server.end()
        return try result.get()
    }

    /// Answers a second of an echo, which takes every so many bytes for a request and sends the same bytes
    /// each time.
    func rateOfEcho() throws -> Double {
        let server = try EchoServer(
            below: directory, transport: .tcp, requestSize: Self.request.utf8.count,
            reply: HTTPEcho.exchange(of: message).reply, units: CPUSet([unit]))
        defer { server.stop() }
        guard case .tcp(let port) = server.endpoint else {
            preconditionFailure("an echo over TCP listens at \(server.endpoint)")
        }
        return try rate(of: port)
    }

    /// What wrk asks; a port that was free has five digits.
    private static let request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:00000\r\n\r\n"

    private func rate(of port: UInt16) throws -> Double {
        precondition(port >= 10_000, "port \(port) makes a request of another length")
        return try WrkRun(
            "http://127.0.0.1:\(port)/", connections: connections, seconds: seconds,
            scratch: directory
        ).rate
    }
}
