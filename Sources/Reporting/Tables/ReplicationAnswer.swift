import Measurement
import Quantities
import Runs

/// Whether a chain or a quorum serves more writes: for which settings, by how much, where that flips, and
/// who is the bottleneck; measured beside predicted.
///
/// From the figures of `replication.comparison`, where both are measured in turns: a gain is that within
/// a round, and who is ahead is said only where its interval leaves no doubt.
struct ReplicationAnswer {
    /// Who serves more writes.
    enum Outcome: String {
        case chain
        case quorum
        case neither
    }

    /// One of the two, in a setting.
    struct Side {
        let throughput: Figure?
        let latency: Figure?
        let busiest: Figure?
        let servers: Figure?
        let clients: Figure?

        /// Who has no time left, by shares of processors.
        ///
        /// Clients are one thread each on one processor, as everything that waits for them is: theirs is
        /// looked at first.
        var bottleneck: String {
            func isBusy(_ figure: Figure?) -> Bool {
                (figure?.value ?? 0) >= ReplicationAnswer.full
            }
            if isBusy(clients) { return "clients" }
            if isBusy(servers) { return "processors that servers share" }
            if isBusy(busiest) { return "busiest server" }
            return "nobody: round trips and syncs"
        }
    }

    /// A setting of both.
    struct Row {
        let workload: String
        let profile: String
        /// What tells it from the other settings.
        let setting: ParameterSet
        let gain: Figure
        let wait: Figure?
        let chain: Side
        let quorum: Side
        /// By the costs that were measured, by simulation, by arithmetic.
        let predictions: [Figure?]

        /// Who is ahead: nobody where the interval of the gain holds 0.
        var outcome: Outcome {
            if let low = gain.ciLow, low > 0 { return .chain }
            if let high = gain.ciHigh, high < 0 { return .quorum }
            return .neither
        }

        /// Who has no time left in the one and in the other.
        var bound: String {
            chain.bottleneck == quorum.bottleneck
                ? chain.bottleneck
                : "chain: \(chain.bottleneck); quorum: \(quorum.bottleneck)"
        }

        /// `replicas=3 window=256`.
        var label: String {
            setting.pairs.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        }
    }

    /// The share of a processor from which on it is taken to be what bounds throughput, in hundredths.
    static let full = 90.0
    /// The benchmark that the figures come from.
    static let benchmark = "replication.comparison"
    private static let predictions = ["gain-by-cost", "gain-simulated", "gain-by-arithmetic"]

    /// What the columns of predictions mean.
    static let legend =
        "Gain by cost: if nothing but the busiest server's processor bounded either, from what it takes "
        + "for a write. Simulated, and by arithmetic: every server on a processor of its own, one entry "
        + "a message, messages at the mean cost that was measured. What is measured had the processors "
        + "of this machine for all servers together."

    /// The settings, in the order of the run.
    let rows: [Row]

    /// What a run says; no rows where it has not measured it.
    init(_ figures: [Figure], manifest: Manifest) {
        let order = RunOrder(manifest)
        let workloads = Set(
            manifest.workloads.filter { $0.benchmark == Self.benchmark }.map(\.workload))
        let medians = figures.filter {
            workloads.contains($0.workload) && $0.statistic == "median"
        }
        let byKey = Dictionary(medians.map { ($0.key, $0) }) { first, _ in first }
        let gains = medians.filter { $0.metric == "gain" }
        let keys = order.workloads(gains.map(\.workload)).flatMap { workload in
            order.sorted(gains.map(\.key).filter { $0.workload == workload }, of: workload)
        }
        rows = keys.compactMap { key in
            guard let gain = byKey[key], gain.value != nil else { return nil }
            let own = keys.filter { $0.workload == key.workload }
            let common = FigureGroup.commonPairs(of: own)
            func side(_ name: String) -> Side {
                func figure(_ metric: String, part: String? = nil) -> Figure? {
                    var parameters = key.parameters.with("contender", name)
                    if let part { parameters = parameters.with("part", part) }
                    return byKey[
                        FigureKey(
                            workload: key.workload, parameters: parameters, profile: key.profile,
                            metric: metric)]
                }
                return Side(
                    throughput: figure("throughput"), latency: figure("latency"),
                    busiest: figure("busy", part: "busiest-server"),
                    servers: figure("busy", part: "servers"),
                    clients: figure("busy", part: "clients"))
            }
            return Row(
                workload: key.workload, profile: key.profile,
                setting: common.reduce(key.parameters) { $0.without($1.key) }, gain: gain,
                wait: byKey[key.with(metric: "wait")], chain: side("chain"),
                quorum: side("quorum"),
                predictions: Self.predictions.map { byKey[key.with(metric: $0)] })
        }
    }

