import Cluster
import Hardware
import Measurement
import Network
import PeerServers
import Quantities
import Randomness
import Shen
import ShenRing
import StateMachines

/// Appends to a log whose replicas are processes, with the path of one through all rings: who owns the key, is
/// that one alive, the right to write, the replicas, and the right given back.
enum LogOverProcesses: Benchmark {
    static let replication = ParameterSpecification(
        "replication", "how replicas agree", .choice(Replication.allCases.map(\.rawValue)),
        default: "chain")

    static let description = BenchmarkDescription(
        name: "shen.append",
        summary:
            "an append to a log that processes of this machine replicate, ring by ring: the owner "
            + "of a key, whether it is alive, the right to write, the replicas; records and rights are "
            + "checked",
        parameters: [
            replication,
            ParameterSpecification(
                "replicas",
                "processes that have a copy, are on the token's ring and watch each other; one of them "
                    + "appends",
                .integer(3...15), default: "3"),
            ReplicationProcesses.durability,
            ParameterSpecification(
                "payload", "bytes of a record", .integer(16...1 << 16), default: "256"),
            ParameterSpecification(
                "rivals", "members elsewhere that want the right to write all the time",
                .integer(0...2), default: "0"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time of an append: the following but handover, one after the other, and reading the clock"
            ),
            MetricSpecification(
                "locate", .nanoseconds, .lower, .sampled,
                "Ankh: whose the key is, a call and a reading of the clock"),
            MetricSpecification(
                "alive", .nanoseconds, .lower, .sampled,
                "Sundial: whether that member is alive by what the process knows, and a reading of the "
                    + "clock"),
            MetricSpecification(
                "token", .nanoseconds, .lower, .sampled,
                "Cartouche: from asking for the right to write to having it"),
            MetricSpecification(
                "write", .nanoseconds, .lower, .sampled,
                "Ouroboros, or the quorum: from asking for the append to knowing the record's offset"
            ),
            MetricSpecification(
                "release", .nanoseconds, .lower, .sampled,
                "the right given back, as far as the append waits for it"),
            MetricSpecification(
                "handover", .nanoseconds, .lower, .sampled,
                "from giving the right back until a rival has it, where there is one"),
        ],
        processingUnits: 1,
        floor: "none of its own: net.tcp.rtt for each hop, and storage.sync", isBlocking: true)

    /// Appends that are not counted, while connections and caches come about.
    private static let warmUp = 20
    /// Shorter than this, a busy machine may not append once.
    private static let leastTime = Span.milliseconds(200)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let rings = try LogRings(context, below: directory.path)
        defer { rings.stop() }
        recorder.note(
            "the appending process on processing unit \(context.processingUnit), the others, one for "
                + "each ring and member, on \(rings.units); no network between")
        ReplicationProcesses.noteDurability(context, into: &recorder)
        try rings.begin()
        for number in 0..<warmUp { _ = try rings.append(number) }
        var appends: [RingAppend] = []
        let half = Span(nanoseconds: Int64(context.time.rawValue / 2))
        let end = MonotonicClock.now + max(leastTime, half)
        while MonotonicClock.now < end {
            appends.append(try rings.append(warmUp + appends.count))
        }
        let holds = try rings.check(&appends)
        recorder.note(
            "\(appends.count) records where they should be, \(holds) rights, no two at once")
        record(appends, recorder.figureParameters(), into: &recorder)
    }

    private static func record(
        _ appends: [RingAppend], _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        for step in RingAppend.Step.allCases {
            recorder.record(step.rawValue, parameters, samples: appends.map { $0.times[step] })
        }
        let whole = appends.map(\.latency)
        recorder.record("latency", parameters, samples: whole)
        var distribution = LatencyDistribution()
        for time in whole { distribution.record(nanoseconds: time) }
        recorder.record("latency", parameters, distribution: distribution)
        let handovers = appends.compactMap(\.handover)
        if handovers.isEmpty {
            recorder.note("handover: unavailable, no rival had the right between two appends")
        } else {
            recorder.record("handover", parameters, samples: handovers)
        }
    }
}

/// An append that was made.
struct RingAppend {
    /// What it consists of, by the name of its metric.
    enum Step: String, CaseIterable {
        case locate, alive, token, write, release
    }

    /// How long each step took, in nanoseconds.
    struct Times {
        private var values = [Double](repeating: 0, count: Step.allCases.count)

        subscript(step: Step) -> Double {
            get { values[Step.allCases.firstIndex(of: step) ?? 0] }
            set { values[Step.allCases.firstIndex(of: step) ?? 0] = newValue }
        }
    }

    /// Which record it was.
    let number: Int
    /// Where the record is.
    let offset: UInt64
    /// The right that it was made with.
    let hold: TokenHold
    let times: Times
    /// How long all of it took, in nanoseconds.
    let latency: Double
    /// How long it then took until a rival had the right, in nanoseconds; nil where none had before the next append.
    var handover: Double?
}

/// Why appends through all rings gave no figures.
enum RingAppendFailure: Error, CustomStringConvertible {
    /// A member that nobody has killed is not held for alive.
    case dead(member: Int)
    /// The right was not had for so long.
    case silent(seconds: Double)
    /// The right had ended before the record was known to be written.
    case late(number: Int)
    /// The record was not appended.
    case refused(number: Int, outcome: String)
    /// The record is not where the append said that it is.
    case elsewhere(number: Int, offset: UInt64)

    /// One line: what failed.
    var description: String {
        switch self {
        case .dead(let member): "member \(member) is held for dead, and nobody has killed it"
        case .silent(let seconds): "the right to write was not had for \(seconds) s"
        case .late(let number): "the right ended while record \(number) was being written"
        case .refused(let number, let outcome): "record \(number) was not appended: \(outcome)"
        case .elsewhere(let number, let offset): "record \(number) is not at offset \(offset)"
        }
    }
}
