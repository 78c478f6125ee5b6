import CNilometerShims
import Synchronization

/// A counter alone on its cache lines: 128 bytes of padding on either side keep neighbours and
/// the adjacent-line prefetcher away.
public final class SharedLine: Sendable {
    private let before: Padding
    /// The counter.
    public let value: Atomic<UInt64>
    private let after: Padding

    /// A counter that starts at zero.
    public init() {
        before = Padding()
        value = Atomic(0)
        after = Padding()
    }

    private struct Padding: Sendable {
        let words: InlineArray<16, UInt64> = InlineArray(repeating: 0)
    }
}

/// Two threads that take turns on one cache line: the least that any hand-off between their cores
/// can cost.
///
/// Two ways of waiting are timed, because which is faster depends on the coherence protocol:
/// polling with loads (the line is shared, then upgraded) and polling by exchange with a pause
/// (the line is owned at once). The faster one is the floor; the load-polling one classifies the
/// placement, because its three levels lie furthest apart.
public final class CacheLinePingPong: PairedBody {
    /// How the waiting side looks at the line.
    public enum Polling: Sendable {
        /// Loads in a tight loop.
        case load
        /// Atomic exchange-compare with a pause between attempts.
        case exchange
    }

    private let polling: Polling
    private let line = SharedLine()

    /// A ping-pong that waits by `polling`.
    public init(_ polling: Polling) { self.polling = polling }

    /// Makes `iterations` round trips: hands the line over and waits until it comes back.
    public func initiate(iterations: Int) {
        for _ in 0..<iterations {
            hand(over: 0, to: 1)
        }
        awaitTurn(0)
    }

    /// The other side of `iterations` round trips.
    public func respond(iterations: Int) {
        for _ in 0..<iterations {
            hand(over: 1, to: 0)
        }
    }

    /// Waits until the line holds `mine`, then stores `theirs`.
    ///
    /// Ordering: the store releases and the wait acquires, so each hand-over happens after the
    /// one before; with exchange the one operation does both.
    private func hand(over mine: UInt64, to theirs: UInt64) {
        switch polling {
        case .load:
            while line.value.load(ordering: .acquiring) != mine {}
            line.value.store(theirs, ordering: .releasing)
        case .exchange:
            while !line.value.compareExchange(
                expected: mine, desired: theirs, ordering: .acquiringAndReleasing
            ).exchanged {
                nilometer_pause()
            }
        }
    }

    private func awaitTurn(_ mine: UInt64) {
        // Pairs with the releasing store in the partner's last hand-over.
        while line.value.load(ordering: .acquiring) != mine {}
    }
}
