import Claims
import Runs
import StrictYAML

/// Which rows of `results.csv` a reference keeps.
///
/// Medians, percentiles and what was computed stay; the ends, mean and deviation of samples go,
/// but for figures that a claim is decided by or whose answer is known, and for the longest of a
/// distribution. They are two thirds of a full run's rows, and the raw samples have them.
struct ReferenceFigures {
    private static let secondary: Set<String> = ["mean", "mad", "min", "max"]

    private struct Metric: Hashable {
        let workload: String
        let metric: String
    }

    private let decisive: Set<Metric>

    /// What is kept of `run` when `claims` are to come out as they do now.
    init(of run: Run, _ claims: ChosenClaims) {
        var decisive: Set<Metric> = []
        for (_, claim) in claims.claims {
            guard case .evidence(let evidence, _) = claim.decision else { continue }
            for workload in claim.workloads {
                decisive.insert(Metric(workload: workload, metric: evidence.metric.value))
            }
        }
        for expected in run.manifest.expectations ?? [] {
            decisive.insert(Metric(workload: expected.key.workload, metric: expected.key.metric))
        }
        self.decisive = decisive
    }

    /// What is kept of `figures`, in their order.
    func kept(of figures: [Figure]) -> [Figure] {
        let distributions = Set(figures.filter { $0.statistic == "p50" }.map(key))
        return figures.filter { figure in
            !Self.secondary.contains(figure.statistic)
                || figure.statistic == "max" && distributions.contains(key(figure))
                || decisive.contains(Metric(workload: figure.workload, metric: figure.metric))
        }
    }

    private func key(_ figure: Figure) -> FigureKey {
        FigureKey(
            workload: figure.workload, parameters: figure.parameters, profile: figure.profile,
            metric: figure.metric)
    }
}
