import Regression
import Runs

/// What a run's comparisons of known slowdowns came to, worked out once, when it is first asked for:
/// it takes seconds where there are hundreds.
final class SlowdownSummary {
    private let run: Run

    init(_ run: Run) { self.run = run }

    /// The comparisons.
    private(set) lazy var tally = SlowdownTally(run)

    /// What they say, a line each; empty where nothing calibrated them.
    private(set) lazy var lines = tally.lines
}
