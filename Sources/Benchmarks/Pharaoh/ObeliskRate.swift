import Hardware
import Measurement
import PeerServers
import Quantities

/// Numbers that never repeat, by what is done for each, beside PostgreSQL's and Redis's.
enum ObeliskRate: Benchmark {
    private static let own = ObeliskContender.allCases.map(\.rawValue)
    private static let servers =
        PostgresNextval.Way.allCases.map(\.rawValue) + [RedisIncrement.durable]

    static let description = BenchmarkDescription(
        name: "obelisk.rate",
        summary:
            "numbers that never repeat, from the engine's sequencer in each of its modes, "
            + "from the published algorithm, and from servers of the suite's own",
        parameters: PeerSetting.parameters(transport: .unix) + [
            ParameterSpecification(
                "reservation", "values that reserve makes durable at once",
                .integer(1...1_073_741_824), default: "4096"),
            GroupDelay.parameter,
            ParameterSpecification(
                "cache",
                "numbers that a connection takes at once from PostgreSQL's cached sequence",
                .integer(2...10_000), default: "32"),
            ParameterSpecification(
                "contenders",
                "ways to a number that run side by side; of these only memory, and nextval of a "
                    + "server that dies before its log is written, forget numbers",
                .subset(of: own + servers), default: "each,each-alone,group,reserve,append,nextval"),
        ],
        metrics: PeerSetting.metrics + [
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time over that of each, which has a sync for every number, in the same round"),
            MetricSpecification(
                "efficiency", .ratio, .higher, .sampled,
                "throughput over clients times that of each-alone in the same round: 1 where every "
                    + "sync is shared by all callers and takes no longer for it"),
        ],
        processingUnits: 1,
        floor: "for servers a round trip of the same bytes; for each a sync of the device; for "
            + "reserve a counter in memory",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try PeerContest.measure(in: context, isDurable: true, into: &recorder) {
            contest, recorder in
            recorder.note(
                "the engine's sequencer is called in the process, by as many threads as servers have "
                    + "clients; servers have a socket and a protocol besides")
            let units = try ThreadBinding.allowedPUs()
            let words = context.words("contenders")
            for contender in words.compactMap(ObeliskContender.init(rawValue:)) {
                let opened = try contender.open(
                    at: "\(contest.setting.directory)/\(contender.rawValue)",
                    callers: contest.setting.clients, units: units,
                    reservation: UInt64(context.integer("reservation")),
                    maxDelay: GroupDelay.value(in: context))
                contest.addOwn(
                    contender.rawValue, opened.turns, isTimedSingly: contender.isTimedSingly,
                    close: opened.close)
            }
            contest.reference = ObeliskContender.each.rawValue
            contest.alone = ObeliskContender.alone.rawValue
            let ways = words.compactMap(PostgresNextval.Way.init(rawValue:))
            if !ways.isEmpty {
                try PostgresNextval.addAll(
                    ways, cache: context.integer("cache"), to: &contest, into: &recorder)
            }
            if words.contains(RedisIncrement.durable) {
                let setting = contest.setting
                try contest.add(RedisIncrement.durable, into: &recorder) {
                    try RedisIncrement.start(.always, setting)
                }
            }
        }
    }
}
