import Quantities
import Statistics

/// Turns runs of commands into series: warm-up marked apart, commands compared round by round.
public struct CommandAnalysis {
    private let turns: [CommandRounds.Turn]
    private let contenders: CommandContenders
    private let launcherLevel: Double
    private let firstSteadyRound: [Int]
    private let doubts: [[String]]

    /// The doubt about a peak that the launcher's own memory may have made.
    public static let hiddenPeak = "no more than the launcher's own memory"

    /// An analysis of `turns`. Round 0 is warm-up whatever the rest says: it finds files that
    /// nobody has read yet. More of it is warm-up where `SteadinessTest` has enough rounds to say so;
    /// runs of whole programs differ by some per cent on any machine, so 5 % count as steady.
    ///
    /// - Parameter launcherLevel: peak memory in bytes below which no program's can be told.
    public init(
        _ turns: [CommandRounds.Turn], of contenders: CommandContenders, launcherLevel: Double
    ) {
        self.turns = turns
        self.contenders = contenders
        self.launcherLevel = launcherLevel
        var starts: [Int] = []
        var doubts: [[String]] = []
        for index in contenders.all.indices {
            let runs = turns.filter { $0.contender == index }
            var found: [String] = []
            switch SteadinessTest(tolerance: 0.05).verdict(on: runs.map(\.run.wall)) {
            case .steady(let first): starts.append(max(CommandRounds.leastWarmup, first))
            case .never(let reason):
                starts.append(CommandRounds.leastWarmup)
                if case .tooFewSamples = reason { break }
                found.append("never steady")
            }
            if runs.contains(where: \.run.leftProcesses) {
                found.append("left processes running, which were ended")
            }
            doubts.append(found)
        }
        firstSteadyRound = starts
        self.doubts = doubts
    }

    /// How many rounds were run.
    public var roundCount: Int { (turns.map(\.round).max() ?? -1) + 1 }

    /// Whether there were enough rounds to test for steadiness.
    public var steadinessWasTested: Bool {
        if case .never(.tooFewSamples) = SteadinessTest().verdict(
            on: [Double](repeating: 1, count: roundCount))
        {
            return false
        }
        return true
    }

    /// The steady runs' values of `value`, in nanoseconds or whatever it gives, of one contender.
    public func values(of contender: Int, _ value: (CommandRun) -> Double) -> [Double] {
        split(contender).steady.map { value($0.run) }
    }

    /// Records `metric` of every command, and of the floors where `withFloors`.
    public func record(
        _ metric: String, into recorder: inout Recorder, withFloors: Bool = false,
        value: (CommandRun) -> Double
    ) {
        for index in withFloors ? contenders.all.indices : 0..<contenders.commandCount {
            let (warmup, steady) = split(index)
            recorder.record(
                metric, parameters(index, recorder), samples: steady.map { value($0.run) },
                warmup: warmup.map { value($0.run) }, doubts: doubts[index])
        }
    }

    /// Records the peak memory of every command, doubting what is not above the launcher's.
    public func recordPeakMemory(_ metric: String, into recorder: inout Recorder) {
        for index in 0..<contenders.commandCount {
            let (warmup, steady) = split(index)
            let peaks = steady.map(\.run.peakMemory)
            let isHidden = peaks.contains { $0 <= launcherLevel }
            recorder.record(
                metric, parameters(index, recorder), samples: peaks,
                warmup: warmup.map(\.run.peakMemory),
                doubts: doubts[index] + (isHidden ? [Self.hiddenPeak] : []))
        }
    }

    /// Records by how much each command's run was longer than that of its floor in the same round.
    public func recordBeyondFloor(_ metric: String, into recorder: inout Recorder) {
        for index in 0..<contenders.commandCount {
            let floor = contenders.floor(of: index)
            recorder.record(
                metric, parameters(index, recorder),
                samples: pairs(index, floor).map { $0.run.wall - $1.run.wall },
                doubts: merged(floor, index))
        }
    }

    /// Records the ratio of the second command's run to the first one's of the same round: above 1
    /// the second takes longer. Nothing where there is one command.
    public func recordRatios(_ metric: String, into recorder: inout Recorder) {
        guard contenders.commandCount > 1 else { return }
        recorder.record(
            metric, parameters(1, recorder),
            samples: pairs(1, 0).map { $0.run.wall / $1.run.wall }, doubts: merged(0, 1))
    }

    private func parameters(_ contender: Int, _ recorder: Recorder) -> ParameterSet {
        recorder.figureParameters().with("contender", contenders.all[contender].name)
    }

    private func merged(_ first: Int, _ second: Int) -> [String] {
        doubts[first] + doubts[second].filter { !doubts[first].contains($0) }
    }

    private func split(
        _ contender: Int
    ) -> (warmup: [CommandRounds.Turn], steady: [CommandRounds.Turn]) {
        let all = turns.filter { $0.contender == contender }
        let first = firstSteadyRound[contender]
        return (all.filter { $0.round < first }, all.filter { $0.round >= first })
    }

    /// The runs of two contenders in the rounds in which both were steady.
    private func pairs(
        _ contender: Int, _ base: Int
    ) -> [(CommandRounds.Turn, CommandRounds.Turn)] {
        var byRound: [Int: CommandRounds.Turn] = [:]
        for turn in split(base).steady { byRound[turn.round] = turn }
        return split(contender).steady.compactMap { turn in
            byRound[turn.round].map { (turn, $0) }
        }
    }
}
