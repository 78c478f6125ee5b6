/// Pings the workers of a pool, and says which of them live and are ready.
///
/// ```swift
/// var health = PoolHealth(of: pool, every: .seconds(1), timeout: .milliseconds(500))
/// while … {
///     for (worker, check) in health.step().enumerated() where !check.isReady { … }
///     // … half a second of something else.
/// }
/// ```
///
/// A worker answers a ping between two messages, past what waits in its inbox, and also while it is
/// paused or backs off: then it lives and is not ready. It starts no thread: who wants to know calls
/// `step` at least twice an interval. One thread at a time.
public struct PoolHealth<W: Worker>: ~Copyable {
    private struct Probe {
        let seat: WorkerSeat<W.Message, W.Response>
        var check: HealthCheck
        /// Where the worker answers, and the number of that ping. One that hangs is sent no second
        /// one.
        var awaited: (cell: ReplyCell<Void>, number: UInt64)?
    }

    private let pool: WorkerPool<W>
    private let fresh: HealthCheck
    private var probes: [Probe] = []

    /// The health of `pool`, which it keeps; the other numbers are those of `HealthCheck`.
    public init(
        of pool: WorkerPool<W>, every interval: Duration, timeout: Duration, tolerance: Int = 3
    ) {
        self.pool = pool
        fresh = HealthCheck(every: interval, timeout: timeout, tolerance: tolerance)
    }

    /// Takes the answers that came, sends the pings that are due, and returns what is known of each
    /// worker that there is at this moment, by index.
    public mutating func step(at now: MonotonicTime = .now()) -> [HealthCheck] {
        let (known, fresh) = (probes, fresh)
        probes = pool.core.seats.enumerated().map { index, seat in
            // A worker that a resize has put in another's place is unknown.
            guard index < known.count, known[index].seat === seat else {
                return Probe(seat: seat, check: fresh)
            }
            return known[index]
        }
        for index in probes.indices { Self.step(&probes[index], at: now) }
        return probes.map(\.check)
    }

    private static func step(_ probe: inout Probe, at now: MonotonicTime) {
        // Acquiring, in `load`: pairs with the exchange that made it ready.
        if let (cell, number) = probe.awaited, cell.state.load() == ReplyState.ready {
            probe.awaited = nil
            probe.check.answered(number, ready: probe.seat.vitals.read().phase.takesWork, at: now)
        }
        guard let number = probe.check.due(at: now), probe.awaited == nil else { return }
        let cell = ReplyCell<Void>()
        // One that is gone will never answer, which is what the check is about.
        if probe.seat.ping(cell) { probe.awaited = (cell, number) }
    }
}

extension WorkerPhase {
    /// Whether a worker in this phase comes to its next message by itself.
    fileprivate var takesWork: Bool {
        switch self {
        case .idle, .handling, .ticking: true
        case .launching, .starting, .paused, .backingOff, .handingOver, .stopping, .ended: false
        }
    }
}
