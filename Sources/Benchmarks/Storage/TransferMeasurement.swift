import Hardware
import Measurement
import Quantities
import Storage

/// What `storage.read` and `storage.write` have in common: contenders that take turns at one file.
enum TransferMeasurement {
    /// The parameters of both, with the contenders of one.
    static func parameters(
        _ contenders: [TransferContender], default chosen: String
    ) -> [ParameterSpecification] {
        [
            ParameterSpecification(
                "block", "bytes of a transfer", .integer(512...1_048_576), default: "4096"),
            ParameterSpecification(
                "depth",
                "transfers under way at once; those that do one at a time are left out "
                    + "above 1", .integer(1...256), default: "1"),
            ParameterSpecification(
                "batch",
                "requests that the engine's ring, and fio where it is tuned like it, gathers "
                    + "before they are handed over; fio by itself hands over each",
                .integer(1...256), default: "4"),
            ParameterSpecification(
                "access", "by the page cache, which holds the whole file, or past it (O_DIRECT)",
                .choice(["buffered", "direct"]), default: "buffered"),
            ParameterSpecification(
                "size", "mebibytes of the file", .integer(1...4096), default: "64"),
            ParameterSpecification(
                "turn", "how long one contender works before the next one's turn",
                .duration(.milliseconds(1) ... .seconds(10)), default: "100 ms"),
            ParameterSpecification(
                "contenders", "ways to transfer that run side by side",
                .subset(of: contenders.map(\.rawValue)), default: chosen),
        ]
    }

    /// The figures of both.
    static let metrics = [
        MetricSpecification(
            "throughput", .operationsPerSecond, .higher, .sampled,
            "transfers a second, mean of a turn"),
        MetricSpecification(
            "latency", .nanoseconds, .lower, .sampled,
            "what one transfer takes from being asked for to being done, means of turns; "
                + "percentiles from single ones, of which fio gives none"),
        MetricSpecification(
            "relative", .ratio, .lower, .sampled,
            "time of a transfer over that of io_uring in the same round"),
        MetricSpecification(
            "floor-syscall", .nanoseconds, .neither, .sampled, "the cheapest entry into the kernel"),
    ]

    /// Lets the contenders of `context` do the job, and records the figures.
    static func measure(
        _ direction: TransferJob.Direction, isDurable: Bool, in context: ForkContext,
        into recorder: inout Recorder
    ) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let durability = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durability)")
        let job = TransferJob(
            direction: direction, block: context.integer("block"),
            depth: context.integer("depth"), batch: context.integer("batch"),
            size: max(context.integer("size") << 20, context.integer("block")),
            isDirect: context.text("access") == "direct", isDurable: isDurable,
            turn: context.duration("turn"), path: "\(directory.path)/file")
        try job.makeFile()
        if let refusal = try refusalOfDirect(job) {
            for metric in metrics { recorder.note("\(metric.name): unavailable, \(refusal)") }
            return
        }
        let (names, bodies) = try contenders(of: job, in: context, &recorder)
        guard !bodies.isEmpty else {
            for metric in metrics {
                recorder.note("\(metric.name): unavailable, no contender can take part")
            }
            return
        }
        var order = context.generator(for: "order")
        // A turn is long, and one of fio's takes half a second more to start. Steadiness can be told
        // from ten rounds on, which is what the time of a workload with fio is for.
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: 1, leastRounds: 2,
            counters: context.counters
        ).run(bodies, for: context.time, order: &order)
        for (name, body) in zip(names, bodies) { recorder.note("\(name): \(body.engine)") }
        let parameters = recorder.figureParameters(without: ["contenders", "turn"])
            .with("durability-class", durability)
        let analysis = TurnAnalysis(turns, contenders: names, parameters: parameters)
        // fio works in a process of its own and the worker in a thread of its own, which are not
        // counted.
        analysis.recordThroughput(
            "throughput",
            counting: { name, _ in name != "worker" && !name.hasPrefix("fio-") }, into: &recorder)
        analysis.recordRatios(
            "relative", to: TransferContender.ioUring.rawValue, into: &recorder)
        for (index, body) in bodies.enumerated() {
            recordLatency(of: body, index, analysis, parameters, into: &recorder)
        }
        try StorageAppend.recordSystemCall(in: context, parameters, into: &recorder)
    }

    /// Why the filesystem does not let the job pass the page cache by.
    private static func refusalOfDirect(_ job: TransferJob) throws -> StorageError? {
        guard job.isDirect else { return nil }
        do throws(StorageError) {
            var ring = try FileRing(options: .init(engine: .portable, depth: 1))
            try ring.close(try ring.open(job.path, options: job.options))
            return nil
        } catch {
            guard case .directRefused = error else { throw error }
            return error
        }
    }

    private static func contenders(
        of job: TransferJob, in context: ForkContext, _ recorder: inout Recorder
    ) throws -> ([String], [TransferTurns]) {
        var names: [String] = []
        var bodies: [TransferTurns] = []
        for contender in context.words("contenders").compactMap(TransferContender.init(rawValue:)) {
            do {
                bodies.append(try contender.turns(of: job, in: context))
                names.append(contender.rawValue)
            } catch let absent as TransferContender.Absent {
                recorder.note("\(contender.rawValue): left out, \(absent)")
            }
        }
        return (names, bodies)
    }

    private static func recordLatency(
        of body: TransferTurns, _ index: Int, _ analysis: TurnAnalysis,
        _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        let parameters = parameters.with("contender", analysis.contenders[index])
        let start = min(analysis.firstSteadyRound(of: index), body.latencies.count)
        let (warmup, steady) = (body.latencies[..<start], body.latencies[start...])
        recorder.record(
            "latency", parameters, samples: steady.map(\.mean), warmup: warmup.map(\.mean),
            doubts: analysis.doubts(about: index))
        let samples = steady.flatMap(\.samples)
        guard !samples.isEmpty else { return }
        var distribution = LatencyDistribution()
        for sample in samples { distribution.record(nanoseconds: sample) }
        recorder.record(
            "latency", parameters, distribution: distribution,
            doubts: analysis.doubts(about: index))
    }
}
