import Benchmarks
import Hardware
import Measurement
import Quantities
import Synchronization
import Testing

/// The known answer of `calibration.slowdown`: what it records and what it refuses.
@Suite(.serialized) struct SlowdownTests {
    private static let units = (try? ThreadBinding.allowedPUs().indexes) ?? []

    private final class Slot: Sendable {
        let result = Mutex<Result<ForkRecord, any Error>?>(nil)
    }

    /// Runs one fork's work on a thread of its own: it binds the thread.
    private func record(percent: String, burn: String = "off") throws -> ForkRecord {
        let request = ForkRequest(
            benchmark: "calibration.slowdown",
            parameters: try ParameterSet([("percent", percent), ("trial", "7"), ("burn", burn)]),
            fork: 0, seed: 7, time: Nanoseconds.milliseconds(30).rawValue,
            processingUnits: [Self.units[0]],
            directory: .init(path: "/", durability: "unknown"))
        let slot = Slot()
        try PinnedThread(pu: Self.units[0], name: "slowdown") {
            let outcome = Result { try ForkExecution.run(request, among: BenchmarkCatalogue.all) }
            slot.result.withLock { $0 = outcome }
        }.join()
        return try #require(slot.result.withLock { $0 }).get()
    }

    @Test(.enabled(if: !units.isEmpty, "the allowed processing units are not known"))
    func `both loops are timed and the ratio has its answer`() throws {
        let record = try record(percent: "12.5")
        let contenders = record.series.filter { $0.metric == "time" }
            .map { $0.parameters["contender"] }
        #expect(contenders == ["a", "b"])
        let relative = try #require(record.series.first { $0.metric == "relative" })
        #expect(relative.parameters["trial"] == "7")
        #expect(relative.parameters["contender"] == "b")
        let expectation = try #require(record.expectations.first)
        #expect(record.expectations.count == 1)
        #expect(expectation.metric == "relative" && expectation.statistic == "median")
        #expect(expectation.parameters == relative.parameters)
        #expect(expectation.reason == "b does 11250 steps where a does 10000")
        guard case .within(let low?, let high?) = expectation.condition else {
            Issue.record("\(expectation.condition) is no range")
            return
        }
        #expect(abs(low - 1.115) < 1e-12 && abs(high - 1.135) < 1e-12)
    }

    @Test(.enabled(if: !units.isEmpty, "the allowed processing units are not known"))
    func `a burnt processor is measured and owes no answer`() throws {
        let record = try record(percent: "5", burn: "on")
        #expect(record.series.contains { $0.metric == "relative" && !$0.samples.isEmpty })
        #expect(record.expectations.isEmpty)
    }

    @Test(
        .enabled(if: !units.isEmpty, "the allowed processing units are not known"),
        arguments: ["0.001", "33.333"])
    func `a number of per cent that is no number of steps is refused`(percent: String) {
        let error = #expect(throws: (any Error).self) { try record(percent: percent) }
        #expect(error.map { "\($0)" }?.contains("is no whole number of steps") == true)
    }
}
