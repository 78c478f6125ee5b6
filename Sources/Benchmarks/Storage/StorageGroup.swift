import Counters
import Foundation
import Hardware
import Measurement
import Quantities
import Statistics
import Storage
import Synchronization

/// Throughput of durable appends by many callers, who share syncs or do not.
enum StorageGroup: Benchmark {
    /// The contender of one caller with a sync for each append.
    private static let alone = "alone"

    static let description = BenchmarkDescription(
        name: "storage.group",
        summary: "durable appends a second by many callers of one file, each with a sync of its "
            + "own or sharing syncs by group commit",
        parameters: [
            ParameterSpecification(
                "payload", "bytes of an append", .integer(1...1_048_576), default: "256"),
            ParameterSpecification(
                "callers", "threads that append and wait", .integer(1...256), default: "16"),
            ParameterSpecification(
                "contenders",
                "durabilities that run side by side; alone is each with a single caller, whatever "
                    + "callers says: the device's sync rate for this append",
                .subset(of: ["group", "each", alone]), default: "group,each,alone"),
            GroupDelay.parameter,
            ParameterSpecification(
                "engine", "way to the kernel", .choice(["io_uring", "portable"]),
                default: "io_uring"),
        ],
        metrics: [
            MetricSpecification(
                "throughput", .operationsPerSecond, .higher, .sampled,
                "durable appends of all callers a second, mean of a window"),
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled,
                "what one caller waits for its append to be durable: means of turns, which "
                    + "callers over throughput comes to; a closed loop, so a stall delays the "
                    + "next as well"),
            MetricSpecification(
                "wait", .nanoseconds, .lower, .sampled,
                "the single waits that latency is the mean of, for percentiles; where one caller "
                    + "is served again and again before the next, few are long"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time over that of group in the same round"),
            MetricSpecification(
                "efficiency", .ratio, .higher, .sampled,
                "throughput over callers times that of alone in the same round: 1 where every sync "
                    + "is shared by all callers and takes no longer for it"),
            MetricSpecification(
                "group-size", .count(of: "appends"), .neither, .sampled,
                "appends that shared a sync, mean over the turns that ran steadily"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "an overwrite in place of a file filled before, and its sync, by one caller"),
        ],
        processingUnits: 1,
        floor: "sync of the device, over the callers that share it",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let durabilityClass = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durabilityClass)")
        let names = context.words("contenders")
        let processingUnits = try ThreadBinding.allowedPUs()
        recorder.note("callers may run on processing units \(processingUnits)")
        let floor = try FloorTurns(
            path: "\(directory.path)/floor", payload: context.integer("payload"))
        let mostSyncs = try mostSyncs(of: floor, in: context)
        let bodies = try names.map { name in
            try appends(
                name, path: "\(directory.path)/\(name)", in: context, on: processingUnits,
                mostSyncs: mostSyncs)
        }
        var order = context.generator(for: "order")
        // A caller has one append in a group at most, so a turn has as many syncs as a caller has
        // appends on average, or more.
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: context.integer("callers") * 32,
            counters: context.counters
        ).run(bodies + [floor], for: context.time, order: &order)
        let parameters = recorder.figureParameters(without: ["contenders"])
            .with("durability-class", durabilityClass)
        let analysis = TurnAnalysis(turns, contenders: names, parameters: parameters)
        analysis.recordThroughput(
            "throughput", counting: { _, reading in isOfAllThreads(reading) }, into: &recorder)
        if context.counters != nil {
            recorder.note(
                "of counters, only what the engine publishes is given per append: the callers are "
                    + "threads of their own, and the measuring thread waits while they work")
        }
        analysis.recordRatios("relative", to: "group", into: &recorder)
        analysis.recordEfficiency(
            "efficiency", of: context.integer("callers"), to: alone, into: &recorder)
        for (index, (name, body)) in zip(names, bodies).enumerated() {
            body.recordLatency(
                from: analysis.firstSteadyRound(of: index),
                parameters.with("contender", name), doubts: analysis.doubts(about: index),
                into: &recorder)
            recorder.record(
                "group-size", parameters.with("contender", name),
                samples: [body.groupSize(from: analysis.firstSteadyRound(of: index))])
            try body.close()
        }
        recorder.record(
            "floor", parameters,
            samples: turns.filter { $0.contender == names.count }.flatMap(\.nanoseconds))
    }

    /// Whether a count holds what every caller did. What the engine publishes does; the processor's
    /// and the kernel's events were counted on the measuring thread, which waits meanwhile.
    private static func isOfAllThreads(_ reading: CounterReading) -> Bool {
        if case .published = reading.name { true } else { false }
    }

    /// How many syncs fit into a 25th of the time on this device, by a few that are timed before
    /// the measurement, so that there are turns enough to tell steadiness; at least 64.
    private static func mostSyncs(of floor: FloorTurns, in context: ForkContext) throws -> Int {
        let times = try floor.turn(operations: FloorTurns.most, clock: context.clock)
        let mean = times.reduce(0, +) / Double(times.count)
        return max(64, Int(context.time.rawValue / 25 / max(mean, 1)))
    }

    private static func appends(
        _ name: String, path: String, in context: ForkContext, on processingUnits: CPUSet,
        mostSyncs: Int
    ) throws -> ConcurrentAppends {
        let hasOwnSync = name != "group"
        return try ConcurrentAppends(
            path: path, callers: name == alone ? 1 : context.integer("callers"),
            on: processingUnits,
            payload: context.integer("payload"),
            engine: context.text("engine") == "portable" ? .portable : .ioUring,
            durability: hasOwnSync
                ? .each : .group(maxDelay: GroupDelay.value(in: context)),
            most: hasOwnSync ? mostSyncs : .max)
    }
}

