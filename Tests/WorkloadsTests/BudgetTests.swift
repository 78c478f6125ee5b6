import Measurement
import Quantities
import StrictYAML
import Testing

@testable import Workloads

@Suite struct BudgetTests {
    private func workload(_ name: String, forks: Int, seconds: Double) -> PlannedWorkload {
        PlannedWorkload(
            workload: name, benchmark: "alpha", parameters: ParameterSet(), profile: "auto",
            forks: forks, time: .seconds(seconds))
    }

    private func budget(_ total: Nanoseconds) -> Budget {
        Budget(Located(total, at: .option("--budget")))
    }

    private func total(_ plan: [PlannedWorkload]) -> Double {
        plan.reduce(0) { $0 + Double($1.forks) * ($1.time + Planner.forkOverhead.rawValue) }
    }

    @Test func `a plan that fits is left as it is`() throws {
        let plan = [workload("a", forks: 2, seconds: 1), workload("b", forks: 1, seconds: 3)]
        #expect(try budget(.seconds(60)).fit(plan) == plan)
    }

    @Test func `times are scaled by one factor so that forks and their start fit`() throws {
        let plan = [workload("a", forks: 2, seconds: 4), workload("b", forks: 4, seconds: 8)]
        let fitted = try budget(.seconds(10.6)).fit(plan)
        #expect(total(fitted) <= 10.6e9)
        #expect(total(fitted) > 10.5e9)
        #expect(fitted.map(\.time) == [1e9, 2e9])
        #expect(fitted.map(\.forks) == [2, 4])
    }

    @Test func `the share for setting up is left free, and asked for when it is missing`() throws {
        let plan = [workload("a", forks: 2, seconds: 4), workload("b", forks: 4, seconds: 8)]
        let limit = Located(Nanoseconds.seconds(14), at: .option("--budget"))
        let fitted = try Budget(limit, setUp: 0.25).fit(plan)
        #expect(total(fitted) <= 10.5e9)
        #expect(total(fitted) > 10.4e9)
        let many = [workload("a", forks: 100, seconds: 1)]
        let error = #expect(throws: InputProblems.self) {
            try Budget(limit, setUp: 0.5).fit(many)
        }
        #expect(error?.description.contains("expected at least 22 s, ") == true)
    }

    @Test func `none is scaled below the least time, the others give way`() throws {
        let plan = [workload("a", forks: 10, seconds: 0.02), workload("b", forks: 1, seconds: 100)]
        let fitted = try budget(.seconds(10)).fit(plan)
        #expect(fitted[0].time == 10e6)
        #expect(total(fitted) <= 10e9)
        #expect(total(fitted) > 9.9e9)
    }

    @Test func `a budget that cannot hold the forks says what would`() throws {
        let plan = [workload("a", forks: 100, seconds: 1)]
        let error = #expect(throws: InputProblems.self) {
            try budget(.seconds(10)).fit(plan)
        }
        #expect(
            error?.description
                == "--budget: a budget of 10 s for 100 processes of at least 10 ms and 100 ms to "
                + "start; expected at least 11 s, fewer workloads or fewer forks")
    }

    @Test(arguments: 0..<50)
    func `whatever the plan, the budget holds or is refused`(seed: Int) throws {
        // A multiplicative walk over plans; no randomness is needed to reach odd shapes.
        var state = seed * 2_654_435_761 % 4_294_967_296
        func next(_ bound: Int) -> Int {
            state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
            return state / 65_536 % bound
        }
        let plan = (0...next(20)).map {
            workload("w\($0)", forks: 1 + next(9), seconds: 0.01 + Double(next(9000)) / 1000)
        }
        let limit = Nanoseconds.seconds(Double(1 + next(200)))
        guard let fitted = try? budget(limit).fit(plan) else {
            let least = plan.reduce(0) { $0 + Double($1.forks) * 260e6 }
            #expect(least > limit.rawValue)
            return
        }
        #expect(total(fitted) <= limit.rawValue)
        for (before, after) in zip(plan, fitted) {
            #expect(after.time <= before.time && after.time >= 10e6)
        }
    }
}
