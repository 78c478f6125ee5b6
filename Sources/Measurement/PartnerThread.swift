import CNilometerShims
import Counters
import Foundation
import Hardware
import Synchronization

/// Work that two threads on different cores do together.
///
/// The object is shared by both threads: the initiating thread may touch only what
/// `initiate` uses, the responding one only what `respond` uses; the hand-over before and after
/// each window orders the two.
public protocol PairedBody: AnyObject, Sendable {
    /// The measured side: returns when `iterations` operations are complete on both sides.
    func initiate(iterations: Int) throws
    /// The partner's side of the same operations.
    func respond(iterations: Int)
}

/// The second thread of cross-core measurements: pinned, spinning on a mailbox, running the
/// partner's side of one window at a time.
///
/// One partner serves all contenders of a run, so that they meet the same two cores in turn.
public final class PartnerThread {
    private let mailbox: Mailbox
    private let thread: PinnedThread
    private let isCounting: Bool
    /// The processing unit that the partner is bound to.
    public let processingUnit: Int

    /// Starts the partner bound to `processingUnit`, ready for the windows of `bodies`, which may
    /// count `counters`.
    public init(
        on processingUnit: Int, bodies: [any PairedBody], counters: [CounterName] = []
    ) throws {
        let mailbox = Mailbox()
        isCounting = !counters.isEmpty
        self.mailbox = mailbox
        self.processingUnit = processingUnit
        thread = try PinnedThread(pu: processingUnit, name: "partner") {
            mailbox.serve(
                bodies, on: processingUnit,
                counters: counters.isEmpty ? nil : ThreadCounters(counters, of: .partner))
        }
    }

    /// Asks the partner to respond to `iterations` operations of body number `index`.
    /// Call `finish()` before the next start.
    public func start(body index: Int, iterations: Int) {
        mailbox.post(Mailbox.Request(body: index, iterations: iterations))
    }

    /// Waits until the partner's side of the window is complete; true when the partner was found
    /// on its own processing unit at both ends of the window.
    public func finish() -> Bool { mailbox.awaitCompletion() }

    /// Lets the partner's counters begin before the window of round number `turn`.
    func beginCounting(turn: Int) {
        guard isCounting else { return }
        mailbox.post(Mailbox.Request(body: Mailbox.countNext, iterations: turn))
        _ = mailbox.awaitCompletion()
    }

    /// What the partner's counters counted in the last window, apart from the probes after it: to be
    /// called once the window is finished. The counters are read behind the clock, so that reading
    /// them is in nobody's time.
    func endCounting() -> [CounterReading] {
        guard isCounting else { return [] }
        mailbox.post(Mailbox.Request(body: Mailbox.handOver, iterations: 0))
        _ = mailbox.awaitCompletion()
        return mailbox.counts
    }

    /// Runs `body` while the partner sleeps instead of spinning, as its core is another's meanwhile.
    public func resting(_ body: () -> Void) {
        mailbox.post(Mailbox.Request(body: Mailbox.rest, iterations: 0))
        _ = mailbox.awaitCompletion()
        body()
        mailbox.rested.signal()
    }

    /// Stops the partner and waits for its thread.
    public func stop() {
        mailbox.post(Mailbox.Request(body: Mailbox.stop, iterations: 0))
        thread.join()
    }
}

/// A one-slot hand-over between the measuring thread and its partner.
private final class Mailbox: Sendable {
    struct Request {
        let body: Int
        let iterations: Int
    }

    /// Requests that are no bodies.
    static let stop = -1
    static let countNext = -2
    static let handOver = -3
    static let rest = -4

    /// Signalled when the partner is to go on after a rest.
    let rested = DispatchSemaphore(value: 0)

    private let body = Atomic<Int>(0)
    private let iterations = Atomic<Int>(0)
    private let stayed = Atomic<Bool>(true)
    private let posted = SharedLine()
    private let completed = SharedLine()
    private let counted = Mutex<[CounterReading]>([])

    /// What the last counted window came to.
    var counts: [CounterReading] { counted.withLock { $0 } }

    /// Called by the measuring thread only.
    func post(_ request: Request) {
        body.store(request.body, ordering: .relaxed)
        iterations.store(request.iterations, ordering: .relaxed)
        let number = posted.value.load(ordering: .relaxed)
        // Publishes the request: pairs with the acquiring load in `serve`.
        posted.value.store(number + 1, ordering: .releasing)
    }

    /// Called by the measuring thread only, after `post`.
    func awaitCompletion() -> Bool {
        let number = posted.value.load(ordering: .relaxed)
        // Pairs with the releasing store at the end of `serve`'s loop.
        while completed.value.load(ordering: .acquiring) != number { nilometer_pause() }
        return stayed.load(ordering: .relaxed)
    }

    /// The partner's loop.
    func serve(
        _ bodies: [any PairedBody], on processingUnit: Int, counters: ThreadCounters?
    ) {
        var number: UInt64 = 0
        var mark: ThreadCounters.Mark?
        while true {
            // Pairs with the releasing store in `post`.
            while posted.value.load(ordering: .acquiring) == number { nilometer_pause() }
            number += 1
            let index = body.load(ordering: .relaxed)
            if index == Mailbox.stop { return }
            if index == Mailbox.countNext {
                mark = counters?.mark(turn: iterations.load(ordering: .relaxed))
            }
            guard index >= 0 else {
                completed.value.store(number, ordering: .releasing)
                if index == Mailbox.rest { rested.wait() }
                continue
            }
            let before = ThreadBinding.currentPU()
            bodies[index].respond(iterations: iterations.load(ordering: .relaxed))
            let after = ThreadBinding.currentPU()
            stayed.store(
                before == processingUnit && after == processingUnit, ordering: .relaxed)
            // Publishes the partner's work: pairs with the load in `awaitCompletion`.
            completed.value.store(number, ordering: .releasing)
            if let start = mark, let counters {
                let found = counters.counts(since: start)
                counted.withLock { $0 = found }
                mark = nil
            }
        }
    }
}