/// Overwrites and their syncs by one thread, few enough a turn to take little of the time.
private final class FloorTurns: TimedTurns {
    /// How many a turn has at most.
    static let most = 32

    private let overwrites: SingleOperations<Overwrites>

    init(path: String, payload: Int) throws {
        overwrites = SingleOperations(try Overwrites(path: path, payload: payload))
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        try overwrites.turn(operations: performed(of: operations), clock: clock)
    }

    func performed(of operations: Int) -> Int { min(operations, FloorTurns.most) }
}

/// Appends by several threads at once to one of the engine's files.
private final class ConcurrentAppends: TimedTurns {
    private let file: SharedAppendFile
    private let callers: Int
    private let processingUnits: CPUSet
    private let most: Int
    private let record: [UInt8]
    /// What the appends of each turn took.
    private var turns: [GroupTurn] = []
    /// What was committed when each turn began, and at the end of the last one.
    private var committed: [CommitStatistics] = []
    /// The same, for who reads PAPI.
    private let published: [PublishedCounters.Source]

    /// Opens the file at `path` for `callers` threads that may run on any of `processingUnits` and
    /// append `most` times in a turn at most, all together.
    init(
        path: String, callers: Int, on processingUnits: CPUSet, payload: Int,
        engine: AppendFile.EngineChoice, durability: Durability, most: Int
    ) throws {
        file = try SharedAppendFile(
            path: path, options: AppendFile.Options(engine: engine, creation: .required),
            durability: durability)
        published = EngineCounter.publish(file)
        self.callers = callers
        self.processingUnits = processingUnits
        self.most = most
        record = AppendContender.record(of: payload)
        committed.append(file.statistics)
    }

