import Counters
import Measurement
import Quantities
import Runs

extension PlotSource {
    /// Samples in the order in which they were taken, process after process, those of processes that
    /// were disturbed or set aside marked. `keys` are of one metric under one profile; of parameters
    /// that are swept the first values are shown.
    func timeline(_ keys: [FigureKey]) -> Plot? {
        let sampled = keys.filter { (samples[$0]?.count ?? 0) > 1 }
        let unit = sampled.first.flatMap { figures[$0]?.first?.unit } ?? ""
        guard let all = PlotSubject(sampled, unit: unit, order: order), let subject = first(of: all)
        else { return nil }
        let labels = PlotSentence.distinct(subject.keys.map { subject.label(of: $0) })
            .prefix(PlotSubject.styleCount)
        let shown = subject.keys.filter { labels.contains(subject.label(of: $0)) }
        let forks = timelineForks(of: shown)
        guard forks.contains(where: { $0.end - $0.start > 1 }) else { return nil }
        let styles = subject.styles(Array(labels), contenders: contenders(of: subject.workload))
        var curves: [PlotCurve] = []
        var panels: [PlotPanel] = []
        for placement in subject.placements(order: order) {
            var extent: [Double] = []
            for key in shown where key.placement == placement {
                let label = subject.label(of: key)
                let values = samplesByFork(of: key)
                extent += values.values.flatMap { $0 }
                curves.append(
                    PlotCurve(
                        panel: panels.count, style: styles[label] ?? 1, name: label,
                        note: "n \(samples[key]?.count ?? 0)",
                        rows: forks.flatMap { fork in
                            PlotSource.line(values[fork.number] ?? [], from: fork.start)
                        }))
            }
            guard !extent.isEmpty else { continue }
            panels.append(
                PlotPanel(
                    title: title(ofPlacement: placement), height: 0,
                    x: PlotSource.orderAxis(upTo: forks.last?.end ?? 1),
                    y: PlotSource.sampleAxis(extent, subject)))
        }
        guard !panels.isEmpty else { return nil }
        // Two entries of the legend are not curves.
        let entries = panels.indices.map { panel in 2 + curves.count { $0.panel == panel } }
        panels = PlotSource.fitted(
            panels, to: curves, least: max(210, 24 * Double(entries.max() ?? 0)))
        return timeline(subject, forks, panels, curves)
    }

    private func timeline(
        _ subject: PlotSubject, _ forks: [TimelineFork], _ panels: [PlotPanel],
        _ curves: [PlotCurve]
    ) -> Plot {
        let troubled = forks.filter { $0.state != .calm }
        let sentence =
            troubled.isEmpty
            ? "\(PlotSentence.capitalised(subject.metric)), sample after sample: no process was "
                + "disturbed."
            : "\(PlotSentence.capitalised(subject.metric)), sample after sample: "
                + "\(troubled.count) of \(forks.count) processes were disturbed."
        let reasons = troubled.prefix(4).map { "\($0.number): \($0.reason)" }
        let rest = troubled.count > 4 ? "; and \(troubled.count - 4) more" : ""
        let frame = PlotFrame(
            title: sentence,
            facts: [
                subject.facts
                    + subject.sweeps.compactMap { name in
                        subject.keys.first?.parameters[name].map { ", \(name)=\($0)" }
                    }.joined(),
                "Numbers are those of processes. Where samples are many, the least and the "
                    + "greatest of their neighbours are drawn. n: samples that stand.",
            ] + (reasons.isEmpty ? [] : [reasons.joined(separator: "; ") + rest + "."]),
            foot: foot)
        let name = name(of: subject, "timeline")
        var data = frame.data(kind: .timeline, panels: panels, curves: curves)
        PlotCurve.append(curves, columns: ["position", "value"], to: &data)
        data.append(
            PlotData.Block(
                name: "processes", columns: ["first", "last", "number", "state"],
                rows: forks.map { fork in
                    [
                        .number(fork.start), .number(fork.end), .text("\(fork.number)"),
                        .number(Double(fork.state.rawValue)),
                    ]
                }))
        return Plot(name: name, title: sentence, workload: subject.workload, .timeline, data)
    }

