import CNilometerShims
import Hardware
import Measurement
import Synchronization

/// A request and its response by nothing but a word each way, to a thread that sleeps at once: what no
/// request to a worker that sleeps can beat.
final class FutexTrip {
    /// What the requester does until the response is there.
    enum Requester: String, CaseIterable {
        /// Looks without end: one wake-up a round trip.
        case looks = "futex"
        /// Sleeps at once as well: two.
        case sleeps = "futex-both"
    }

    private let requester: Requester
    private let words: Words
    private let thread: PinnedThread
    /// Requests so far, and as many responses.
    private var made: UInt32 = 0

    /// Starts the thread that answers, on processing unit `unit`.
    init(_ requester: Requester, on unit: Int) throws {
        let words = Words()
        self.words = words
        self.requester = requester
        thread = try PinnedThread(pu: unit, name: "futex") { words.answer(requester) }
    }

    /// A request and its response.
    func ask() {
        words.request.advanceAndWake()
        made &+= 1
        switch requester {
        case .looks:
            // Pairs with the releasing store in `answer`.
            while words.line.value.load(ordering: .acquiring) != UInt64(made) { nilometer_pause() }
        case .sleeps: words.response.sleep(until: made)
        }
    }

    /// Ends the thread and waits for it.
    func end() {
        words.isOver.store(true, ordering: .relaxed)
        words.request.advanceAndWake()
        thread.join()
    }

    private final class Words: Sendable {
        let request = FutexWord()
        let response = FutexWord()
        let line = SharedLine()
        let isOver = Atomic(false)

        func answer(_ requester: Requester) {
            var seen: UInt32 = 0
            while true {
                seen = request.sleep(past: seen)
                // Ordered by the word, here and in `end`.
                if isOver.load(ordering: .relaxed) { return }
                switch requester {
                case .looks: line.value.store(UInt64(seen), ordering: .releasing)
                case .sleeps: response.advanceAndWake()
                }
            }
        }
    }
}
