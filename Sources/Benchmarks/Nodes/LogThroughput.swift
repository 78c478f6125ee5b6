import Cluster
import Measurement
import Quantities
import Shen
import StateMachines

/// How many records a log takes and gives whose replicas are processes.
enum LogThroughput: Benchmark {
    static let description = BenchmarkDescription(
        name: "shen.throughput",
        summary:
            "batches appended to a log that processes of this machine replicate, and read from the "
            + "replica of the process that appends; every record is checked",
        parameters: [
            LogOverProcesses.replication, ReplicationProcesses.replicas,
            ReplicationProcesses.durability,
            ParameterSpecification(
                "payload", "bytes of a record", .integer(8...1 << 14), default: "16"),
            ParameterSpecification(
                "batch", "records of an append", .integer(1...1 << 10), default: "256"),
            ParameterSpecification(
                "window", "appends that are unanswered at once, of which a replica has 5 under way",
                .integer(1...1024), default: "16"),
        ],
        metrics: [
            MetricSpecification(
                "write", .operationsPerSecond, .higher, .sampled,
                "records appended a second, mean of 50 ms (a closed loop)"),
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time from asking for an append to knowing its offset (a closed loop), of 20000 at most "
                    + "that are evenly spread"),
            MetricSpecification(
                "read", .operationsPerSecond, .higher, .sampled,
                "records read a second from the first to the last, by a subscription, from files that are "
                    + "in memory"),
        ],
        processingUnits: 1,
        floor: "none of its own: net.tcp.throughput for what is sent, and storage.append",
        isBlocking: true)

    private static let most = 20_000
    /// How often all of it is read at least.
    private static let leastPasses = 3
    /// Shorter than this, a busy machine may not append once.
    private static let leastTime = Span.milliseconds(200)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        guard let replication = Replication(rawValue: context.text("replication")) else {
            preconditionFailure("no replication is called \(context.text("replication"))")
        }
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let (batch, window) = (context.integer("batch"), context.integer("window"))
        let log = try LogProcesses(
            context, .init(batch: batch, payload: context.integer("payload")),
            by: replication, silence: .seconds(1), below: directory.path)
        defer { log.stop() }
        try ReplicationProcesses.notePlaces(context, into: &recorder)
        let quarter = Span(nanoseconds: Int64(context.time.rawValue / 4))
        let begin = MonotonicClock.now
        let end = begin + max(leastTime, quarter)
        while MonotonicClock.now < end {
            log.ask()
            try log.awaitAnswers(leaving: window - 1)
        }
        try log.awaitAnswers(leaving: 0)
        let parameters = recorder.figureParameters()
        record(
            log.done.filter { $0.asked >= begin }, batch, begin..<end, parameters, into: &recorder)
        recorder.note("\(try log.check()) records are where they should be")
        recorder.record(
            "read", parameters, samples: try passes(over: log.server.log, for: quarter))
    }

    private static func record(
        _ done: [LogProcesses.Done], _ batch: Int, _ time: Range<Moment>,
        _ parameters: ParameterSet,
        into recorder: inout Recorder
    ) {
        let rates = AnswerFigures.rates(
            of: done.lazy.map(\.answered), from: time.lowerBound, to: time.upperBound,
            in: .milliseconds(50))
        recorder.record("write", parameters, samples: rates.map { $0 * Double(batch) })
        let waits = done.map { ($0.answered - $0.asked).inNanoseconds }
        recorder.record("latency", parameters, samples: AnswerFigures.spread(waits, atMost: most))
        var distribution = LatencyDistribution()
        for wait in waits { distribution.record(nanoseconds: wait) }
        recorder.record("latency", parameters, distribution: distribution)
    }

    /// Records read a second, in each pass over all of them.
    private static func passes(over log: SegmentedLog, for time: Span) throws -> [Double] {
        let offsets = log.offsets
        let end = MonotonicClock.now + time
        var rates: [Double] = []
        repeat {
            let start = MonotonicClock.now
            var cursor = try log.subscribe(from: offsets.lowerBound)
            while cursor.position < offsets.upperBound {
                _ = try cursor.next(upTo: .kibibytes(256))
            }
            rates.append(Double(offsets.count) / (MonotonicClock.now - start).inSeconds)
        } while rates.count < leastPasses || MonotonicClock.now < end
        return rates
    }
}
