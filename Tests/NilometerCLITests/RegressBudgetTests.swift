import Measurement
import Quantities
import Randomness
import Testing

@testable import NilometerCLI

@Suite struct RegressBudgetTests {
    /// Workloads that ten processes measure for 200 ms each.
    private func plan(_ count: Int, forks: Int = 10) -> [PlannedWorkload] {
        (0..<count).map { number in
            PlannedWorkload(
                workload: "w\(number)", benchmark: "b", parameters: ParameterSet(), profile: "auto",
                forks: forks, time: .milliseconds(200))
        }
    }

    /// Workloads that ten processes measure for so many milliseconds each.
    private func plan(times: [Double]) -> [PlannedWorkload] {
        times.enumerated().map { number, time in
            PlannedWorkload(
                workload: "w\(number)", benchmark: "b", parameters: ParameterSet(), profile: "auto",
                forks: 10, time: Nanoseconds(time * 1e6))
        }
    }

    /// What the processes of two builds take, with 100 ms each to start.
    private func spent(_ plan: [PlannedWorkload]) -> Double {
        plan.reduce(0) { $0 + Double($1.forks * 2) * ($1.time + 100e6) }
    }

    private func fitted(
        _ plan: [PlannedWorkload], _ budget: String, forks: Int? = nil, seed: UInt64 = 1,
        excess: Double = 0
    ) throws -> (workloads: [PlannedWorkload], notes: [String]) {
        try RegressBudget(parsing: budget, sides: 2) { _ in excess }
            .fitted(plan, forks: forks, seed: Seed(seed))
    }

    @Test func `a budget that has room for everything changes nothing`() throws {
        // 2 × 10 × (200 + 100) ms = 6 s.
        let found = try fitted(plan(1), "6s")
        #expect(found.workloads == plan(1) && found.notes.isEmpty)
    }

    @Test func `what processes took besides is paid for first`() throws {
        // 2 × 10 × (100 + 100 + 100) ms = 6 s.
        #expect(try fitted(plan(1), "6s", excess: 100e6).workloads.map(\.time) == [100e6])
        #expect(throws: (any Error).self) { try fitted(plan(1), "6s", forks: 10, excess: 300e6) }
    }

    @Test func `times are scaled first`() throws {
        let found = try fitted(plan(1), "4s")
        #expect(found.workloads.map(\.forks) == [10])
        #expect(found.workloads.map(\.time) == [100e6])
        #expect(found.notes.count == 1 && found.notes[0].contains("less time"))
    }

    @Test(arguments: [
        // 60 processes take 6 s to start. Up to 100 ms each they take 5 s more, above that 20 s.
        ("15s", [50, 120, 280]), ("11s", [50, 100, 100]),
        // Up to 10 ms each they take 0.6 s, and from there to 100 ms 4.4 s.
        ("8800ms", [30, 55, 55]), ("6600ms", [10, 10, 10]),
    ])
    func `only what lies above a worthwhile time is scaled, while that is enough`(
        budget: String, times: [Double]
    ) throws {
        let found = try fitted(plan(times: [50, 200, 1000]), budget)
        #expect(found.workloads.map(\.forks) == [10, 10, 10])
        #expect(found.workloads.map { $0.time / 1e6 } == times)
    }

    @Test(arguments: stride(from: 1.8, through: 40, by: 0.3).map { $0 })
    func `no budget is overdrawn`(seconds: Double) throws {
        let all = plan(times: [10, 37, 50, 100, 101, 333, 1000, 5000])
        let found = try fitted(all, "\(Int(seconds * 1000))ms").workloads
        #expect(spent(found) <= seconds * 1e9)
        for planned in found {
            let wanted = try #require(all.first { $0.workload == planned.workload }).time
            #expect((10e6...wanted).contains(planned.time))
        }
    }

    @Test func `every workload that is drawn measures for as long as it was admitted for`() throws {
        // 9 of 20 have room with 100 ms, which the long ones must not take from the short ones.
        let all = plan(times: (0..<20).map { $0.isMultiple(of: 2) ? 100 : 3000 })
        for seed in 1...20 as ClosedRange<UInt64> {
            let found = try fitted(all, "30s", seed: seed).workloads
            #expect(found.count == 9)
            #expect(found.allSatisfy { $0.forks == 8 && $0.time >= 100e6 })
            #expect(spent(found) <= 30e9)
        }
    }

    @Test func `then processes, not below those that can show something`() throws {
        // Ten processes take 2.2 s at the least, nine 1.98 s, eight 1.76 s.
        let found = try fitted(plan(1), "2s")
        #expect(found.workloads.map(\.forks) == [9])
        #expect(found.notes[0].hasPrefix("9 processes a workload and build instead of 10"))
        #expect(try fitted(plan(1), "1800ms").workloads.map(\.forks) == [8])
    }

    @Test func `then as many workloads as can come to something, drawn by the seed`() throws {
        // Eight processes that are worth their start take 16 × 200 ms = 3.2 s a workload.
        let all = plan(20)
        let found = try fitted(all, "30s")
        #expect(found.workloads.count == 9)
        #expect(found.workloads.allSatisfy { $0.forks == 8 && $0.time >= 100e6 })
        #expect(found.notes[0].hasPrefix("--budget 30 s has room for 9 of 20 workloads"))
        #expect(found.notes[0].contains("35.2 s"), "\(found.notes[0])")
        let measured = found.workloads.map(\.workload)
        #expect(measured == all.map(\.workload).filter(measured.contains), "in the plan's order")
        for planned in all where !measured.contains(planned.workload) {
            #expect("\(found.notes[1]),".contains("\(planned.workload) ,"), "\(found.notes[1])")
        }
        #expect(spent(found.workloads) <= 30e9)
        #expect(try fitted(all, "30s").workloads == found.workloads)
        // Every workload has its turn under some seed.
        let seen = try (1...20).reduce(into: Set<String>()) { seen, seed in
            seen.formUnion(try fitted(all, "30s", seed: UInt64(seed)).workloads.map(\.workload))
        }
        #expect(seen.count == 20)
    }

    @Test func `what is computed keeps its one process`() throws {
        // 20 × 2 × 110 ms, and eight processes a build in 1.76 s more.
        let found = try fitted(plan(20, forks: 1) + plan(1), "6200ms")
        #expect(found.workloads.map(\.forks) == Array(repeating: 1, count: 20) + [8])
    }

    @Test func `one workload that measures for less is better than none`() throws {
        let found = try fitted(plan(20), "2s")
        #expect(found.workloads.map(\.forks) == [8])
        #expect(found.workloads.allSatisfy { (10e6..<100e6).contains($0.time) })
    }

    @Test(arguments: [("30s", 10), ("1s", nil), ("soon", nil)] as [(String, Int?)])
    func `a budget below what was asked for is refused`(budget: String, forks: Int?) {
        #expect {
            _ = try fitted(plan(20), budget, forks: forks)
        } throws: { error in
            "\(error)".hasPrefix("--budget: ")
        }
    }
}
