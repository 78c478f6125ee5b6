import Measurement
import Quantities
import Runs
import StrictYAML

@testable import Claims

/// Claims files and figures that the tests of judging share.
enum Examples {
    /// A claims file with one claim.
    static func file(
        id: String = "A-1", comparator: String = "'<'", value: String = "100", unit: String = "ns",
        how: String = "direct", decide: String, more: String = ""
    ) -> String {
        header
            + claim(
                id: id, comparator: comparator, value: value, unit: unit, how: how, decide: decide,
                more: more)
    }

    static let header = """
        schema: nilometer/claims/1
        document: {name: paper, title: A Paper}
        claims:

        """

    static func claim(
        id: String = "A-1", comparator: String = "'<'", value: String = "100", unit: String = "ns",
        how: String = "direct", decide: String, more: String = ""
    ) -> String {
        """
        - id: \(id)
          section: Results
          subject: thing
          metric: latency
          comparator: \(comparator)
          value: \(value)
          unit: \(unit)
          how: \(how)
          decide:
            \(decide.split(separator: "\n").joined(separator: "\n    "))
        \(more.isEmpty ? "" : "  \(more)\n")
        """
    }

    static let evidence = "evidence: {workload: w, metric: latency, statistic: median}"

    static func library(_ files: String...) throws(InputProblems) -> ClaimLibrary {
        var documents: [ClaimDocument] = []
        for file in files { documents.append(try ClaimDocument(text: file, file: "c.yaml")) }
        return try ClaimLibrary(documents)
    }

    static func message<Result>(_ body: () throws -> Result) -> String {
        do {
            return "no error: \(try body())"
        } catch {
            return "\(error)"
        }
    }

    /// A median with its interval, and its extremes where they are given.
    static func figures(
        _ value: Double?, _ interval: ClosedRange<Double>? = nil, workload: String = "w",
        metric: String = "latency", unit: String = "ns", statistic: String = "median",
        _ parameters: String = "", profile: String = "auto", quality: String = "ok",
        extremes: ClosedRange<Double>? = nil
    ) throws -> [Figure] {
        let set = try ParameterSet(parsing: parameters)
        func figure(_ statistic: String, _ value: Double?) -> Figure {
            let isEstimate = statistic != "min" && statistic != "max"
            return Figure(
                run: "r", workload: workload, parameters: set, profile: profile, metric: metric,
                unit: unit, statistic: statistic, value: value,
                ciLow: isEstimate ? interval?.lowerBound : nil,
                ciHigh: isEstimate ? interval?.upperBound : nil, confidence: 0.95, samples: 10,
                forks: 2, quality: quality)
        }
        let ends = extremes.map { [figure("min", $0.lowerBound), figure("max", $0.upperBound)] }
        return [figure(statistic, value)] + (ends ?? [])
    }
}
