import Measurement
import Quantities
import Randomness
import Regression
import Workloads

/// How the processes of the builds share `--budget`.
///
/// Times are scaled down first; where that is not enough, processes, down to the fewest from which a
/// comparison can show anything; and where those of all workloads do not fit either, as many workloads
/// are measured as can come to something. Which, the seed draws, so that runs of other seeds get to
/// the others. Three processes of each would fit more often, and could never show a thing.
struct RegressBudget {
    /// What a process should measure for to be worth its start, where its workload takes so long:
    /// ten windows.
    static let worthwhile = Nanoseconds.milliseconds(100)

    private let total: Nanoseconds
    private let sides: Int
    /// How much longer than its time a process of a workload takes, in nanoseconds.
    private let excess: (PlannedWorkload) -> Double
    private let rule = ComparisonRule()

    /// The budget that `text` says, for so many builds.
    init(
        parsing text: String, sides: Int, excess: @escaping (PlannedWorkload) -> Double
    ) throws {
        do {
            total = try Nanoseconds(parsing: text)
        } catch {
            throw Stop.badInput("--budget: \(error)")
        }
        self.sides = sides
        self.excess = excess
    }

    /// What of `plan` fits, and what was changed to make it fit, a line each.
    ///
    /// - Parameter forks: how many processes somebody asked for; then their number stays.
    func fitted(
        _ plan: [PlannedWorkload], forks: Int?, seed: Seed
    ) throws -> (workloads: [PlannedWorkload], notes: [String]) {
        let least = Limits.time.lowerBound
        if total.rawValue >= cost(plan, upTo: least) { return scaled(plan, notes: []) }
        guard forks == nil else { throw refusal(of: plan) }
        for count in stride(from: ComparisonRule.usualForks - 1, through: rule.forksNeeded, by: -1)
        {
            let fewer = plan.map { RegressBudget.with($0, forks: min($0.forks, count)) }
            guard total.rawValue >= cost(fewer, upTo: least) else { continue }
            return scaled(
                fewer,
                notes: [
                    "\(count) processes a workload and build instead of "
                        + "\(ComparisonRule.usualForks), to fit --budget \(total)"
                ])
        }
        return try drawn(plan, seed)
    }

    /// As many workloads as the budget has room for, each with the fewest processes, in the order of
    /// the plan.
    private func drawn(
        _ plan: [PlannedWorkload], _ seed: Seed
    ) throws -> (workloads: [PlannedWorkload], notes: [String]) {
        let fewest = plan.map { RegressBudget.with($0, forks: min($0.forks, rule.forksNeeded)) }
        var generator = Xoshiro256StarStar(seed: seed.derived(for: "workloads of a budget"))
        let order = Array(fewest.indices).shuffled(by: &generator)
        // Where there is no room for one that measures as long as it should, one that measures less.
        var chosen = fitting(fewest, order, upTo: RegressBudget.worthwhile)
        if chosen.isEmpty { chosen = fitting(fewest, order, upTo: Limits.time.lowerBound) }
        guard !chosen.isEmpty else {
            let least = fewest.min { cost([$0], upTo: .zero) < cost([$1], upTo: .zero) }
            throw refusal(of: least.map { [$0] } ?? [])
        }
        let needed = Nanoseconds(cost(fewest, upTo: Limits.time.lowerBound))
        let others = fewest.indices.filter { !chosen.contains($0) }
        return scaled(
            fewest.indices.filter(chosen.contains).map { fewest[$0] },
            notes: [
                "--budget \(total) has room for \(chosen.count) of \(plan.count) workloads, drawn by "
                    + "the seed: with \(rule.forksNeeded) processes a build, below which nothing can "
                    + "be shown, all of them take \(needed) at the least",
                "not measured: "
                    + others.map { "\(plan[$0].workload) \(plan[$0].parameters)" }
                    .joined(separator: ", "),
            ])
    }

    /// The places in `plan` of those that fit, tried in this order.
    private func fitting(
        _ plan: [PlannedWorkload], _ order: [Int], upTo limit: Nanoseconds
    ) -> Set<Int> {
        var left = total.rawValue
        var chosen: Set<Int> = []
        for index in order {
            let taken = cost([plan[index]], upTo: limit)
            guard taken <= left else { continue }
            left -= taken
            chosen.insert(index)
        }
        return chosen
    }

    /// What the processes of `plan` take, of those that measure for longer than `limit` only that.
    private func cost(_ plan: [PlannedWorkload], upTo limit: Nanoseconds) -> Double {
        plan.reduce(0) { sum, planned in
            sum + processes(planned)
                * (RegressBudget.time(planned, upTo: limit) + Planner.forkOverhead.rawValue
                    + excess(planned))
        }
    }

    /// How long a process measures that may take no longer than `limit`.
    private static func time(_ planned: PlannedWorkload, upTo limit: Nanoseconds) -> Double {
        max(Limits.time.lowerBound.rawValue, min(planned.time, limit.rawValue))
    }

    /// The processes of all builds.
    private func processes(_ planned: PlannedWorkload) -> Double { Double(planned.forks * sides) }

    /// `plan` with its times scaled down, where they have to be.
    ///
    /// Scaled by one factor is what lies above `worthwhile`, so that no workload measures for less
    /// while another measures for more. Only where not even that fits, what lies between the shortest
    /// time and `worthwhile` is.
    private func scaled(
        _ plan: [PlannedWorkload], notes: [String]
    ) -> (workloads: [PlannedWorkload], notes: [String]) {
        let levels = [Limits.time.lowerBound, RegressBudget.worthwhile, Nanoseconds(.infinity)]
        guard cost(plan, upTo: levels[2]) > total.rawValue else { return (plan, notes) }
        let level = cost(plan, upTo: levels[1]) <= total.rawValue ? 1 : 0
        let kept = cost(plan, upTo: levels[level])
        let factor =
            (total.rawValue - kept) / (cost(plan, upTo: levels[level + 1]) - kept)
        let shorter = plan.map { planned in
            var shorter = planned
            let time = RegressBudget.time(planned, upTo: levels[level])
            let above = RegressBudget.time(planned, upTo: levels[level + 1]) - time
            shorter.time = time + (above * factor / 1e6).rounded(.down) * 1e6
            return shorter
        }
        return (
            shorter,
            notes + [
                "processes measure for less time than the baseline's, to fit --budget \(total)"
            ]
        )
    }

    private func refusal(of plan: [PlannedWorkload]) -> Stop {
        let forks = plan.reduce(0) { $0 + $1.forks } * sides
        let needed = Nanoseconds(cost(plan, upTo: Limits.time.lowerBound))
        return .badInput(
            "--budget: \(total) for \(forks) processes of at least \(Limits.time.lowerBound) and "
                + "\(Planner.forkOverhead) to start, and what the baseline's took besides, expected at least \(needed), fewer workloads "
                + "or fewer forks")
    }

    private static func with(_ planned: PlannedWorkload, forks: Int) -> PlannedWorkload {
        PlannedWorkload(
            workload: planned.workload, benchmark: planned.benchmark,
            parameters: planned.parameters, profile: planned.profile, forks: forks,
            time: Nanoseconds(planned.time), commands: planned.commands)
    }
}
