import Foundation
import Glibc
import Hardware
import Measurement
import Quantities
import Testing

@testable import Benchmarks

/// Processes that count together, and what becomes of those that cannot.
@Suite(.serialized) final class CounterProcessTests {
    private let directory = NSTemporaryDirectory() + "nilometer-counters-\(UUID().uuidString)"
    private static let unit = (try? ThreadBinding.allowedPUs().first) ?? 0

    init() throws {
        BuiltProgram.servesCounters()
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    private func window(_ counter: Int = 0, milliseconds: Double) -> CounterWindow {
        let start = TickClock.monotonicRaw() + 2_000_000
        return CounterWindow(
            counter: counter, start: start, from: start,
            until: start + UInt64(milliseconds * 1_000_000))
    }

    @Test func `orders and reports survive the way, and nothing else passes for one`() {
        let window = CounterWindow(counter: 1, start: 5, from: 6, until: 7)
        #expect(CounterWindow(line: window.line) == window)
        let report = CounterReport(increments: 3, lateness: 0, busy: 9, elapsed: 12)
        #expect(CounterReport(line: report.line) == report)
        #expect(report.share == 0.75)
        for line in ["", "1 2 3", "1 2 3 4 5", "a 5 6 7", "0 6 5 7", "0 5 7 7", "-1 5 6 7"] {
            #expect(CounterWindow(line: line) == nil, "\(line)")
        }
        for line in ["", "1 2 3", "1 2 3 x", "1 2 3 -4", "1.5 2 3 4"] {
            #expect(CounterReport(line: line) == nil, "\(line)")
        }
    }

    @Test func `every increment is a byte of the file, counted or not`() throws {
        let path = "\(directory)/count"
        let process = try CounterProcess(on: Self.unit, counters: ["pwrite=\(path)"])
        try process.ready()
        let order = window(milliseconds: 20)
        try process.begin(order)
        let report = try process.report(on: order)
        process.end()
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        #expect(size > 0)
        // The one under way at the end is made and not counted.
        #expect(size == Int(report.increments) + 1)
        #expect(report.busy <= report.elapsed + 20_000_000)
    }

    @Test func `counters in memory leave no name behind`() throws {
        let path = "\(ScaledCounter.memoryDirectory)/nilometer-\(UUID().uuidString)"
        try #require(ScaledCounter.memory.obstacle == nil)
        let process = try CounterProcess(on: Self.unit, counters: ["memory=\(path)"])
        try process.ready()
        #expect(!FileManager.default.fileExists(atPath: path))
        let order = window(milliseconds: 100)
        try process.begin(order)
        #expect(try process.report(on: order).increments > 0)
    }

    @Test func `all of a crew count in the same window, and only those asked for`() throws {
        let crew = try CounterCrew(
            of: 3, [.portable, .memory], on: [Self.unit], below: directory)
        let window = try crew.window(
            of: 0, processes: 2, for: .milliseconds(20), round: 0)
        crew.end()
        #expect(window.reports.count == 2)
        let total = window.reports.reduce(0) { $0 + $1.increments }
        #expect(window.throughput == Double(total) / 0.02)
        let sizes = try (0..<3).map { index in
            try FileManager.default.attributesOfItem(atPath: "\(directory)/portable-\(index)")[
                .size] as? Int ?? -1
        }
        #expect(sizes[2] == 0)
        #expect(sizes[0] >= window.reports[0].increments)
        #expect(sizes[1] >= window.reports[1].increments)
    }

    @Test func `what a process cannot open is said by it`() throws {
        func failure(_ counters: [String]) -> String {
            do {
                let process = try CounterProcess(on: Self.unit, counters: counters)
                try process.ready()
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let missing = failure(["pwrite=\(directory)/missing/count"])
        #expect(missing.contains("missing/count"), "\(missing)")
        #expect(failure(["tape=\(directory)/count"]).contains("'tape="))
        #expect(failure(["memory"]).contains("expected KIND=PATH"))
    }

    @Test func `a process that is killed is missed at once, and does not kill its fork`() throws {
        let process = try CounterProcess(
            on: Self.unit, counters: ["pwrite=\(directory)/count"])
        try process.ready()
        process.end(kill: true)
        #expect(throws: CounterProcess.Failure.self) { try process.begin(window(milliseconds: 1)) }
        func start(_ program: String) throws -> CounterProcess {
            try CounterProcess(
                on: Self.unit, counters: ["memory=/dev/shm/x"], program: program)
        }
        #expect(throws: CounterProcess.Failure.self) { try start("/nonexistent/nilometer") }
        #expect(throws: CounterProcess.Failure.self) { try start("/bin/false").ready() }
    }
}
