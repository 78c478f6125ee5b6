import CNilometerShims
import Hardware
import Quantities

/// Finds whether a core works at one speed: the same piece of work, timed again and again.
///
/// The fixed-work-quantum method (M. Sottile, R. Minnich, "Analysis of Microbenchmarks for
/// Performance Tuning of Clusters", CLUSTER 2004): what slows a core without taking it away leaves
/// no gap, but the work takes longer. A chunk of dependent work tells a slower clock, a chunk of
/// independent work a core that is shared with a busy hardware thread. Chunks of both kinds
/// alternate, so that both meet the same moments.
public struct WorkRate: Sendable {
    private let clock: TickClock
    private let duration: Nanoseconds

    /// The most chunks of a kind; later ones are not taken.
    static let mostChunks = 1 << 18

    /// The fewest chunks of a kind: as many as the 99th percentile needs.
    static let fewestChunks = 300

    /// Works for `duration`, and until there are chunks enough for every figure.
    public init(clock: TickClock, duration: Nanoseconds = .milliseconds(20)) {
        precondition(duration > .zero, "work needs time")
        self.clock = clock
        self.duration = duration
    }

    /// Works on a core, in a new thread bound to it, and waits for the reading. Throws what
    /// ``PinnedThread`` throws.
    public func run(on processingUnit: Int) throws -> WorkReading {
        try PinnedReading.take(on: processingUnit, name: "work") { run() }
    }

    /// Works on the core that the calling thread runs on, which should be bound to it.
    public func run() -> WorkReading {
        var chain: [Double] = []
        var wide: [Double] = []
        chain.reserveCapacity(WorkRate.mostChunks)
        wide.reserveCapacity(WorkRate.mostChunks)
        var seed: UInt64 = nilometer_opaque(1)
        let start = clock.begin()
        repeat {
            let first = clock.begin()
            seed = FixedWork.chain(seed)
            let second = clock.begin()
            seed = FixedWork.wide(seed)
            let third = clock.end()
            nilometer_consume(seed)
            chain.append(clock.nanoseconds(from: first, to: second))
            wide.append(clock.nanoseconds(from: second, to: third))
        } while chain.count < WorkRate.mostChunks
            && (chain.count < WorkRate.fewestChunks
                || clock.nanoseconds(from: start, to: clock.begin()) < duration.rawValue)
        return WorkReading(
            processingUnit: ThreadBinding.currentPU(), chain: WorkReading.Rate(chunks: chain),
            wide: WorkReading.Rate(chunks: wide))
    }
}

/// How evenly a core worked.
public struct WorkReading: Codable, Hashable, Sendable {
    /// The times of equal chunks of work.
    public struct Rate: Codable, Hashable, Sendable {
        /// How many were timed.
        public let chunks: Int
        /// The fastest, in nanoseconds.
        public let fastest: Double
        /// The median, in nanoseconds.
        public let median: Double
        /// The 99th percentile, in nanoseconds; `nil` for fewer than 300 chunks, which do not carry
        /// it.
        public let p99: Double?
        /// How much longer the chunks took in the slowest tenth of the time than in the fastest,
        /// median by median, as a ratio of 1 and more: a speed that changed for a while. `nil` for
        /// fewer than 100 chunks.
        public let drift: Double?

        /// The rate of the chunks that took these times, in nanoseconds, in the order in which they
        /// were taken; at least one.
        public init(chunks: [Double]) {
            precondition(!chunks.isEmpty, "no chunk was timed")
            self.chunks = chunks.count
            let sorted = chunks.sorted()
            fastest = sorted[0]
            median = Rate.median(sorted)
            p99 =
                sorted.count >= WorkRate.fewestChunks
                ? sorted[(sorted.count * 99 + 99) / 100 - 1] : nil
            guard chunks.count >= 100 else {
                drift = nil
                return
            }
            let tenths = (0..<10).map { tenth in
                let part = chunks[chunks.count * tenth / 10..<chunks.count * (tenth + 1) / 10]
                return Rate.median(part.sorted())
            }
            drift = (tenths.max() ?? 1) / (tenths.min() ?? 1)
        }

        private static func median(_ sorted: [Double]) -> Double {
            let middle = sorted.count / 2
            return sorted.count % 2 == 1
                ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
    }

    /// The hardware thread that worked, by the kernel's number.
    public let processingUnit: Int
    /// Dependent multiplications: the clock's speed.
    public let chain: Rate
    /// Independent additions: the clock's speed, and how much of the core the thread had.
    public let wide: Rate

    /// A reading.
    public init(processingUnit: Int, chain: Rate, wide: Rate) {
        self.processingUnit = processingUnit
        self.chain = chain
        self.wide = wide
    }

    /// What changed the core's speed.
    public enum Change: String, Codable, Sendable {
        /// Both kinds of work slowed: the clock did.
        case slowerClock = "slower-clock"
        /// Independent work slowed and dependent work did not: the core was shared.
        case sharedCore = "shared-core"
    }

    /// A drift up to this is none: five per cent, above what the tenths of a steady core show.
    public static let steadyDrift = 1.05

    /// What changed the core's speed, or `nil` where it was steady or nobody can tell. A clock that
    /// drifts slows both kinds of work; only what independent work slowed beyond that is another
    /// thread's doing.
    public var change: Change? {
        guard let dependent = chain.drift, let independent = wide.drift else { return nil }
        if dependent > WorkReading.steadyDrift { return .slowerClock }
        return independent / dependent > WorkReading.steadyDrift ? .sharedCore : nil
    }
}
