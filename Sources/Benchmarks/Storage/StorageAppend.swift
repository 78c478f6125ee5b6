import Hardware
import Measurement
import Quantities
import Storage

/// Latency of a durable append by one caller, engines side by side, cross-checked with fio.
enum StorageAppend: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.append",
        summary: "an append and its sync by one caller, to a file that grows, engines side by "
            + "side and fio beside them",
        parameters: [
            ParameterSpecification(
                "payload", "bytes of an append", .integer(1...1_048_576), default: "4096"),
            ParameterSpecification(
                "contenders",
                "ways to append and sync that run side by side; those that end in -ahead extend "
                    + "the file by \(AppendContender.step) of zeroes whenever it is full, which "
                    + "is part of their time",
                .subset(of: AppendContender.allCases.map(\.rawValue)),
                default: "io_uring,pwrite,io_uring-ahead,pwrite-ahead"),
            ParameterSpecification(
                "turn", "appends of one contender before the next one's turn",
                .integer(1...10_000), default: "50"),
        ],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "time of one append and sync; not for fio, which gives means only"),
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "durable appends a second, mean of a turn"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "mean of a turn over that of io_uring in the same round"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "an overwrite in place of a file filled before, and its sync: what the device "
                    + "takes when nothing but data changes"),
            MetricSpecification(
                "floor-syscall", .nanoseconds, .neither, .sampled,
                "the cheapest entry into the kernel"),
        ],
        processingUnits: 1,
        floor: "sync of the device",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let payload = context.integer("payload")
        let durability = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durability)")
        let names = context.words("contenders").compactMap(AppendContender.init(rawValue:))
        let floor = try Overwrites(path: "\(directory.path)/floor", payload: payload)
        var files: [DurableAppends] = []
        var contenders: [(name: String, turns: any TimedTurns)] = []
        for name in names {
            if let engine = name.fioEngine {
                guard let fio = FioAppends.installed else {
                    recorder.note("\(name.rawValue): left out, fio is not installed (apt: fio)")
                    continue
                }
                recorder.note("\(name.rawValue): \(fio.version), engine \(engine)")
                contenders.append(
                    (
                        name.rawValue,
                        FioTurns(
                            fio, engine: engine, directory: directory.path, payload: payload)
                    ))
            } else if let options = name.options {
                let file = try DurableAppends(
                    path: "\(directory.path)/\(name.rawValue)", options: options,
                    payload: payload)
                files.append(file)
                recorder.note("\(name.rawValue): \(file.engine)")
                contenders.append((name.rawValue, SingleOperations(file)))
            }
        }
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: context.integer("turn"),
            counters: context.counters,
            // Two processes that take a device in turns are not alike; of memory there is no state.
            processes: durability == Machine.Durability.memory.rawValue
                ? context.turns : nil
        ).run(
            contenders.map(\.turns) + [SingleOperations(floor)], for: context.time,
            order: &order)
        for file in files { try file.close() }
        let parameters = recorder.figureParameters(without: ["contenders"])
            .with("durability-class", durability)
        let analysis = TurnAnalysis(
            turns, contenders: contenders.map(\.name), parameters: parameters)
        // What fio does, it does in a process of its own, which is neither timed append by append
        // nor counted.
        let isOwn = { (name: String) in AppendContender(rawValue: name)?.fioEngine == nil }
        analysis.recordLatency("latency", of: isOwn, into: &recorder)
        analysis.recordThroughput(
            "throughput", counting: { name, _ in isOwn(name) }, into: &recorder)
        analysis.recordRatios(
            "relative", to: AppendContender.ioUring.rawValue, into: &recorder)
        recorder.record(
            "floor", parameters,
            samples: turns.filter { $0.contender == contenders.count }.flatMap(\.nanoseconds))
        try recordSystemCall(in: context, parameters, into: &recorder)
    }

    /// Records the cheapest entry into the kernel.
    static func recordSystemCall(
        in context: ForkContext, _ parameters: ParameterSet, into recorder: inout Recorder
    ) throws {
        var order = context.generator(for: "system call")
        let windows = try InterleavedMeasurement(
            clock: context.clock, processingUnit: context.processingUnit,
            window: .microseconds(500)
        ).run([LoopBody.repeating(CheapestSystemCall())], for: .zero, order: &order)
        recorder.record(
            "floor-syscall", parameters, samples: windows.map { $0.nanosecondsPerOperation })
    }
}
