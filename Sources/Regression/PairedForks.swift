import Measurement
import Quantities
import Runs
import Statistics

/// The forks of two builds that took turns, paired by their numbers.
///
/// Windows of two processes do not meet as those of one process do, so each fork gives one figure,
/// its median, and each pair one ratio: what drifts from pair to pair cancels out, what a process
/// draws for itself (layout, placement) is between the pairs. A fork whose windows spread beyond what
/// the rule allows is doubted, since its median alone would not show it.
struct PairedForks {
    let samples: ComparedSamples
    let doubts: [[String]]
    /// Forks that have no partner.
    let unpaired: Int

    /// `nil` when no fork has a partner, or a base median has no ratio.
    init?(base: ForkedFigure, new: ForkedFigure, rule: ComparisonRule) {
        var (left, right): ([[Double]], [[Double]]) = ([], [])
        var doubts: [[String]] = []
        for fork in base.forks {
            guard let partner = new.forks.first(where: { $0.number == fork.number }) else {
                continue
            }
            guard fork.median > 0, partner.median > 0 else { return nil }
            left.append([fork.median])
            right.append([partner.median])
            doubts += [fork, partner].map { PairedForks.doubts(about: $0, rule) }
        }
        guard !left.isEmpty else { return nil }
        samples = .paired(base: left, new: right)
        self.doubts = doubts
        unpaired = base.forks.count + new.forks.count - 2 * left.count
    }

    /// What drifts meets both processes of a pair, so unsteadiness is no doubt by itself.
    private static func doubts(about fork: ForkedFigure.Fork, _ rule: ComparisonRule) -> [String] {
        let kept = fork.doubts.filter { !WindowAnalysis.steadinessDoubts.contains($0) }
        guard fork.values.count >= Spread.fewestWindows, fork.values.allSatisfy({ $0 > 0 }),
            let within = Spread(of: [fork.values]).within, within > rule.greatestSpreadWithin
        else { return kept }
        return kept + [
            "windows spread by more than \(Presentation.percent(rule.greatestSpreadWithin))"
        ]
    }
}