    /// Lets the callers make `operations` appends together; gives the mean time of one.
    ///
    /// Who is free takes the next, so that all callers are there until the last append is taken:
    /// with a share for each, those who had done theirs would leave the others a shorter queue.
    ///
    /// The threads are started and bound before the clock is read and wait at a gate, so that only
    /// appends are timed. They would inherit the binding of this thread, to one processing unit.
    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        let total = performed(of: operations)
        let gate = Gate(appends: total)
        let finished = DispatchGroup()
        for _ in 0..<callers {
            finished.enter()
            let thread = Thread { [file, record, processingUnits, callers] in
                var waits: [Double] = []
                waits.reserveCapacity(2 * total / callers)
                do {
                    defer { gate.pass() }
                    try ThreadBinding.bindCurrentThread(to: processingUnits)
                } catch {
                    gate.fail(error)
                    return finished.leave()
                }
                do {
                    while gate.takesAppend() {
                        let start = clock.begin()
                        _ = try file.append(record.span)
                        waits.append(clock.nanoseconds(from: start, to: clock.end()))
                    }
                    gate.keep(waits)
                } catch {
                    gate.fail(error)
                }
                finished.leave()
            }
            thread.start()
        }
        gate.awaitArrivals(callers)
        let start = clock.begin()
        gate.open()
        finished.wait()
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        if let failure = gate.failure { throw failure }
        committed.append(file.statistics)
        turns.append(GroupTurn(waits: gate.waits, elapsed: elapsed))
        return [elapsed / Double(total)]
    }

    /// What the callers do all together, at least one each.
    func performed(of operations: Int) -> Int { max(callers, min(operations, most)) }

    /// Records what appends took their callers in the turns from `first` on; those before are the
    /// warm-up. `doubts` are those about the turns.
    func recordLatency(
        from first: Int, _ parameters: ParameterSet, doubts: [String], into recorder: inout Recorder
    ) {
        let start = min(first, turns.count)
        let latency = GroupLatency(callers: callers, turns: turns[start...])
        recorder.record(
            "latency", parameters, samples: turns[start...].map(\.meanWait),
            warmup: turns[..<start].map(\.meanWait), doubts: doubts + latency.meanDoubts)
        var distribution = LatencyDistribution()
        for wait in latency.waits { distribution.record(nanoseconds: wait) }
        recorder.record(
            "wait", parameters, distribution: distribution, doubts: doubts + latency.waitDoubts)
    }

    /// The mean number of appends that shared a sync in the turns from `first` on.
    func groupSize(from first: Int) -> Double {
        guard committed.indices.contains(first) else { return 1 }
        let (before, after) = (committed[first], committed[committed.count - 1])
        let groups = after.groups - before.groups
        return groups > 0 ? Double(after.appends - before.appends) / Double(groups) : 1
    }

    /// Closes the file.
    func close() throws { try file.close() }
}

/// Where the callers of a turn wait for each other, and where the first failure is kept.
private final class Gate: Sendable {
    private struct State {
        var arrived = 0
        var isOpen = false
        var waits: [Double] = []
        var failure: (any Error)?
    }

    private let state = Mutex(State())
    private let semaphore = DispatchSemaphore(value: 0)
    /// How many appends nobody has taken yet; below 0 once callers have found that out.
    private let left: Atomic<Int>

    init(appends: Int) { left = Atomic(appends) }

    /// Takes an append for the calling thread; `false` when all are taken.
    func takesAppend() -> Bool {
        // Nothing but the number is shared by it.
        left.wrappingSubtract(1, ordering: .relaxed).newValue >= 0
    }

    var failure: (any Error)? { state.withLock { $0.failure } }

    /// What the appends of all callers took.
    var waits: [Double] { state.withLock { $0.waits } }

    /// Keeps what a caller's appends took.
    func keep(_ waits: [Double]) { state.withLock { $0.waits += waits } }

    func pass() {
        state.withLock { $0.arrived += 1 }
        semaphore.wait()
        // The next caller waits behind this one.
        semaphore.signal()
    }

    func awaitArrivals(_ count: Int) {
        while state.withLock({ $0.arrived }) < count { sched_yield() }
    }

    func open() { semaphore.signal() }

    func fail(_ error: any Error) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
    }
}
