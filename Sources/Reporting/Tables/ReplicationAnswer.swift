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
        /// Clients are one process on one processor, as everything that waits for them is: theirs is
        /// looked at first.
        var bottleneck: String {
            let shares = [
                (clients, "the clients' process"), (servers, "processors that servers share"),
                (busiest, "busiest server"),
            ]
            let full = shares.first { ($0.0?.value ?? 0) >= ReplicationAnswer.full }
            if let full { return full.1 }
            return shares.allSatisfy { $0.0?.value != nil }
                ? "waiting: no processor is full" : "unknown: who is busy was not measured"
        }
    }

    /// Another store that took turns with the two.
    struct Peer {
        let throughput: Figure
        /// Time for a write over that of the chain in the same round.
        let relative: Figure
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
        /// Where it took turns with them.
        let etcd: Peer?
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

        /// ``label``, or the workload's name where that has one setting.
        var place: String { label.isEmpty ? workload : label }
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
            func figure(_ metric: String, _ name: String, part: String? = nil) -> Figure? {
                var parameters = key.parameters.with("contender", name)
                if let part { parameters = parameters.with("part", part) }
                return byKey[
                    FigureKey(
                        workload: key.workload, parameters: parameters, profile: key.profile,
                        metric: metric)]
            }
            func side(_ name: String) -> Side {
                Side(
                    throughput: figure("throughput", name), latency: figure("latency", name),
                    busiest: figure("busy", name, part: "busiest-server"),
                    servers: figure("busy", name, part: "servers"),
                    clients: figure("busy", name, part: "clients"))
            }
            let etcd = figure("throughput", "etcd").flatMap { throughput in
                figure("relative", "etcd").map { Peer(throughput: throughput, relative: $0) }
            }
            return Row(
                workload: key.workload, profile: key.profile,
                setting: common.reduce(key.parameters) { $0.without($1.key) }, gain: gain,
                wait: byKey[key.with(metric: "wait")], chain: side("chain"),
                quorum: side("quorum"), etcd: etcd,
                predictions: Self.predictions.map { byKey[key.with(metric: $0)] })
        }
    }

    /// The answer in sentences: who is ahead where, then where that flips, then what bounds them.
    var sentences: [String] {
        guard !rows.isEmpty else { return [] }
        return outcomes + flips + peers + bottlenecks
    }

    /// Whether another store took turns anywhere.
    private var hasEtcd: Bool { rows.contains { $0.etcd != nil } }

    /// The headings of the columns of figures.
    var figureHeadings: [String] {
        [
            "chain [95 % interval]", "quorum [95 % interval]",
            "gain of the chain [95 % interval]", "its latency over the quorum's",
        ] + (hasEtcd ? ["etcd [95 % interval]", "its time for a write over the chain's"] : [])
            + ["gain by cost", "simulated", "by arithmetic"]
    }

    /// What a row has in these columns.
    func figures(of row: Row) -> [Figure?] {
        [row.chain.throughput, row.quorum.throughput, row.gain, row.wait]
            + (hasEtcd ? [row.etcd?.throughput, row.etcd?.relative] : []) + row.predictions
    }

    private var peers: [String] {
        let places = rows.compactMap { row in
            row.etcd.map { "\(FigureText($0.relative)) at \(row.place)" }
        }
        guard !places.isEmpty else { return [] }
        let list = places.joined(separator: "; ")
        return ["time of etcd for a write over that of the chain: \(list)"]
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
                "\(row.place) (\(FigureText(row.gain)))"
            }
            return "\(own.count) of \(rows.count) settings, \(text): "
                + places.joined(separator: "; ")
        }
    }

    /// Where the outcome turns between two settings that differ in one parameter, with no other sure one
    /// between them along it.
    private var flips: [String] {
        let sure = rows.filter { $0.outcome != .neither }
        guard sure.count > 1 else {
            return [
                "in fewer than two settings is it shown who is ahead: where it flips cannot be told"
            ]
        }
        var found: [String] = []
        for (place, row) in sure.enumerated() {
            for next in sure[(place + 1)...] {
                guard row.outcome != next.outcome, let line = line(from: row, to: next) else {
                    continue
                }
                if let flip = flip(along: line) { found.append(flip) }
            }
        }
        return found.isEmpty ? ["no parameter was found along which it flips"] : found
    }

    /// The rows from one to another that differ from it in one parameter, in the order of the run.
    private func line(from row: Row, to next: Row) -> (name: String, rows: [Row])? {
        guard let name = row.setting.onlyDifference(from: next.setting) else { return nil }
        let all = rows.filter { other in
            other.workload == row.workload && other.profile == row.profile
                && other.setting.without(name) == row.setting.without(name)
        }
        let settings = all.map(\.setting)
        guard row.workload == next.workload, row.profile == next.profile,
            let from = settings.firstIndex(of: row.setting),
            let to = settings.firstIndex(of: next.setting)
        else { return nil }
        return (name, Array(all[min(from, to)...max(from, to)]))
    }

    /// What is said of the ends of a line; nil where a setting between them is sure as well.
    private func flip(along line: (name: String, rows: [Row])) -> String? {
        let between = line.rows.dropFirst().dropLast()
        guard let first = line.rows.first, let last = line.rows.last,
            between.allSatisfy({ $0.outcome == .neither })
        else { return nil }
        func text(_ row: Row) -> String { "\(line.name)=\(row.setting[line.name] ?? "")" }
        let undecided = between.map(text).joined(separator: " and ")
        let rest = first.setting.without(line.name).pairs.map { "\($0.key)=\($0.value)" }
        return "it flips between \(text(first)) (\(first.outcome.rawValue)) and \(text(last)) "
            + "(\(last.outcome.rawValue))"
            + (between.isEmpty ? "" : ", undecided at \(undecided)")
            + (rest.isEmpty ? "" : " at \(rest.joined(separator: " "))")
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
