import Foundation
import Glibc
import Measurement
import Quantities
import Storage

/// Opening a key-value store that holds much: everything is read and checked, and the index is made.
enum StoreOpening: Benchmark {
    static let description = BenchmarkDescription(
        name: "storage.kv.recovery",
        summary: "opening the engine's key-value store, which reads all of it, beside reading its "
            + "files and doing nothing with them",
        parameters: [
            ParameterSpecification(
                "value", "bytes of a value; a key has \(StoreTraffic.keySize)",
                .integer(1...65536), default: "1024"),
            ParameterSpecification(
                "size", "mebibytes of records", .integer(1...16384), default: "256"),
            ParameterSpecification(
                "cache", "whether the files are in the page cache", .choice(["cold", "warm"]),
                default: "cold"),
        ],
        metrics: [
            MetricSpecification(
                "time", .nanoseconds, .lower, .sampled, "from opening until the store can be used"),
            MetricSpecification(
                "throughput", .bytesPerSecond, .higher, .sampled,
                "bytes of the store over that time"),
            MetricSpecification(
                "relative", .ratio, .lower, .sampled,
                "time over that of reading the same files in the same round"),
            MetricSpecification(
                "floor", .nanoseconds, .neither, .sampled,
                "reading the same files from beginning to end, a mebibyte at a time"),
        ],
        processingUnits: 1, floor: "reading the files", isBlocking: true)

    static func measure(in context: ForkContext, into recorder: inout Recorder) throws {
        let directory = try ForkDirectory(below: context.request.directory.path)
        defer { directory.remove() }
        let path = "\(directory.path)/store"
        let records = try fill(path, in: context)
        recorder.note("\(records) records of \(context.integer("value")) bytes")
        let files = try StoredFiles(path, isCold: context.text("cache") == "cold")
        let opening = OpeningTurns(path, files, records: records)
        let reading = ReadingTurns(files)
        var order = context.generator(for: "order")
        let turns = try OperationTiming(
            clock: context.clock, operationsPerTurn: 1, counters: context.counters
        ).run([opening, reading], for: context.time, order: &order)
        let parameters = recorder.figureParameters(without: [])
        let times = turns.filter { $0.contender == 0 }
        let floors = turns.filter { $0.contender == 1 }
        recorder.record("time", parameters, samples: times.map(\.mean))
        recorder.record(
            "throughput", parameters, samples: times.map { Double(files.bytes) / $0.mean * 1e9 })
        recorder.record(
            "relative", parameters,
            samples: times.compactMap { turn in
                floors.first { $0.round == turn.round }.map { turn.mean / $0.mean }
            })
        recorder.record("floor", parameters, samples: floors.map(\.mean))
    }

    /// Makes a store of the size that is asked for; gives how many records it has.
    private static func fill(_ path: String, in context: ForkContext) throws -> Int {
        let store = try KeyValueStore(
            path: path, options: .init(engine: .automatic, durability: .none))
        let value = AppendContender.record(of: context.integer("value"))
        let count = (context.integer("size") << 20) / (value.count + StoreTraffic.keySize + 32)
        var batch = WriteBatch()
        for number in 0..<max(1, count) {
            batch.put(StoreTraffic.key(UInt64(number)).span, value.span)
            if batch.count == 64 {
                try store.commit(batch)
                batch.removeAll()
            }
        }
        try store.commit(batch)
        try store.close()
        return max(1, count)
    }
}

/// The files of a store, and whether they are to be read from the device.
private final class StoredFiles {
    let paths: [String]
    let bytes: Int
    private let isCold: Bool

    init(_ directory: String, isCold: Bool) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        paths = names.filter { $0.hasSuffix(".segment") }.map { "\(directory)/\($0)" }
        bytes = try paths.reduce(0) { sum, path in
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            return sum + (attributes[.size] as? Int ?? 0)
        }
        self.isCold = isCold
    }

    /// Has the kernel drop what it holds of the files, if they are to be read from the device.
    func prepare() throws {
        guard isCold else { return }
        for path in paths {
            let file = unsafe Glibc.open(path, O_RDONLY)
            guard file >= 0 else { throw StoreUnavailable.failed("\(path) cannot be opened") }
            defer { close(file) }
            // What was not written back would stay.
            guard fsync(file) == 0, posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0 else {
                throw StoreUnavailable.failed("\(path) cannot be dropped from the page cache")
            }
        }
    }
}

/// Opens the store; closing it is not timed.
private final class OpeningTurns: TimedTurns {
    private let path: String
    private let files: StoredFiles
    private let records: Int

    init(_ path: String, _ files: StoredFiles, records: Int) {
        self.path = path
        self.files = files
        self.records = records
    }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        try files.prepare()
        let start = clock.begin()
        let store = try KeyValueStore(
            path: path,
            options: .init(engine: .portable, durability: .none, creation: .forbidden))
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        let found = store.recovery.records
        try store.close()
        guard found == records else {
            throw StoreUnavailable.failed("\(found) of \(records) records were found")
        }
        return [elapsed]
    }

    func performed(of operations: Int) -> Int { 1 }
}

/// Reads the files and does nothing with them.
private final class ReadingTurns: TimedTurns {
    private let files: StoredFiles
    private var chunk = [UInt8](repeating: 0, count: 1 << 20)

    init(_ files: StoredFiles) { self.files = files }

    func turn(operations: Int, clock: TickClock) throws -> [Double] {
        try files.prepare()
        let start = clock.begin()
        var total = 0
        for path in files.paths {
            let file = unsafe Glibc.open(path, O_RDONLY)
            guard file >= 0 else { throw StoreUnavailable.failed("\(path) cannot be opened") }
            defer { close(file) }
            while true {
                // The kernel stays within the array.
                let count = unsafe read(file, &chunk, chunk.count)
                guard count >= 0 else { throw StoreUnavailable.failed("\(path) cannot be read") }
                if count == 0 { break }
                total += count
            }
        }
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        guard total == files.bytes else {
            throw StoreUnavailable.failed("\(total) of \(files.bytes) bytes were read")
        }
        return [elapsed]
    }

    func performed(of operations: Int) -> Int { 1 }
}
