import Cluster
import Hardware
import Measurement
import Network
import PeerServers
import Quantities
import Randomness
import StateMachines

/// Members in processes of this machine that watch each other by gossip: how soon they notice that one was
/// killed, and that it is back.
enum GossipOverProcesses: Benchmark {
    static let description = BenchmarkDescription(
        name: "gossip.failure",
        summary: "gossip between processes of this machine: how soon all notice that one of them "
            + "was killed, and that it is back",
        parameters: [
            ParameterSpecification(
                "members", "processes that watch each other, all on this machine",
                .integer(3...64), default: "10"),
            ParameterSpecification(
                "period", "between two probes of a member",
                .duration(.milliseconds(10) ... .seconds(10)), default: "200ms"),
        ],
        metrics: [
            MetricSpecification(
                "detection", .nanoseconds, .lower, .sampled,
                "from the kill until all others hold the member dead"),
            MetricSpecification(
                "spread", .nanoseconds, .lower, .sampled,
                "of that, from the first who holds it dead to the last"),
            MetricSpecification(
                "return", .nanoseconds, .lower, .sampled,
                "from its next start until all others hold it alive"),
            MetricSpecification(
                "false-deaths", .count(of: "members"), .lower, .exact,
                "members that ran and were held dead, each time by each"),
        ],
        processingUnits: 0,
        floor: "none of its own: a period, half of it for an answer, and the time to object",
        isBlocking: true)

    /// How long all may take to notice something.
    private static let patience = Span(seconds: 60)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let (members, period) = (context.integer("members"), context.span("period"))
        let processes = try NodeProcesses(
            program: BenchmarkProcesses.currentProgram,
            addresses: try NodeProcesses.freeAddresses(members),
            options: [
                "--protocol", NodeRequest.gossip, "--cluster", "\(StorePlan.cluster)",
                "--failure-timeout", "\(period.nanoseconds) ns",
            ], keepsRecords: false, below: directory.path)
        defer { processes.stop() }
        recorder.note("\(members) members in processes of one machine, over TCP on loopback")
        var watch = GossipWatch(processes, patience: patience)
        var generator = context.generator(for: "victims")
        let end = MonotonicClock.now + Span(nanoseconds: Int64(context.time.rawValue))
        // Whoever is to be missed has been heard of.
        try watch.look(for: period * 5)
        var (detections, spreads, returns): ([Double], [Double], [Double]) = ([], [], [])
        repeat {
            let victim = Int(generator.next(below: UInt64(members)))
            let killed = MonotonicClock.now
            try processes.kill(victim)
            let deaths = try watch.awaitAll(hold: victim, "dead", since: killed)
            detections.append(Double((deaths.max() ?? 0) - killed.nanoseconds))
            spreads.append(Double((deaths.max() ?? 0) - (deaths.min() ?? 0)))
            let started = MonotonicClock.now
            try processes.restart(victim)
            let returned = try watch.awaitAll(hold: victim, "alive", since: started)
            returns.append(Double((returned.max() ?? 0) - started.nanoseconds))
            try watch.look(for: period * 5)
        } while MonotonicClock.now < end
        let parameters = recorder.figureParameters()
        recorder.record("detection", parameters, samples: detections)
        recorder.record("spread", parameters, samples: spreads)
        recorder.record("return", parameters, samples: returns)
        recorder.record("false-deaths", parameters, samples: [Double(watch.falseDeaths)])
    }
}

/// What members hold each other for, followed as they say it.
struct GossipWatch {
    private let processes: NodeProcesses
    private let patience: Span
    /// By who holds whom for it.
    private var held: [[NodeSighting?]]
    /// Who was killed, and does not run.
    private var down: Int?
    /// How often a member that ran was held dead.
    private(set) var falseDeaths = 0

    init(_ processes: NodeProcesses, patience: Span) {
        self.processes = processes
        self.patience = patience
        let count = processes.count
        held = Array(repeating: Array(repeating: nil, count: count), count: count)
    }

    /// Follows them for a while.
    mutating func look(for span: Span) throws {
        let end = MonotonicClock.now + span
        while MonotonicClock.now < end { try step() }
    }

    /// Waits until all but `member` itself hold it for `status` since `begin` or later, and says since when
    /// each of them does.
    mutating func awaitAll(
        hold member: Int, _ status: String, since begin: Moment
    ) throws -> [Int64] {
        if status == "dead" { down = member }
        let others = held.indices.filter { $0 != member }
        let deadline = begin + patience
        while true {
            let since = others.compactMap { other -> Int64? in
                guard let sighting = held[other][member], sighting.status == status,
                    sighting.since >= begin.nanoseconds
                else { return nil }
                return sighting.since
            }
            if since.count == others.count {
                if status == "alive" { down = nil }
                return since
            }
            guard MonotonicClock.now < deadline else {
                throw GossipFailure.unnoticed(
                    member: member, status: status, by: others.count - since.count,
                    seconds: patience.inSeconds)
            }
            try step()
        }
    }

    private mutating func step() throws {
        if let (server, how) = processes.ownEnd() {
            throw StoreFailure.gone(server: server, how: "\(how)")
        }
        for (by, sighting) in processes.takeSightings() where sighting.node < held.count {
            held[by][sighting.node] = sighting
            if sighting.status == "dead", sighting.node != down { falseDeaths += 1 }
        }
        ReplicationProcesses.rest(.milliseconds(5))
    }
}

/// Why gossip over processes gave no figures.
enum GossipFailure: Error, CustomStringConvertible {
    /// So many did not notice for so long what became of a member.
    case unnoticed(member: Int, status: String, by: Int, seconds: Double)

    /// One line: what failed.
    var description: String {
        switch self {
        case .unnoticed(let member, let status, let by, let seconds):
            "\(by) members do not hold member \(member) \(status) after \(seconds) s"
        }
    }
}
