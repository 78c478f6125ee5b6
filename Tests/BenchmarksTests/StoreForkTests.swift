import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Testing

@testable import Benchmarks

/// Benchmarks of key-value stores as `nilometer run` measures them, and the stores behind them.
@Suite(.serialized) struct StoreForkTests {
    private let directory = "/tmp/nilometer-stores-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: "\(directory)/scratch", withIntermediateDirectories: true)
    }

    private func measure(
        _ name: String, _ values: [(String, String)]
    ) throws -> ForkRecord {
        let benchmark = try #require(BenchmarkCatalogue.descriptions.first { $0.name == name })
        var parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
        for (key, value) in values { parameters = parameters.with(key, value) }
        let request = ForkRequest(
            benchmark: name, parameters: parameters, fork: 0, seed: 5,
            time: Nanoseconds.milliseconds(20).rawValue,
            processingUnits: try ThreadBinding.allowedPUs().indexes,
            directory: .init(path: directory, durability: "unknown"), parent: getpid())
        return try ForkProcess(
            executable: BuiltProgram.path, scratch: "\(directory)/scratch"
        ).run(request, shouldStop: { false })
    }

    /// A store's contender takes part, or the notes say what it lacks.
    private func check(
        _ record: ForkRecord, _ kinds: [StoreKind] = StoreKind.allCases, metrics: Set<String>
    ) {
        for kind in kinds {
            let isThere = record.series.contains { $0.parameters["contender"] == kind.rawValue }
            let isMissed = record.notes.contains {
                $0.hasPrefix("\(kind.rawValue): unavailable") && $0.contains("apt: lib")
            }
            #expect(isThere != isMissed, "\(kind)")
        }
        #expect(record.series.contains { $0.parameters["contender"] == "nilometer" })
        #expect(metrics.isSubset(of: Set(record.series.map(\.metric))))
        #expect(
            record.series.allSatisfy { !$0.samples.isEmpty && $0.samples.allSatisfy { $0 > 0 } })
    }

    @Test(arguments: ["uniform", "zipf"])
    func `durable puts by many callers give throughput`(pattern: String) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let record = try measure(
            "storage.kv.put", [("callers", "3"), ("keys", "50"), ("pattern", pattern)])
        check(record, metrics: ["throughput", "floor"])
    }

    @Test func `values that were put are read by one caller and by several`() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        for callers in ["1", "2"] {
            let record = try measure("storage.kv.get", [("callers", callers), ("keys", "200")])
            check(record, StoreKind.readers, metrics: ["throughput"])
        }
    }

    @Test(arguments: ["cold", "warm"])
    func `opening a store is timed beside reading its files`(cache: String) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let record = try measure("storage.kv.recovery", [("size", "1"), ("cache", cache)])
        #expect(
            Set(record.series.map(\.metric)) == ["time", "throughput", "relative", "floor"])
    }

    @Test(arguments: StoreKind.allCases)
    func `every store gives back what was put, also after it was opened again`(
        kind: StoreKind
    ) throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store: any StoreContender
        do {
            store = try kind.open(in: directory, isDurable: true, threads: 2)
        } catch StoreUnavailable.absent(_, let package) {
            #expect(package.hasPrefix("lib"))
            return
        }
        let (one, other) = (StoreTraffic.key(1), StoreTraffic.key(1 << 40))
        let (short, long) = ([UInt8](repeating: 3, count: 10), [UInt8](repeating: 0, count: 5000))
        try store.put(one.span, short.span, thread: 0)
        try store.put(other.span, short.span, thread: 1)
        try store.put(one.span, long.span, thread: 1)
        let first = try store.get(one.span, thread: 0)
        #expect(first == 5000)
        try store.close()
        let again = try kind.open(in: directory, isDurable: false, threads: 1)
        let second = try again.get(other.span, thread: 0)
        let missing = try again.get(short.span, thread: 0)
        #expect(second == 10 && missing == nil)
        try again.close()
    }

    @Test func `keys are of one length, told apart, and in the order of their numbers`() {
        let numbers: [UInt64] = [0, 1, 255, 256, 65536, 1 << 40]
        let keys = numbers.map { StoreTraffic.key($0) }
        #expect(keys.allSatisfy { $0.count == StoreTraffic.keySize })
        #expect(zip(keys, keys.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
    }
}
