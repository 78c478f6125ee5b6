import Measurement
import Quantities
public import Runs

/// One command held against another: the ratio of their times, and what that says in words.
public struct CommandComparison: Encodable, Sendable {
    /// The workload.
    public let workload: String
    /// The command that is held against the reference.
    public let contender: String
    /// The one that the contender is held against.
    public let reference: String
    /// The contender's time over the reference's, by rounds.
    public let ratio: Double
    /// Lower end of its interval, where it has one.
    public let low: Double?
    /// Upper end of its interval.
    public let high: Double?

    /// The comparisons of a run.
    public static func all(in manifest: Manifest, figures: [Figure]) -> [CommandComparison] {
        manifest.workloads.compactMap { planned in
            guard let commands = planned.commands, let second = commands.second,
                let figure = figures.first(where: {
                    $0.workload == planned.workload && $0.profile == planned.profile
                        && $0.metric == "relative" && $0.statistic == "median"
                }), let ratio = figure.value
            else { return nil }
            return CommandComparison(
                workload: planned.workload, contender: second.name,
                reference: commands.contenders[0].name, ratio: ratio, low: figure.ciLow,
                high: figure.ciHigh)
        }
    }

    /// What starting a process costs, a line for each way in which the run's commands start.
    public static func floors(in manifest: Manifest, figures: [Figure]) -> [String] {
        manifest.workloads.filter { $0.commands != nil }.flatMap { planned in
            [false, true].compactMap { usesShell in
                let name = CommandContenders.floorName(usesShell: usesShell)
                let figure = figures.first {
                    $0.workload == planned.workload && $0.profile == planned.profile
                        && $0.metric == "wall" && $0.statistic == "median"
                        && $0.parameters["contender"] == name
                }
                guard let value = figure?.value else { return nil }
                let what = usesShell ? "starting a shell" : "starting a process"
                return "\(what) costs \(Nanoseconds(value)), which every time above includes"
            }
        }
    }

    /// What the programs of a run cost, in sentences: the floors, then the comparisons.
    public static func sentences(in manifest: Manifest, figures: [Figure]) -> [String] {
        floors(in: manifest, figures: figures)
            + all(in: manifest, figures: figures).map(\.sentence)
    }

    /// The comparison in words.
    public var sentence: String {
        let times = "\(contender) takes \(text(ratio))\(interval) times as long as \(reference)"
        guard let low, let high else {
            return "\(times); there is no interval to say whether that is more than chance"
        }
        if low > 1 { return "\(times): \(reference) is faster" }
        if high < 1 { return "\(times): \(contender) is faster" }
        return "\(times): the interval holds 1, no difference is shown"
    }

    private var interval: String {
        guard let low, let high else { return "" }
        return " [\(text(low)), \(text(high))]"
    }

    private func text(_ value: Double) -> String {
        Presentation.significant(value, digits: value < 1 ? 3 : 4)
    }
}
