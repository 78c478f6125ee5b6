import Measurement
import Quantities
import Runs
import Statistics

/// The forks of two builds, paired by their numbers.
///
/// Where the two processes of a pair handed over after every round, the windows of a round met the
/// same machine, and each pair gives one ratio a round: what drifts from round to round cancels out.
/// Otherwise each fork gives one figure, its median, and each pair one ratio: what drifts from pair
/// to pair cancels out; so too where windows were divided by placement, since those of one placement are
/// of other rounds in either process. What a process draws for itself (layout, placement) is between the pairs
/// either way. A fork whose windows spread beyond what the rule allows is doubted where its median
/// stands for it, since that alone would not show it.
struct PairedForks {
    let samples: ComparedSamples
    let doubts: [[String]]
    /// Forks that have no partner.
    let unpaired: Int

    /// `nil` when no fork has a partner, or a base median has no ratio.
    ///
    /// - Parameter byRound: whether the processes of the pairs handed over after every round.
    init?(base: ForkedFigure, new: ForkedFigure, byRound: Bool, rule: ComparisonRule) {
        let byRound = byRound && base.identity.key.parameters["placement"] == nil
        var ratios: [[Double]] = []
        var doubts: [[String]] = []
        for fork in base.forks {
            guard let partner = new.forks.first(where: { $0.number == fork.number }) else {
                continue
            }
            guard fork.median > 0, partner.median > 0 else { return nil }
            if byRound, let rounds = PairedForks.rounds(fork, partner) {
                ratios.append(rounds)
                doubts += [fork, partner].map(PairedForks.lastingDoubts)
            } else {
                ratios.append([partner.median / fork.median])
                doubts += [fork, partner].map { PairedForks.doubts(about: $0, rule) }
            }
        }
        guard !ratios.isEmpty else { return nil }
        samples = .paired(ratios: ratios)
        self.doubts = doubts
        unpaired = base.forks.count + new.forks.count - 2 * ratios.count
    }

    /// New over base, round by round, of the rounds that both count; `nil` where these are fewer than
    /// say something about their spread, or one has no ratio.
    private static func rounds(
        _ base: ForkedFigure.Fork, _ new: ForkedFigure.Fork
    ) -> [Double]? {
        let first = max(base.skipped, new.skipped)
        let (old, fresh) = (
            base.values.dropFirst(first - base.skipped), new.values.dropFirst(first - new.skipped)
        )
        let pairs = zip(old, fresh)
        guard min(old.count, fresh.count) >= Spread.fewestWindows,
            pairs.allSatisfy({ $0 > 0 && $1 > 0 })
        else { return nil }
        return pairs.map { $1 / $0 }
    }

    /// What meets both processes of a pair is no doubt by itself: that they were never steady.
    private static func lastingDoubts(_ fork: ForkedFigure.Fork) -> [String] {
        fork.doubts.filter { !WindowAnalysis.steadinessDoubts.contains($0) }
    }

    private static func doubts(about fork: ForkedFigure.Fork, _ rule: ComparisonRule) -> [String] {
        let kept = lastingDoubts(fork)
        guard fork.values.count >= Spread.fewestWindows, fork.values.allSatisfy({ $0 > 0 }),
            let within = Spread(of: [fork.values]).within, within > rule.greatestSpreadWithin
        else { return kept }
        return kept + [
            "windows spread by more than \(Presentation.percent(rule.greatestSpreadWithin))"
        ]
    }
}
