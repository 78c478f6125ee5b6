/// Finds workers that are stuck in their own code, from what their vitals say.
///
/// A worker stalls when it is inside `start`, `handle`, `tick` or `stop` and has not passed the head
/// of its loop for as long as `threshold`, seen by two readings that far apart. A worker that waits
/// for messages, is paused or waits before a restart never stalls, however long. Reads no clock and
/// no memory of others: `look` is given the readings. O(workers).
public struct StallDetector: Sendable {
    /// A worker that is stuck.
    public struct Stall: Sendable, Equatable {
        /// Index of the worker among the readings.
        public let worker: Int
        /// What it is in.
        public let phase: WorkerPhase
        /// Number of the message in hand, from 1; 0 before the first.
        public let ordinal: UInt64
        /// The earliest moment at which this can have begun, by the worker's own last look at the
        /// clock.
        public let notBefore: MonotonicTime
        /// When it was first seen in it: it has lasted since then at least.
        public let firstSeen: MonotonicTime
        /// When it was last seen in it.
        public let lastSeen: MonotonicTime

        /// How long it has lasted, at least.
        public var atLeast: Duration { lastSeen - firstSeen }
    }

    /// What became of the stalls since the last look.
    public struct Findings: Sendable, Equatable {
        /// Those that were found now, in the order of workers. Each is told once.
        public var begun: [Stall] = []
        /// Those told earlier whose worker has moved since, as they were last seen.
        public var ended: [Stall] = []
    }

    /// How long is too long.
    public let threshold: Duration
    /// The reading at which each worker was first seen where it still is.
    private var seen: [(reading: WorkerVitals.Reading, time: MonotonicTime)?] = []
    private var told: [Stall?] = []

    /// Stalls of `threshold`, which must be positive, and longer.
    public init(threshold: Duration) {
        precondition(threshold > .zero, "a stall of \(threshold)")
        self.threshold = threshold
    }

    /// Compares with the last look, which was earlier. `readings` has one entry a worker, always in
    /// the same order; a pool that grows appends, and nil stands for a worker that is gone.
    public mutating func look(
        at readings: [WorkerVitals.Reading?], now: MonotonicTime
    ) -> Findings {
        while seen.count < readings.count {
            seen.append(nil)
            told.append(nil)
        }
        var findings = Findings()
        for worker in seen.indices {
            let reading = worker < readings.count ? readings[worker] : nil
            guard let reading, let first = seen[worker], Self.isSame(first.reading, reading) else {
                if let stall = told[worker] { findings.ended.append(stall) }
                told[worker] = nil
                seen[worker] = reading.map { ($0, now) }
                continue
            }
            guard let stall = stall(of: worker, first.reading, first.time, now) else { continue }
            if told[worker] == nil { findings.begun.append(stall) }
            told[worker] = stall
        }
        return findings
    }

    /// The stalls that last, in the order of workers.
    public var lasting: [Stall] { told.compactMap { $0 } }

    /// Whether the worker did nothing between two readings. One that tries the same again and again,
    /// such as a start that fails, reads the clock each time; one that is stuck does not.
    static func isSame(_ first: WorkerVitals.Reading, _ second: WorkerVitals.Reading) -> Bool {
        first.phase == second.phase && first.heartbeats == second.heartbeats
            && first.ordinal == second.ordinal && first.since == second.since
    }

    private func stall(
        of worker: Int, _ reading: WorkerVitals.Reading, _ first: MonotonicTime,
        _ now: MonotonicTime
    ) -> Stall? {
        guard reading.phase.isInWorker, now - first >= threshold else { return nil }
        return Stall(
            worker: worker, phase: reading.phase, ordinal: reading.ordinal,
            notBefore: min(reading.since, first), firstSeen: first, lastSeen: now)
    }
}
