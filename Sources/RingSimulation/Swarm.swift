public import Randomness

/// Many runs of a scenario, one for each seed of a row of them, on all processors.
///
/// Runs share nothing, and their reports are put together in the order of the seeds: the same arguments
/// give the same report, however many processors there are.
public struct Swarm<World: Scenario>: Sendable {
    /// The first seed; the others follow by ones.
    public let first: Seed
    /// How many seeds are run.
    public let runs: Int

    /// A swarm of `runs` seeds, from `first` on.
    public init(first: Seed, runs: Int) {
        precondition(runs >= 0, "a swarm of \(runs) runs")
        self.first = first
        self.runs = runs
    }

    /// How many runs may have begun, or be over, before the next one to be told: enough that a long one
    /// keeps no processor waiting, but no more than have been told, so that a hunt which is soon over has
    /// run few seeds for nothing, and no more than 64, whose reports take no room.
    private static func ahead(after told: Int) -> Int { min(64, max(2, told)) }

    /// Runs the seeds, and hands each report to `body`, in the order of the seeds and one at a time, until
    /// it returns false. A task that is cancelled ends it as well, with the seeds that are left not run.
    public func forEach(
        planted: World.Mistake? = nil, _ body: (Seed, ScenarioReport) -> Bool
    ) async {
        await withTaskGroup(of: (Int, ScenarioReport?).self) { group in
            var reports: [Int: ScenarioReport] = [:]
            var (begun, told) = (0, 0)
            while told < runs {
                while begun < min(runs, told + Self.ahead(after: told)) {
                    group.addTask { [place = begun] in
                        // What has not begun when enough was told is not wanted any more.
                        guard !Task.isCancelled else { return (place, nil) }
                        return (place, World.run(seed: seed(at: place), planted: planted))
                    }
                    begun += 1
                }
                guard let (place, report) = await group.next(), let report else { break }
                reports[place] = report
                while let next = reports.removeValue(forKey: told) {
                    guard body(seed(at: told), next) else { return group.cancelAll() }
                    told += 1
                }
            }
        }
    }

    /// Runs every seed, with the mistake planted or none.
    public func run(planted: World.Mistake? = nil) async -> SwarmReport {
        var report = SwarmReport()
        await forEach(planted: planted) { seed, one in
            report.add(one, seed: seed)
            return true
        }
        return report
    }

    /// Runs every seed in this thread, for who counts processors or may not wait; the report is the same.
    public func runHere(planted: World.Mistake? = nil) -> SwarmReport {
        var report = SwarmReport()
        for place in 0..<runs {
            report.add(World.run(seed: seed(at: place), planted: planted), seed: seed(at: place))
        }
        return report
    }

    /// Runs seeds with a mistake planted until `catches` of them have caught it, or all have been run.
    public func hunt(_ mistake: World.Mistake, catches: Int = 1) async -> MistakeHunt {
        var hunt = MistakeHunt(mistake: mistake.rawValue)
        await forEach(planted: mistake) { seed, one in
            hunt.add(one, seed: seed)
            return hunt.catches.count < catches
        }
        return hunt
    }

    /// Hunts every mistake that can be planted, in the order in which they are declared.
    public func hunts(catches: Int = 1) async -> [MistakeHunt] {
        var hunts: [MistakeHunt] = []
        for mistake in World.Mistake.allCases {
            hunts.append(await hunt(mistake, catches: catches))
        }
        return hunts
    }

    private func seed(at place: Int) -> Seed { Seed(first.rawValue &+ UInt64(place)) }
}
