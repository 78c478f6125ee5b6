import CNilometerShims
import Glibc
import Measurement
import Quantities
import Storage

/// Where the time of a sync goes: variants side by side, of which neighbours differ in one thing.
enum StorageSync: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.sync",
        summary: "making a block durable, one caller, in ways that differ in what the filesystem "
            + "and the device have to do, side by side",
        parameters: [
            ParameterSpecification(
                "payload", "bytes of a write, a multiple of 4096 for those past the page cache",
                .integer(1...1_048_576), default: "4096"),
            ParameterSpecification(
                "contenders", "ways that run side by side",
                .subset(of: SyncVariant.allCases.map(\.rawValue)),
                default: SyncVariant.allCases.map(\.rawValue).joined(separator: ",")),
            ParameterSpecification(
                "turn", "operations of one way before the next one's turn", .integer(1...10_000),
                default: "20"),
        ],
        distinctions: ["part"],
        metrics: [
            MetricSpecification(
                "latency", .nanoseconds, .lower, .sampled, "time of one operation"),
            MetricSpecification(
                "added", .nanoseconds, .lower, .sampled,
                "median of a turn less that of overwrite in the same round: what the filesystem "
                    + "does beside the data; less than nothing for what leaves a part out"),
            MetricSpecification(
                "share", .percent, .neither, .sampled,
                "a part of an append in per cent, by differences of turns of one round: "
                    + "system-calls (memory), device-write (direct-write beyond those), "
                    + "device-flush (overwrite beyond direct-write), journal (append beyond "
                    + "overwrite)"),
        ],
        processingUnits: 1,
        floor: "the device's write and flush",
        isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let durability = context.request.directory.durability
        recorder.note("durability class of the measured directory: \(durability)")
        var names: [String] = []
        var bodies: [VariantTurns] = []
        for variant in context.words("contenders").compactMap(SyncVariant.init(rawValue:)) {
            guard !variant.isInMemory || MemoryFilesystem.isThere else {
                recorder.note("\(variant.rawValue): left out, /dev/shm is no directory in memory")
                continue
            }
            do {
                bodies.append(
                    VariantTurns(
                        try VariantFile(
                            variant,
                            directory: variant.isInMemory
                                ? MemoryFilesystem.path : directory.path,
                            payload: context.integer("payload"),
                            operations: context.integer("turn"))))
                names.append(variant.rawValue)
            } catch let error as StorageError {
                // What one filesystem lacks, such as direct I/O or allocation, the others do without.
                recorder.note("\(variant.rawValue): left out, \(error)")
            }
        }
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: context.integer("turn"),
            counters: context.counters
        ).run(bodies, for: context.time, order: &order)
        let parameters = recorder.figureParameters(without: ["contenders", "turn"])
            .with("durability-class", durability)
        let analysis = TurnAnalysis(turns, contenders: names, parameters: parameters)
        analysis.recordLatency("latency", of: { _ in true }, into: &recorder)
        record(SyncParts(turns, names), parameters, into: &recorder)
    }

    private static func record(
        _ parts: SyncParts, _ parameters: ParameterSet, into recorder: inout Recorder
    ) {
        var hasAdded = false
        for name in parts.names where name != SyncVariant.overwrite.rawValue {
            let samples = parts.beyond(SyncVariant.overwrite.rawValue, name)
            guard !samples.isEmpty else { continue }
            hasAdded = true
            recorder.record("added", parameters.with("contender", name), samples: samples)
        }
        if !hasAdded { recorder.note("added: unavailable, nothing ran beside overwrite") }
        let shares = parts.shares()
        for share in shares {
            recorder.record(
                "share", parameters.with("part", share.part), samples: share.percent)
        }
        if shares.isEmpty {
            recorder.note(
                "share: unavailable, it needs append, overwrite, direct-write and memory")
        }
    }
}

/// What the parts of an append take, by differences of turns of one round.
struct SyncParts {
    let names: [String]
    /// The median of each way's turn, by round.
    private let rounds: [[String: Double]]

    init(_ turns: [OperationTiming.Turn], _ names: [String]) {
        self.names = names
        var rounds: [[String: Double]] = []
        for turn in turns {
            while rounds.count <= turn.round { rounds.append([:]) }
            rounds[turn.round][names[turn.contender]] = turn.median
        }
        self.rounds = rounds
    }

    /// How much longer `name` took than `base`, round by round.
    func beyond(_ base: String, _ name: String) -> [Double] {
        rounds.compactMap { round in
            guard let time = round[name], let other = round[base] else { return nil }
            return time - other
        }
    }

    /// The parts of an append in per cent, round by round; together they are the whole.
    func shares() -> [(part: String, percent: [Double])] {
        var shares: [(part: String, percent: [Double])] = []
        let parts: [(String, SyncVariant, SyncVariant?)] = [
            ("system-calls", .memory, nil), ("device-write", .write, .memory),
            ("device-flush", .overwrite, .write), ("journal", .append, .overwrite),
        ]
        for (part, upper, lower) in parts {
            let percent: [Double] = rounds.compactMap { round in
                guard let whole = round[SyncVariant.append.rawValue],
                    let upper = round[upper.rawValue],
                    let lower = lower.map({ round[$0.rawValue] }) ?? 0
                else { return nil }
                return (upper - lower) / whole * 100
            }
            guard !percent.isEmpty else { return [] }
            shares.append((part, percent))
        }
        return shares
    }
}

extension OperationTiming.Turn {
    /// The middle time of the turn's operations.
    fileprivate var median: Double {
        let sorted = nanoseconds.sorted()
        return sorted[sorted.count / 2]
    }
}

/// Turns of one variant.
private final class VariantTurns: TimedTurns {
    private let file: VariantFile

    init(_ file: VariantFile) { self.file = file }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        try file.makeRoom(for: operations)
        var times: [Double] = []
        times.reserveCapacity(operations)
        for _ in 0..<operations {
            let start = clock.begin()
            try file.perform()
            times.append(clock.nanoseconds(from: start, to: clock.end()))
        }
        return times
    }
}

/// Whether there is a filesystem in memory where everybody may make files.
private enum MemoryFilesystem {
    static let path = "/dev/shm"

    static var isThere: Bool {
        let directory = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return false }
        defer { close(directory) }
        var facts = nilometer_file_facts()
        // The structure and the path are valid for the calls.
        return unsafe nilometer_file_facts(directory, &facts) == 0 && facts.is_in_memory
            && access(path, W_OK) == 0
    }
}
