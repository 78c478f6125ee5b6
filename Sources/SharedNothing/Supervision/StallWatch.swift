/// Looks at the vitals of a pool's workers, and says of each that is stuck who, since when, at
/// which message, and where it is.
///
/// Whoever watches calls `look` at an interval, from one thread that is none of the workers'. A
/// stall is traced once, when it is found.
public struct StallWatch: Sendable {
    /// A worker that is watched.
    public struct Subject: Sendable {
        /// Its name, which is also its thread's.
        public let name: String
        /// What its thread writes down.
        public let vitals: WorkerVitals
        /// Its thread's number (`ThreadTrace.admitCurrentThread`), or nil where it is not known.
        public let thread: Int32?

        /// Memberwise.
        public init(name: String, vitals: WorkerVitals, thread: Int32?) {
            self.name = name
            self.vitals = vitals
            self.thread = thread
        }
    }

    /// A worker that is stuck.
    public struct Report: Sendable, CustomStringConvertible {
        /// Its name.
        public let name: String
        /// What is known of the stall.
        public let stall: StallDetector.Stall
        /// Where it is; nil where its thread is not known.
        public let trace: ThreadTrace?
        /// Whether it was still at it after the trace was taken. Otherwise the trace may show where
        /// it went afterwards.
        public var wasStillThere = true

        /// Several lines: who, where in its work, for how long, then the trace.
        public var description: String {
            let head =
                "worker \(stall.worker) '\(name)' has been \(stall.phase) message "
                + "\(stall.ordinal) for at least \(stall.atLeast)"
            guard let trace else { return head }
            let doubt =
                wasStillThere ? "" : "\nit went on while it was traced, and may be elsewhere:"
            return "\(head)\(doubt)\n\(trace)"
        }
    }

    private var detector: StallDetector

    /// Stalls of `threshold` and longer.
    public init(threshold: Duration) { detector = StallDetector(threshold: threshold) }

    /// The stalls found now, and those told earlier that are over. `subjects` is in the order of
    /// workers, and nil stands for one that is gone.
    public mutating func look(
        at subjects: [Subject?], now: MonotonicTime
    ) -> (begun: [Report], ended: [StallDetector.Stall]) {
        let readings = subjects.map { $0?.vitals.read() }
        let findings = detector.look(at: readings, now: now)
        let reports = findings.begun.compactMap { stall -> Report? in
            guard let subject = subjects[stall.worker], let reading = readings[stall.worker] else {
                return nil
            }
            var report = Report(
                name: subject.name, stall: stall,
                trace: subject.thread.map { ThreadTrace.of(thread: $0) })
            report.wasStillThere = StallDetector.isSame(reading, subject.vitals.read())
            return report
        }
        return (reports, findings.ended)
    }
}
