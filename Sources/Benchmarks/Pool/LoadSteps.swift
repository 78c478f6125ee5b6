import Glibc
import Hardware
import Measurement
import Randomness
import SharedNothing
import Synchronization

/// A pool that follows its load, and the load that it is given: messages at moments that were fixed
/// before, whatever becomes of them.
final class LoadSteps {
    private let pool: WorkerPool<SleepingWorker>
    private let sender: SenderHolder<UInt64, Void>
    private let events: Events
    private var keys: Xoshiro256StarStar
    private var workers = 1
    private var sent: UInt64 = 0
    /// Nanoseconds between two messages below the step and above it.
    private let gaps: (low: Double, high: Double)
    private let length: UInt64

    init(in context: ForkContext) throws {
        let service = context.integer("service")
        let low = Double(service) * 1e3 / context.number("load")
        gaps = (low, low / context.number("step"))
        length = UInt64(context.integer("phase")) * 1_000_000
        keys = context.generator(for: "keys")
        var configuration = try BenchmarkPool.configuration(
            workers: 1, capacity: 16_384, wait: Profile.WaitStrategy.spinThenPark.rawValue,
            in: context)
        let units = context.request.processingUnits.count
        // Kept nowhere: hence no machine to keep it for.
        var adaptation = PoolAdaptation(
            workload: PoolAdapt.description.name, machine: "none",
            rules: .init(workers: 1...context.integer("workers"), processors: max(1, units - 1)),
            store: nil)
        adaptation.interval = .milliseconds(context.integer("interval"))
        let events = Events()
        self.events = events
        adaptation.observer = { events.note($0) }
        configuration.adaptation = adaptation
        // The thread that follows the load is not to share the measuring thread's core.
        pool = try BenchmarkPool.unbound {
            try WorkerPool(SleepingWorker(microseconds: UInt32(service)), configuration)
        }
        sender = SenderHolder(pool.makeSender())
    }

    /// Resizes that failed or were not over in time.
    var failures: [String] { events.list.withLock { $0.failures } }

    /// Gives the pool a load for a phase.
    @discardableResult
    func run(isHigh: Bool) throws -> LoadPhase {
        let gap = isHigh ? gaps.high : gaps.low
        let begin = TickClock.monotonicRaw()
        let end = begin + length
        var marks: [LoadPhase.Mark] = []
        var ends = sender.take()
        var number = 0.0
        while true {
            let due = begin + UInt64(number * gap)
            if due >= end { break }
            Self.sleep(until: due)
            marks.append(mark())
            try ends.send(sent, key: keys.next(), timeout: BenchmarkPool.patience)
            sent += 1
            number += 1
        }
        Self.sleep(until: end)
        marks.append(mark())
        sender.put(ends)
        let changes = events.take(from: workers)
        workers = changes.last?.workers ?? workers
        return LoadPhase(
            isHigh: isHigh, begin: begin, end: marks.last?.at ?? end, workersAtEnd: workers,
            changes: changes, marks: marks)
    }

    /// Stops the pool; how many messages were not handled.
    func end() throws -> UInt64 {
        try pool.stop(within: BenchmarkPool.patience)
        return sent - pool.totals.handled
    }

    private func mark() -> LoadPhase.Mark {
        // The clock last: what was handled by then had been handled when it was read.
        let handled = pool.totals.handled
        return LoadPhase.Mark(at: TickClock.monotonicRaw(), handled: handled)
    }

    private static func sleep(until moment: UInt64) {
        while true {
            let now = TickClock.monotonicRaw()
            if now >= moment { return }
            usleep(UInt32(min((moment - now) / 1000 + 1, 1_000_000)))
        }
    }

    /// What the pool says that it did.
    private final class Events: Sendable {
        struct Lists {
            var changes: [LoadPhase.Change] = []
            var failures: [String] = []
        }

        let list = Mutex(Lists())

        func note(_ event: PoolAdaptation.Event) {
            let now = TickClock.monotonicRaw()
            list.withLock { list in
                switch event {
                case .changed(let settings, _):
                    list.changes.append(.init(at: now, workers: settings.workers))
                case .notResized(let error): list.failures.append("\(error)")
                case .saved, .notSaved: break
                }
            }
        }

        /// Changes of the number of workers since the last call, when there were so many.
        func take(from workers: Int) -> [LoadPhase.Change] {
            let all = list.withLock { list in
                defer { list.changes = [] }
                return list.changes
            }
            var count = workers
            return all.filter { change in
                defer { count = change.workers }
                return change.workers != count
            }
        }
    }
}

/// Sleeps over each message.
struct SleepingWorker: Worker {
    let microseconds: UInt32

    func start(_ context: borrowing WorkerContext<UInt64, Void>) {}

    func handle(
        _ message: UInt64, _ state: inout Void, _ context: borrowing WorkerContext<UInt64, Void>
    ) {
        usleep(microseconds)
    }
}
