import Measurement
import Quantities
import Statistics
import StrictYAML

/// Carries figures along a parameter to one of its values that was not measured, by the Universal
/// Scalability Law.
///
/// One point for each value of the parameter, the figure of all forks with its interval; the picture of
/// the same figures has the same fit. The interval is that of `ScalabilityFit.prediction`: it holds what
/// the points scatter about the law and what their forks have in common, and not the doubt whether the
/// law goes on. A point without an interval leaves the law without one. Where the law misses a point by more than `mostMisfit`, or a point is
/// doubtful itself, the interval is not to be trusted. What is left then are the extremes: nothing, and
/// growth in proportion from the point for which that gives least, since the law never grows faster.
/// Where throughput does, the law says nothing.
struct LawProjection {
    /// The law has three parameters, and an interval takes one point more.
    static let fewestPoints = 4
    /// How far a point may lie off the law, as a share of it.
    static let mostMisfit = 0.25

    let law: Evidence.Extrapolation.Law
    /// The value of the parameter to which the law is carried.
    let at: Double
    let cores: Int?

    private struct Point {
        let at: Double
        let value: Double
        let observation: Observation
    }

    /// One observation for each setting of the other parameters that has enough points.
    func observations(
        from found: [Observation]
    ) throws(EvidenceFigures.Absence) -> [Observation] {
        let limit = try limit()
        var series: [ParameterSet: [Point]] = [:]
        for observation in found {
            guard let at = observation.parameters[law.over.value].flatMap(Double.init), at >= 1,
                limit.map({ at <= Double($0) }) ?? true, let value = observation.value, value > 0
            else { continue }
            let rest = observation.parameters.without(law.over.value)
            series[rest, default: []].append(Point(at: at, value: value, observation: observation))
        }
        let full = series.mapValues { $0.sorted { $0.at < $1.at } }
            .filter { Set($0.value.map(\.at)).count >= Self.fewestPoints }
            .sorted { $0.key < $1.key }
        guard !full.isEmpty else { throw .law(over: law.over.value, cores: limit) }
        return full.map { projection(of: $0.value, $0.key) }
    }

    private func limit() throws(EvidenceFigures.Absence) -> Int? {
        switch law.points {
        case .all: return nil
        case .upToCores:
            guard let cores else { throw .cores }
            return cores
        }
    }

    private func projection(of points: [Point], _ rest: ParameterSet) -> Observation {
        let first = points[0].observation
        let fit = ScalabilityFit(
            points.map { point in
                ScalabilityPoint(
                    concurrency: point.at, throughput: point.value,
                    interval: point.observation.interval.map {
                        ConfidenceInterval(
                            low: $0.lowerBound, high: $0.upperBound, confidence: 0.95)
                    })
            })
        let misfit = fit.map { $0.residuals.map(\.magnitude).max() ?? 0 } ?? 0
        var doubts = Set(points.compactMap(\.observation.doubt))
        if fit == nil { doubts.insert("the law cannot be fitted to the points") }
        let isKnown = fit?.hasIntervals ?? false
        if fit != nil, !isKnown, doubts.isEmpty {
            doubts.insert("the interval of a point reaches down to zero")
        }
        if misfit > Self.mostMisfit {
            doubts.insert("the law misses a point by \(percent(misfit))")
        }
        // Cut at zero, so all of the free fit's interval lies below.
        let isBeyond = fit.map { $0.contentionInterval.high <= 0 && $0.isBounded } ?? false
        if isBeyond {
            doubts.insert("throughput grows faster than in proportion, as no such law does")
        }
        let prediction = fit?.prediction(at: at)
        return Observation(
            workload: first.workload, parameters: rest, placement: first.placement,
            title: "\(first.title) at \(law.over.value)=\(FigureText.plain(at)) by the Universal "
                + "Scalability Law",
            value: prediction?.value,
            interval: isKnown ? prediction.map { $0.interval.low...$0.interval.high } : nil,
            extremes: (0, isBeyond ? nil : proportional(to: points)),
            doubt: doubts.isEmpty ? nil : doubts.sorted().joined(separator: "; "),
            unit: first.unit, remarks: fit.map { remarks(on: $0, points) } ?? [])
    }

    /// Growth in proportion from the point for which that gives least.
    private func proportional(to points: [Point]) -> Double? {
        points.filter { $0.at <= at }.compactMap { point in
            let observation = point.observation
            return observation.extremes.high.map {
                max($0, observation.interval?.upperBound ?? $0) * at / point.at
            }
        }.min()
    }

    private func remarks(on fit: ScalabilityFit, _ points: [Point]) -> [String] {
        let (first, last) = (fit.measuredRange.lowerBound, fit.measuredRange.upperBound)
        func estimate(_ value: Double, _ interval: ConfidenceInterval) -> String {
            // What rounding leaves of a zero is printed as one.
            func text(_ number: Double) -> String {
                Presentation.significant(number.magnitude < 1e-12 ? 0 : number, digits: 2)
            }
            let number = text(value)
            guard fit.hasIntervals else { return number }
            let ends = [interval.low, interval.high].map(text)
            return "\(number) (\(ends[0]) to \(ends[1]))"
        }
        let peak =
            fit.law.peakConcurrency.map {
                "highest at \(law.over.value)=\(Presentation.significant($0, digits: 2))"
            } ?? "without a peak"
        let residuals = fit.residuals.map { "\(Int(($0 * 100).rounded()))" }
            .joined(separator: ", ")
        let distance =
            at > last
            ? "\(Presentation.significant(at / last, digits: 3)) times beyond the data"
            : "within the data"
        var sentences = [
            "Fitted to \(points.count) points, \(law.over.value)=\(FigureText.plain(first)) to "
                + "\(FigureText.plain(last)): \(distance).",
            "Contention \(estimate(fit.law.contention, fit.contentionInterval)), coherency "
                + "\(estimate(fit.law.coherency, fit.coherencyInterval)), \(peak); R² "
                + "\(Presentation.significant(fit.explainedRoundedDown)), points off by \(residuals) %.",
        ]
        if fit.isBounded {
            sentences.append(
                "The free fit is negative, and held at zero"
                    + (fit.hasIntervals ? "; its intervals are shown." : "."))
        }
        if let cores, Double(cores) < last {
            sentences.append("More than \(cores) share cores.")
        }
        return sentences
    }

    private func percent(_ share: Double) -> String {
        "\(Presentation.significant(share * 100, digits: 2)) %"
    }
}

extension Evidence.Extrapolation.Law {
    /// The value of the parameter to which the law is carried.
    func concurrency(_ claims: ClaimFigures) throws(Formula.Problem) -> Double {
        let result = try to.value.evaluate { name throws(Formula.Problem) in
            try claims.figure(name)
        }
        let dimension = result.dimension ?? Formula.Dimension.none
        guard dimension == Formula.Dimension.none,
            result.range.lowerBound == result.range.upperBound, result.range.lowerBound >= 1,
            result.range.lowerBound <= 1e9
        else {
            throw Formula.Problem(
                found: "'\(to.value)', which comes to \(FigureText.plain(result.range)), in "
                    + "\(dimension)",
                expected: "a plain number from 1 to 1 000 000 000 to carry the law to")
        }
        return result.range.lowerBound
    }
}
