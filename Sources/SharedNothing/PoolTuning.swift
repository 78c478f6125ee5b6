import Hardware
import Synchronization

/// What can be changed of the loops of all workers while they run: words on a line that is seldom
/// written.
@usableFromInline
final class PoolTuning: Sendable {
    private let padding = InlineArray<14, UInt64>(repeating: 0)
    /// How many messages a worker takes out of its inbox at once.
    @usableFromInline let batch: Atomic<Int>
    /// Whether a worker that has nothing to do looks again and again, and gives its processor away
    /// in between, instead of waiting as its inbox's strategy says.
    @usableFromInline let polls: Atomic<Bool>
    private let paddingAfter = InlineArray<14, UInt64>(repeating: 0)

    init(_ configuration: PoolConfiguration) {
        batch = Atomic(configuration.batch)
        // A pool that does not follow its load has the inboxes of its strategy: they do it all.
        polls = Atomic(configuration.adaptation != nil && configuration.waitStrategy.polls)
    }

    var currentBatch: Int { batch.load(ordering: .relaxed) }

    var isPolling: Bool { polls.load(ordering: .relaxed) }

    /// Changes what the workers go by from their next look on. Relaxed: each word says all.
    func apply(batch: Int, _ wait: Profile.WaitStrategy) {
        self.batch.store(batch, ordering: .relaxed)
        polls.store(wait.polls, ordering: .relaxed)
    }
}

extension Profile.WaitStrategy {
    /// Whether it never sleeps.
    var polls: Bool {
        switch self {
        case .busySpin, .spinThenYield: true
        case .spinThenPark, .adaptive: false
        }
    }
}
