import Glibc
import Measurement
import Quantities
import Runs
import Statistics

extension PlotSource {
    /// Parameters that say how many do the work at the same time.
    static let concurrencies = ["processes", "threads", "workers", "callers"]

    /// The parameter of `subject` that says how many do the work, where it is swept over three
    /// numbers at least and the metric is a rate; `nil` otherwise.
    func concurrency(of subject: PlotSubject) -> String? {
        switch Unit(symbol: subject.unit)?.dimension {
        case .frequency, .bandwidth: break
        case .time, .information, .ratio, .count, nil: return nil
        }
        return PlotSource.concurrencies.first { name in
            subject.sweeps.contains(name)
                && Set(subject.keys.compactMap { $0.parameters[name].flatMap(Int.init) }).count > 2
        }
    }

    /// A rate against how many do the work, with the Universal Scalability Law fitted to the
    /// figures as the verdicts have it, what perfect scaling would give, and where the law is carried beyond what
    /// was measured. A panel for each placement and contender, six at most.
    func scaling(
        _ subject: PlotSubject, over swept: String, fixed: [ParameterSet.Pair]
    ) -> Plot? {
        let labels = PlotSentence.distinct(
            subject.keys.map { subject.label(of: $0, without: swept) })
        var curves: [ScalingCurve] = []
        for placement in subject.placements(order: order) {
            for label in labels {
                let keys = subject.keys.filter {
                    $0.placement == placement && subject.label(of: $0, without: swept) == label
                }
                let points = sweepPoints(keys, over: swept).filter { $0.x >= 1 }
                guard Set(points.map(\.x)).count > 2 else { continue }
                let name = [label, placement].compactMap(\.self).joined(separator: ", ")
                curves.append(ScalingCurve(name: name, points: points))
            }
        }
        let left = curves.count - PlotSource.mostScalingPanels
        curves = Array(curves.prefix(PlotSource.mostScalingPanels))
        guard !curves.isEmpty else { return nil }
        let height = curves.count == 1 ? 380.0 : 240
        let panels = curves.map { $0.panel(height: height, subject, swept) }
        let legends = curves.enumerated().map { index, curve in
            PlotCurve(
                panel: index, style: 1, name: "measured",
                note: PlotSource.sampleRange(curve.points.map(\.figure)), rows: curve.rows)
        }
        let sentence = PlotSource.scalingSentence(curves, subject, swept)
        let frame = PlotFrame(
            title: sentence,
            facts: [
                subject.facts,
                "X(N) = λN / (1 + α(N − 1) + βN(N − 1)): α queues for what is shared, β keeps it "
                    + "consistent; R² on the logarithm of the rate, which the fit minimises. Points "
                    + "and parameters with 95 % intervals; n: samples (processes)."
                    + (left > 0 ? " \(left) more are in the tables." : ""),
            ], foot: foot)
        var data = frame.data(
            kind: .scaling, panels: panels, curves: legends, leastLegend: 262)
        PlotCurve.append(legends, columns: [swept, "value", "low", "high"], to: &data)
        for (index, curve) in curves.enumerated() { data.append(curve.lawBlock(number: index)) }
        data.append(ScalingCurve.marks(curves, unit: subject.unit))
        return Plot(
            name: name(of: subject, "scaling-by-\(swept)", fixed), title: sentence,
            workload: subject.workload, .scaling, data)
    }

    private static let mostScalingPanels = 6

    /// What the first curve comes to: `From 1 to 64 callers append throughput grows ×5.1 (nilometer);
    /// the law has its peak at 37`.
    private static func scalingSentence(
        _ curves: [ScalingCurve], _ subject: PlotSubject, _ swept: String
    ) -> String {
        let parts = curves.map { curve -> String in
            let first = curve.points[0]
            let last = curve.points[curve.points.count - 1]
            let growth = FigureText.threeDigits(
                (last.figure.value ?? 0) / (first.figure.value ?? 1))
            let name = curve.name.isEmpty || curve.name == subject.metric ? "" : " (\(curve.name))"
            return PlotSentence.unbroken("×\(growth)\(name)")
        }
        let xs = curves.flatMap(\.points).map(\.x)
        return "From \(number(xs.min() ?? 1)) to \(number(xs.max() ?? 1)) \(swept) the median "
            + "\(subject.metric) is multiplied: \(PlotSentence.shortList(parts)); perfect scaling "
            + "would give ×\(FigureText.threeDigits((xs.max() ?? 1) / (xs.min() ?? 1)))."
    }
}

/// Measured rates of one contender, and the law fitted to them.
struct ScalingCurve {
    let name: String
    let points: [PlotSource.SweepPoint]
    /// `nil` where the points do not tell the law's parameters apart.
    let fit: ScalabilityFit?

    init(name: String, points: [PlotSource.SweepPoint]) {
        self.name = name
        self.points = points
        fit = ScalabilityFit(
            points.compactMap { point in
                let figure = point.figure
                guard let value = figure.value, value > 0, value.isFinite else { return nil }
                var interval: ConfidenceInterval?
                if let low = figure.ciLow, let high = figure.ciHigh, low <= high {
                    interval = ConfidenceInterval(low: low, high: high, confidence: 0.95)
                }
                return ScalabilityPoint(
                    concurrency: point.x, throughput: value, interval: interval)
            })
    }

    private var least: Double { points.map(\.x).min() ?? 1 }
    private var most: Double { points.map(\.x).max() ?? 1 }

    /// How far the law is drawn: half as far again as was measured, and to its peak where that is
    /// not much farther.
    private var end: Double {
        let usual = isLogarithmic ? most * 2 : most + max(1, (most - least) * 0.5)
        guard let peak = fit?.law.peakConcurrency, peak > most, peak < most * 3 else {
            return usual
        }
        return max(usual, peak * 1.15)
    }

