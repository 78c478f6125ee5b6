import Runs

extension PlotSource {
    /// Measured over claimed for the claims of `verdicts` that have such a ratio, coloured and
    /// shaped by verdict; one picture, or one a document when they are many.
    func verdictOverviews(_ verdicts: [VerdictRecord]) -> [Plot] {
        if verdicts.count <= 40 {
            return [overview(verdicts, name: "verdicts", of: nil)].compactMap(\.self)
        }
        return VerdictTable.documents(of: verdicts).compactMap { document in
            overview(
                verdicts.filter { $0.document == document },
                name: "verdicts-\(Plot.plainName(document))", of: document)
        }
    }

    private func overview(
        _ verdicts: [VerdictRecord], name: String, of document: String?
    ) -> Plot? {
        let drawn = verdicts.filter { ($0.ratio ?? 0) > 0 && ($0.ratio ?? 0).isFinite }
        guard !drawn.isEmpty else { return nil }
        let ratios = drawn.flatMap { verdict -> [Double] in
            let (ratio, low, high) = PlotSource.ratios(of: verdict)
            return [ratio, low, high]
        }
        let panel = PlotPanel(
            title: "", height: 20 * Double(drawn.count),
            x: .logarithmic(
                ratios + [0.5, 2], unit: "", label: "measured ÷ claimed", margin: 1.3),
            y: .rows(drawn.count))
        let place = document.map { "\($0), " } ?? ""
        let sentence = "\(place)\(VerdictSummary(verdicts))."
        let missing = verdicts.filter { verdict in !drawn.contains(verdict) }
        var facts = [
            "Measured over claimed, with the 95 % interval; the line is where both are equal. "
                + "Which side holds depends on what is claimed: colour and shape say what came out."
        ]
        if !missing.isEmpty {
            let list = VerdictSummary(missing).counts.map { "\($0.number) \($0.verdict.rawValue)" }
            facts.append("Not drawn, for want of a ratio: \(list.joined(separator: ", ")).")
        }
        let frame = PlotFrame(title: sentence, facts: facts, foot: foot)
        var data = frame.data(kind: .verdicts, panels: [panel])
        data.append(
            PlotData.Block(
                name: "claims",
                columns: [
                    "row", "verdict", "ratio", "low", "high", "claim", "claimed", "measured",
                ],
                rows: drawn.enumerated().map { index, verdict in
                    let (ratio, low, high) = PlotSource.ratios(of: verdict)
                    let texts = VerdictText(verdict)
                    return [
                        .number(Double(index)),
                        .number(
                            Double((Verdict.allCases.firstIndex(of: verdict.verdict) ?? 0) + 1)),
                        .number(ratio), .number(low), .number(high),
                        .text(DisplayText.shortened(DisplayText.clean(verdict.claim), to: 34)),
                        .text(DisplayText.shortened(texts.claimed, to: 22)),
                        .text(
                            DisplayText.truncated(DisplayText.clean("\(texts.measured)"), to: 28)),
                    ]
                }))
        data.append(
            PlotData.Block(
                name: "verdicts", columns: ["number", "name"],
                rows: VerdictSummary(drawn).counts.map { count in
                    [
                        .number(Double((Verdict.allCases.firstIndex(of: count.verdict) ?? 0) + 1)),
                        .text("\(count.verdict.rawValue) (\(count.number))"),
                    ]
                }))
        return Plot(name: name, title: sentence, workload: nil, .verdicts, data)
    }

    /// The ratio with its interval: the measured interval, scaled as the figure is.
    private static func ratios(of verdict: VerdictRecord) -> (Double, Double, Double) {
        let ratio = verdict.ratio ?? .nan
        guard let measured = verdict.measured, measured > 0, let low = verdict.ciLow,
            let high = verdict.ciHigh, low > 0
        else { return (ratio, ratio, ratio) }
        return (ratio, ratio * low / measured, ratio * high / measured)
    }
}
