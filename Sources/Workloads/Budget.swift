import Measurement
import Quantities
import StrictYAML

/// How long a run may take, and how its workloads share that.
struct Budget {
    private let total: Located<Nanoseconds>
    /// Share of the total that benchmarks spend beside their times, from 0 to below 1.
    private let setUp: Double

    /// A budget from the command line or from a suite.
    init(_ total: Located<Nanoseconds>, setUp: Double = 0) {
        self.total = total
        self.setUp = setUp
    }

    /// `plan` with its times scaled down by one factor so that all forks fit, each with at least
    /// the least time that is allowed, and the share for setting up stays free; never scaled up.
    func fit(_ plan: [PlannedWorkload]) throws(InputProblems) -> [PlannedWorkload] {
        let forks = Double(plan.map(\.forks).reduce(0, +))
        let available =
            total.value.rawValue * (1 - setUp) - forks * Planner.forkOverhead.rawValue
        let least = Limits.time.lowerBound.rawValue
        guard forks * least <= available else {
            let needed = Nanoseconds(
                forks * (least + Planner.forkOverhead.rawValue) / (1 - setUp))
            throw InputProblems(
                at: total.location,
                found: "a budget of \(total.value) for \(Int(forks)) processes of at least "
                    + "\(Limits.time.lowerBound) and \(Planner.forkOverhead) to start",
                expected: "at least \(needed), fewer workloads or fewer forks")
        }
        let factor = factor(plan, available: available, least: least)
        return factor < 1 ? plan.map { $0.lasting(max(least, $0.time * factor)) } : plan
    }

    /// The largest factor up to 1 at which the forks' times, none below `least`, fit `available`.
    private func factor(
        _ plan: [PlannedWorkload], available: Double, least: Double
    ) -> Double {
        func spent(_ factor: Double) -> Double {
            plan.reduce(0) { $0 + Double($1.forks) * max(least, $1.time * factor) }
        }
        if spent(1) <= available { return 1 }
        // Time spent grows with the factor; 60 halvings exhaust a double.
        var (low, high) = (0.0, 1.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if spent(middle) <= available { low = middle } else { high = middle }
        }
        return low
    }
}

extension PlannedWorkload {
    /// The same with a time rounded down to whole milliseconds.
    fileprivate func lasting(_ nanoseconds: Double) -> PlannedWorkload {
        PlannedWorkload(
            workload: workload, benchmark: benchmark, parameters: parameters, profile: profile,
            forks: forks, time: .milliseconds((nanoseconds / 1e6).rounded(.down)),
            commands: commands)
    }
}
