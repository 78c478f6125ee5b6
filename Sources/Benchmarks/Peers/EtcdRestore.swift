import Measurement
import PeerServers
import Quantities

/// How long a member of an etcd cluster that was killed takes until it serves again all that there is.
enum EtcdRestore: Benchmark {
    static let description = BenchmarkDescription(
        name: "peer.etcd.restore",
        summary: "starts of a follower that was killed, in an etcd cluster that holds much and was "
            + "written to meanwhile, until it serves a read of the last write",
        parameters: [
            EtcdTrial.members,
            ParameterSpecification(
                "state", "mebibytes of values that the cluster holds", .integer(1...1500),
                default: "16"),
            ParameterSpecification(
                "missed", "writes that the follower has missed", .integer(1...1000),
                default: "1"),
            ParameterSpecification(
                "cache",
                "whether its files are in the page cache, as after the crash of a process, or on the "
                    + "device alone, as after that of a machine",
                .choice(["cold", "warm"]), default: "cold"),
        ],
        metrics: [
            MetricSpecification(
                "restore", .nanoseconds, .lower, .sampled,
                "from the start of its process to the answer to a linearizable read of the last "
                    + "write"),
            MetricSpecification(
                "rate", .bytesPerSecond, .higher, .sampled,
                "bytes of values over that time"),
        ],
        processingUnits: 1, floor: "reading the member's files", isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        try EtcdTrial.with(in: context, into: &recorder) { cluster, recorder in
            let state = context.integer("state")
            let count = try cluster.fill(mebibytes: state)
            let follower = (cluster.leader + 1) % cluster.servers.count
            recorder.note(
                "\(count) keys; a member's database has \(try cluster.databaseSize(of: follower)) "
                    + "bytes")
            var times: [Double] = []
            let end = ContinuousClock.now + .nanoseconds(Int64(context.time.rawValue))
            repeat {
                let time = try restore(
                    follower, in: cluster, round: times.count, missed: context.integer("missed"),
                    isCold: context.text("cache") == "cold")
                times.append(time.inNanoseconds)
            } while ContinuousClock.now < end
            let parameters = recorder.figureParameters()
            recorder.record("restore", parameters, samples: times)
            recorder.record(
                "rate", parameters, samples: times.map { Double(state << 20) / $0 * 1e9 })
        }
    }

    private static func restore(
        _ follower: Int, in cluster: EtcdCluster, round: Int, missed: Int, isCold: Bool
    ) throws(PeerFailure) -> Duration {
        try cluster.servers[follower].kill()
        let key = "/missed"
        for number in 0..<missed { try cluster.put(key, value(round, number)) }
        if isCold { try MeasuredFilesystem.dropCache(below: cluster.servers[follower].directory) }
        let begin = ContinuousClock.now
        try cluster.servers[follower].startAgain()
        try cluster.awaitRead(of: key, value(round, missed - 1), by: follower)
        return ContinuousClock.now - begin
    }

    private static func value(_ round: Int, _ number: Int) -> [UInt8] {
        Array("\(round).\(number)".utf8)
    }
}
