import Cluster
import Hardware
import Measurement
import Network
import PeerServers
import Quantities
import StateMachines

/// One right that goes round members in processes of this machine: how long a contender waits for it, and how
/// often it is handed over.
enum TokenOverProcesses: Benchmark {
    static let description = BenchmarkDescription(
        name: "token.acquire",
        summary: "a token ring over processes of this machine: how long a contender waits for the "
            + "right, and how often it is granted; that no two had it at once is checked",
        parameters: [
            ParameterSpecification(
                "members", "processes on the ring, all on this machine", .integer(1...15),
                default: "3"),
            ParameterSpecification(
                "clients", "who want the right all the time, spread over the members",
                .integer(1...100), default: "1"),
            ReplicationProcesses.durability,
            ParameterSpecification(
                "lease", "how long members keep off a new token for the sake of a holder",
                .duration(.milliseconds(60) ... .seconds(60)), default: "600ms"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time from asking for the right to having it (a closed loop), of 20000 at most that "
                    + "are evenly spread"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "grants a second, mean of 50 ms (a closed loop): each is given up at once"),
        ],
        processingUnits: 1,
        floor: "none of its own: net.tcp.rtt, half of it for a pass", isBlocking: true)

    private static let (mostLatencies, window) = (20_000, Span.milliseconds(50))
    /// How long members may take to have granted something.
    private static let patience = Span(seconds: 30)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let (members, clients) = (context.integer("members"), context.integer("clients"))
        let units = try ReplicationProcesses.units(context)
        recorder.note(
            "\(members) members in processes of one machine, without a network between, on \(units)"
        )
        let processes = try NodeProcesses(
            program: BenchmarkProcesses.currentProgram,
            addresses: try NodeProcesses.freeAddresses(members),
            options: [
                "--protocol", NodeRequest.token, "--contenders", "\(clients)",
                "--durability", context.text("durability"), "--cluster", "\(StorePlan.cluster)",
                "--failure-timeout", "\(context.span("lease").nanoseconds) ns",
            ], below: directory.path, units: units)
        defer { processes.stop() }
        var holds = try awaitFirst(of: processes)
        let begin = MonotonicClock.now
        let half = max(.milliseconds(200), Span(nanoseconds: Int64(context.time.rawValue / 2)))
        while MonotonicClock.now < begin + half {
            Self.rest()
            holds += try take(from: processes)
        }
        let end = MonotonicClock.now
        // Members print some grants at a time, and the rest five times a second.
        ReplicationProcesses.rest(.milliseconds(300))
        holds += try take(from: processes)
        if let (earlier, later) = holds.overlap {
            throw TokenFailure.overlap(earlier, later)
        }
        recorder.note("\(holds.count) grants, no two at once")
        record(
            holds.filter { (begin.nanoseconds..<end.nanoseconds).contains($0.begin) }, from: begin,
            to: end,
            recorder.figureParameters(), into: &recorder)
    }

    private static func take(from processes: NodeProcesses) throws -> [TokenHold] {
        if let (server, how) = processes.ownEnd() {
            throw StoreFailure.gone(server: server, how: "\(how)")
        }
        return processes.takeHolds()
    }

    /// Waits until the ring goes round.
    private static func awaitFirst(of processes: NodeProcesses) throws -> [TokenHold] {
        let deadline = MonotonicClock.now + patience
        var holds: [TokenHold] = []
        while holds.count < 100 {
            holds += try take(from: processes)
            guard MonotonicClock.now < deadline else {
                throw TokenFailure.silent(seconds: patience.inSeconds)
            }
            rest()
        }
        return holds
    }

    private static func rest() { ReplicationProcesses.rest(.milliseconds(5)) }

    private static func record(
        _ holds: [TokenHold], from begin: Moment, to end: Moment, _ parameters: ParameterSet,
        into recorder: inout Recorder
    ) {
        let waits = holds.map { Double($0.begin - $0.asked) }
        recorder.record(
            "latency", parameters, samples: AnswerFigures.spread(waits, atMost: mostLatencies))
        var distribution = LatencyDistribution()
        for wait in waits { distribution.record(nanoseconds: wait) }
        recorder.record("latency", parameters, distribution: distribution)
        recorder.record(
            "throughput", parameters,
            samples: AnswerFigures.rates(
                of: holds.lazy.map { Moment(nanoseconds: $0.begin) }, from: begin, to: end,
                in: window))
    }
}

/// Why a token ring over processes gave no figures.
enum TokenFailure: Error, CustomStringConvertible {
    /// Nobody was granted anything for so long.
    case silent(seconds: Double)
    /// Two had the right at once, or by the same number.
    case overlap(TokenHold, TokenHold)

    /// One line: what failed.
    var description: String {
        switch self {
        case .silent(let seconds): "nobody was granted the token for \(seconds) s"
        case .overlap(let earlier, let later):
            "grant \(later.epoch).\(later.grant) began at \(later.begin) ns, before grant "
                + "\(earlier.epoch).\(earlier.grant) ended at \(earlier.end) ns"
        }
    }
}
