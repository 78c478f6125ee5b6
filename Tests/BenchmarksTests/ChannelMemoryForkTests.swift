import Foundation
import Hardware
import Measurement
import Quantities
import Testing

@testable import Benchmarks

/// The memory of channels as `nilometer run` measures it: in a process of its own. In this one
/// other tests allocate meanwhile.
@Suite struct ChannelMemoryForkTests {
    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    /// The resident bytes of a channel of `capacity` messages, as one fork gives them.
    private func memory(ofCapacity capacity: Int) throws -> [Double] {
        let directory = "/tmp/nilometer-memory-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let benchmark = ChannelWakeup.description
        let parameters = try ParameterSet(benchmark.parameters.map { ($0.name, $0.defaultValue) })
            .with("capacity", "\(capacity)").with("contenders", "nilometer").with("gap", "5")
        let record = try ForkProcess(executable: BuiltProgram.path, scratch: directory).run(
            ForkRequest(
                benchmark: benchmark.name, parameters: parameters, fork: 0, seed: 3,
                time: Nanoseconds.milliseconds(1).rawValue, processingUnits: Self.units,
                directory: .init(path: directory, durability: "unknown")),
            shouldStop: { false })
        let series = record.series.filter { $0.metric == "memory" }
        #expect(series.allSatisfy { $0.unit == "B" && $0.parameters["contender"] == "nilometer" })
        return series.flatMap(\.samples)
    }

    @Test(
        .enabled(if: units.count > 1, "needs two processing units"),
        .enabled(
            if: FileManager.default.isReadableFile(atPath: "/proc/self/smaps_rollup"),
            "needs the kernel's smaps_rollup"))
    func `a channel's memory grows by the bytes of its messages`() throws {
        let (small, large) = try (memory(ofCapacity: 64), memory(ofCapacity: 8192))
        try #require(!small.isEmpty && !large.isEmpty)
        let least = small.sorted()[small.count / 2]
        let most = large.sorted()[large.count / 2]
        // 64 and 8192 messages of 8 bytes at least; what else a channel has does not grow.
        #expect(least >= 64 * 8 && most >= 8192 * 8, "\(least) and \(most)")
        let growth = (most - least) / Double(8192 - 64)
        #expect((8.0...32).contains(growth), "\(growth) bytes for each further message")
    }
}
