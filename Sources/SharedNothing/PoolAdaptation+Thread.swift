/// The thread on which a pool follows its load. Keeps the pool from going away only during a look.
final class AdaptationThread: Sendable {
    private let adaptation: PoolAdaptation
    /// 1 when it is to end.
    private let end = EventWord(0)
    /// 1 when it has ended, or was never started.
    private let isOver = EventWord(0)

    /// Looks at the queues so often in an interval.
    private static let looks = 4

    init(_ adaptation: PoolAdaptation) { self.adaptation = adaptation }

    /// Starts the thread.
    func start<W: Worker>(on pool: WorkerPool<W>) throws(PoolError) {
        let (adaptation, end, isOver) = (self.adaptation, self.end, self.isOver)
        let pause = adaptation.interval / Self.looks
        do throws(PoolError) {
            try WorkerThread.start(name: "\(pool.configuration.name)-load", pu: nil) {
                [weak pool] in
                defer { isOver.raise(1) }
                // No variable for the pool here: it would keep it alive as long as the thread.
                guard var loop = pool.map({ AdaptationLoop(adaptation, of: $0, at: .now()) })
                else { return }
                while !end.wait(until: MonotonicTime.now() + pause, { $0 != 0 }) {
                    guard let pool else { break }
                    loop.look(at: pool, now: .now())
                }
                loop.save()
            }
        } catch {
            isOver.raise(1)
            throw error
        }
    }

    /// Tells the thread to save what it has learnt and end. Returns at once.
    func order() { end.raise(1) }

    /// Waits until it has.
    func awaitEnd(until deadline: MonotonicTime) {
        _ = isOver.wait(until: deadline) { $0 != 0 }
    }
}
