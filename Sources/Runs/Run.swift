import Hardware
import Measurement

/// A run in memory: everything that figures, verdicts and reports are derived from.
public struct Run: Sendable {
    /// A latency distribution with what it is of.
    public struct Distribution: Sendable {
        /// What it is the distribution of.
        public let key: FigureKey
        /// The fork that recorded it.
        public let fork: Int
        /// The recorded times.
        public let distribution: LatencyDistribution

        /// A distribution.
        public init(key: FigureKey, fork: Int, distribution: LatencyDistribution) {
            self.key = key
            self.fork = fork
            self.distribution = distribution
        }
    }

    /// What was run and how.
    public let manifest: Manifest
    /// The machine that it ran on.
    public let machine: Machine
    /// Every raw sample, series by series in the order in which they were taken.
    public let samples: [SampleSeries]
    /// Every latency distribution, a fork at a time.
    public let distributions: [Distribution]
    /// What the doctor found before and after.
    public let checkups: RunCheckups

    /// A run.
    public init(
        manifest: Manifest, machine: Machine, samples: [SampleSeries],
        distributions: [Distribution], checkups: RunCheckups = RunCheckups()
    ) {
        self.manifest = manifest
        self.machine = machine
        self.samples = samples
        self.distributions = distributions
        self.checkups = checkups
    }
}