    private var isLogarithmic: Bool { most >= least * 32 }

    /// The points, for `yerrorbars`.
    var rows: [[PlotData.Cell]] {
        points.map { point in
            [
                .number(point.x), .number(point.figure.value),
                .number(point.figure.ciLow ?? point.figure.value),
                .number(point.figure.ciHigh ?? point.figure.value),
            ]
        }
    }

    /// The rate of one, by the law or, where there is none, by the first point.
    private var rateOfOne: Double {
        fit?.law.rate ?? points.first.map { ($0.figure.value ?? 0) / $0.x } ?? 0
    }

    /// Where the law is drawn, the ends of what was measured among them.
    private var positions: [Double] {
        let steps = 32
        let even = (0...steps).map { step -> Double in
            let share = Double(step) / Double(steps)
            return isLogarithmic
                ? least * pow(end / least, share) : least + share * (end - least)
        }
        return Set(even + [most]).sorted()
    }

    /// The law: position, rate, its interval where one is drawn, perfect scaling.
    func lawBlock(number: Int) -> PlotData.Block {
        PlotData.Block(
            name: "law \(number)", columns: ["position", "rate", "low", "high", "perfect"],
            rows: zip(positions, band).map { x, limits in
                let rate = fit?.law.throughput(at: x)
                return [
                    .number(x), .number(rate),
                    .number(rate.flatMap { r in limits.map { r * $0.low } }),
                    .number(rate.flatMap { r in limits.map { r * $0.high } }),
                    .number(rateOfOne * x),
                ]
            })
    }

    /// The limits of the law's interval at each position, as shares of the law; `nil` where a point
    /// has no interval. A limit takes several fits and changes slowly along the law, so that one in
    /// four is calculated and those between are interpolated.
    private var band: [(low: Double, high: Double)?] {
        let positions = positions
        guard let fit, fit.hasIntervals else { return positions.map { _ in nil } }
        let knots = positions.indices.filter { $0 % 4 == 0 || $0 == positions.count - 1 }
        let limits = knots.map { knot in
            let (value, interval) = fit.prediction(at: positions[knot])
            return (low: interval.low / value, high: interval.high / value)
        }
        return positions.indices.map { index in
            let next = knots.firstIndex { $0 >= index } ?? 0
            let before = knots[next] == index ? next : next - 1
            let span = positions[knots[next]] - positions[knots[before]]
            let share = span > 0 ? (positions[index] - positions[knots[before]]) / span : 0
            let (a, b) = (limits[before], limits[next])
            return (a.low + share * (b.low - a.low), a.high + share * (b.high - a.high))
        }
    }

    func panel(height: Double, _ subject: PlotSubject, _ swept: String) -> PlotPanel {
        let measured = points.flatMap { [$0.figure.value, $0.figure.ciHigh].compactMap(\.self) }
        let law = fit.map { fit in positions.map { fit.law.throughput(at: $0) } } ?? []
        let span = PlotAxis.spanning(isLogarithmic ? 1 : 0, end, unit: "", label: swept)
        let x =
            isLogarithmic
            ? PlotAxis.logarithmic([least, end], unit: "", label: swept)
            : PlotAxis(
                label: swept, isLogarithmic: false, low: 0, high: end, step: max(1, span.step),
                factor: 1, format: "%g")
        return PlotPanel(
            title: title, height: height, x: x,
            y: .linear(measured + law, unit: subject.unit, label: "median \(subject.metric)"))
    }

    /// The law's parameters with their intervals, for the title of the panel.
    private var title: String {
        let start =
            name.isEmpty ? "" : "\(DisplayText.shortened(DisplayText.clean(name), to: 40)): "
        guard let fit else {
            return start + "no law fitted, which needs four numbers at least"
        }
        let parameter = { (symbol: String, value: Double, interval: ConfidenceInterval) in
            let shown = fit.hasIntervals ? interval : nil
            let text = FigureText(
                value: value, low: shown?.low, high: shown?.high, unit: "ratio")
            return "\(symbol) \(text.value ?? "–") \(text.interval ?? "")"
        }
        let peak = fit.law.peakConcurrency.map { peak in
            peak > 1
                ? ", peak at \(FigureText.threeDigits(peak))" : ", falls from the first on"
        }
        return start
            + parameter("α", fit.law.contention, fit.contentionInterval) + ", "
            + parameter("β", fit.law.coherency, fit.coherencyInterval)
            + ", R² \(FigureText.threeDigits(fit.explainedRoundedDown))"
            + (peak ?? ", no peak") + (fit.isBounded ? " (held at 0 or above)" : "")
    }

    /// For each panel where what was measured ends, where the law does, and its peak.
    static func marks(_ curves: [ScalingCurve], unit: String) -> PlotData.Block {
        PlotData.Block(
            name: "marks", columns: ["measured to", "drawn to", "peak", "rate there", "text"],
            rows: curves.map { curve in
                let peak = curve.fit?.law.peakConcurrency.flatMap { peak in
                    peak >= curve.least && peak <= curve.end ? peak : nil
                }
                let rate = peak.flatMap { curve.fit?.law.throughput(at: $0) }
                let text = peak.map { peak in
                    "peak at \(FigureText.threeDigits(peak)): "
                        + FigureText(value: rate, unit: unit).description
                }
                return [
                    .number(curve.most), .number(curve.fit == nil ? curve.most : curve.end),
                    .number(peak), .number(rate), .text(text ?? ""),
                ]
            })
    }
}