    /// The answer in sentences: who is ahead where, then where that flips, then what bounds them.
    var sentences: [String] {
        guard !rows.isEmpty else { return [] }
        return outcomes + flips + bottlenecks
    }

    private var outcomes: [String] {
        [
            (Outcome.chain, "the chain serves more writes"),
            (.quorum, "the quorum serves more writes"),
            (.neither, "no difference is shown"),
        ].compactMap { outcome, text in
            let own = rows.filter { $0.outcome == outcome }
            guard !own.isEmpty else { return nil }
            let places = own.map { row in
                let gain = FigureText(row.gain)
                let label = row.label.isEmpty ? row.workload : row.label
                return "\(label) (\(gain))"
            }
            return "\(own.count) of \(rows.count) settings, \(text): "
                + places.joined(separator: "; ")
        }
    }

    /// Where the outcome is another one than at a setting that differs in one parameter by one step.
    private var flips: [String] {
        var found: [String] = []
        for (place, row) in rows.enumerated() {
            for next in rows[(place + 1)...] {
                guard row.workload == next.workload, row.profile == next.profile,
                    row.outcome != next.outcome, row.outcome != .neither,
                    next.outcome != .neither,
                    let name = row.setting.onlyDifference(from: next.setting),
                    isNeighbour(row, next, along: name)
                else { continue }
                let rest = row.setting.without(name).pairs.map { "\($0.key)=\($0.value)" }
                let at = rest.isEmpty ? "" : " at \(rest.joined(separator: " "))"
                found.append(
                    "it flips between \(name)=\(row.setting[name] ?? "") (\(row.outcome.rawValue)) "
                        + "and \(name)=\(next.setting[name] ?? "") (\(next.outcome.rawValue))"
                        + at)
            }
        }
        return found.isEmpty ? ["no parameter was found along which it flips"] : found
    }

    /// Whether no setting was measured between two that differ in `name`, in the order of the run.
    private func isNeighbour(_ row: Row, _ next: Row, along name: String) -> Bool {
        let line = rows.filter { other in
            other.workload == row.workload && other.profile == row.profile
                && other.setting.without(name) == row.setting.without(name)
        }.compactMap { $0.setting[name] }
        guard let from = row.setting[name].flatMap(line.firstIndex(of:)),
            let to = next.setting[name].flatMap(line.firstIndex(of:))
        else { return false }
        return abs(from - to) == 1
    }

    private var bottlenecks: [String] {
        let all = rows.flatMap { row in
            [("chain", row.chain), ("quorum", row.quorum)].map { (row, $0.0, $0.1.bottleneck) }
        }
        var order: [String] = []
        for (_, _, who) in all where !order.contains(who) { order.append(who) }
        return order.map { who in
            let places = all.filter { $0.2 == who }.map { row, name, _ in
                "\(name)\(row.label.isEmpty ? "" : " \(row.label)")"
            }
            return "bound by \(who): \(places.joined(separator: "; "))"
        }
    }
}

extension ParameterSet {
    /// The one parameter in which two sets with the same names differ; nil where there are more or none.
    fileprivate func onlyDifference(from other: ParameterSet) -> String? {
        guard pairs.map(\.key) == other.pairs.map(\.key) else { return nil }
        let different = zip(pairs, other.pairs).filter { $0.value != $1.value }
        return different.count == 1 ? different[0].0.key : nil
    }
}