    /// A process and the positions that its samples take.
    struct TimelineFork {
        /// What became of it.
        enum State: Int {
            case calm, disturbed, setAside
        }

        let number: Int
        let start: Double
        let end: Double
        let state: State
        /// What disturbed it.
        let reason: String
    }

    private func samplesByFork(of key: FigureKey) -> [Int: [Double]] {
        var all = samples[key] ?? PlotSamples()
        for (fork, values) in setAside[key]?.forks ?? [:] { all.add(values, of: fork) }
        return all.forks
    }

    private func timelineForks(of keys: [FigureKey]) -> [TimelineFork] {
        var lengths: [Int: Int] = [:]
        for key in keys {
            for (fork, values) in samplesByFork(of: key) {
                lengths[fork] = max(lengths[fork] ?? 0, values.count)
            }
        }
        var start = 0.0
        return lengths.sorted { $0.key < $1.key }.map { number, length in
            let (state, reason) = disturbance(ofFork: number, among: keys)
            defer { start += Double(length) }
            return TimelineFork(
                number: number, start: start, end: start + Double(length), state: state,
                reason: reason)
        }
    }

    /// The gap beside a process, in nanoseconds, from which it counts as disturbed.
    private static let longGap = 100_000.0

    private func disturbance(
        ofFork number: Int, among keys: [FigureKey]
    ) -> (TimelineFork.State, String) {
        let own = manifest.forks.filter { fork in
            guard fork.fork == number, manifest.workloads.indices.contains(fork.workload) else {
                return false
            }
            let planned = manifest.workloads[fork.workload]
            return keys.contains { key in
                key.workload == planned.workload && key.profile == planned.profile
                    && planned.parameters.pairs.allSatisfy {
                        key.parameters[$0.key] == nil || key.parameters[$0.key] == $0.value
                    }
            }
        }
        if let aside = own.compactMap(\.setAside).first { return (.setAside, aside) }
        var reasons: [String] = []
        for fork in own {
            if let moved = fork.events?.migrations, moved > 0 { reasons.append("moved \(moved)×") }
            if let faults = fork.events?.majorFaults, faults > 0 {
                reasons.append("\(faults) major faults")
            }
            if let worst = fork.noise?.worst, worst.longestGap >= PlotSource.longGap {
                let cause = worst.cause.map { " (\($0.rawValue))" } ?? ""
                reasons.append("a gap of \(Nanoseconds(worst.longestGap)) beside it\(cause)")
            }
        }
        return reasons.isEmpty ? (.calm, "") : (.disturbed, reasons.joined(separator: ", "))
    }

    /// Points that a line can be drawn through, with a break at the end. Of more than 200 values the
    /// least and the greatest of each stretch stand for it, in their order.
    static func line(_ values: [Double], from start: Double) -> [[PlotData.Cell]] {
        guard !values.isEmpty else { return [] }
        let stretches = min(values.count, 100)
        var rows: [[PlotData.Cell]] = []
        for stretch in 0..<stretches {
            let from = stretch * values.count / stretches
            let to = (stretch + 1) * values.count / stretches
            let part = values[from..<to]
            guard values.count > 200,
                let least = part.indices.min(by: { values[$0] < values[$1] }),
                let most = part.indices.max(by: { values[$0] < values[$1] })
            else {
                rows += part.indices.map {
                    [.number(start + Double($0) + 0.5), .number(values[$0])]
                }
                continue
            }
            for index in least == most ? [least] : [min(least, most), max(least, most)] {
                rows.append([.number(start + Double(index) + 0.5), .number(values[index])])
            }
        }
        return rows + [[.number(nil), .number(nil)]]
    }

    private static func orderAxis(upTo last: Double) -> PlotAxis {
        PlotAxis(
            label: "samples in the order in which they were taken, process after process",
            isLogarithmic: false, low: 0, high: last, step: PlotAxis.step(upTo: last), factor: 1,
            format: "%g")
    }
}
