import CNilometerShims
import Glibc
import Hardware
import Measurement
import Quantities

/// A disturbance of known length, put in the way of a probe: what the probe must read back.
enum NoiseDisturbance: String, CaseIterable {
    /// A signal's handler reads the clock for so long: nothing that the kernel counts as a reason.
    case burn
    /// A signal's handler sleeps for so long: the thread gives its core up.
    case sleep
    /// Another thread on the same core works for so long: the kernel takes the core away.
    case compete

    /// What a disturbance came to.
    struct Outcome {
        /// How long it was, by its own account or the kernel's, in nanoseconds.
        let length: Double
        /// How long the probe found it, in nanoseconds.
        let found: Double
        /// The cause that the probe found for most of the lost time.
        let cause: JitterCause?
        /// Whether nothing else took the core meanwhile, by the kernel's counts. Another thread's
        /// time would lie in one gap with the disturbance.
        let isAlone: Bool
    }

    /// Why a disturbance could not be made.
    enum Failure: Error, CustomStringConvertible {
        /// The kernel refused the timer.
        case timer(SystemError)
        /// The probe was over before the signal came.
        case late

        var description: String {
            switch self {
            case .timer(let error): "no timer can interrupt the probe: \(error)"
            case .late: "the timer's signal did not come while the probe ran"
            }
        }
    }

    /// How long the probe is left alone at first.
    private static let delay = Nanoseconds.milliseconds(4)

    /// How often a disturbance is tried that does not come while the probe runs.
    private static let mostAttempts = 50

    /// The cause that the probe must find: a handler that burns looks like nothing that is counted.
    var expectedCause: JitterCause? {
        switch self {
        case .burn: nil
        case .sleep: .waited
        case .compete: .preempted
        }
    }

    /// Probes the calling thread's core while it is disturbed for `length`.
    func probe(_ clock: TickClock, length: Nanoseconds) throws -> Outcome {
        switch self {
        case .burn: try interrupted(clock, length, NILOMETER_INTERRUPTION_BURN)
        case .sleep: try interrupted(clock, length, NILOMETER_INTERRUPTION_SLEEP)
        case .compete: try competed(clock, length)
        }
    }

    /// One gap: of all that were found, the one whose length is nearest to the handler's own.
    private func interrupted(
        _ clock: TickClock, _ length: Nanoseconds, _ kind: nilometer_interruption_kind
    ) throws -> Outcome {
        let probe = JitterProbe(
            clock: clock, duration: length + NoiseDisturbance.delay * 2,
            slice: .milliseconds(1))
        var took = 0.0
        var last: JitterReading?
        // Where other threads hold the core, the probe's time may pass without the thread running.
        for _ in 0..<NoiseDisturbance.mostAttempts where took == 0 {
            let status = nilometer_interruption_arm(
                UInt64(NoiseDisturbance.delay.rawValue), UInt64(length.rawValue),
                Int32(kind.rawValue))
            guard status == 0 else { throw Failure.timer(SystemError(status)) }
            last = probe.run()
            took = Double(nilometer_interruption_finish())
        }
        guard took > 0, let reading = last else { throw Failure.late }
        let found = reading.lengths.buckets.map { Double($0.picoseconds) / 1000 }
            .min { abs($0 - took) < abs($1 - took) }
        return Outcome(
            length: took, found: found ?? 0, cause: reading.causes.first?.cause,
            isAlone: reading.events.involuntarySwitches == 0)
    }

    /// As many gaps as the scheduler makes of it: the time lost to other threads, all together. The
    /// kernel keeps an account of how long the thread waited for its core, whoever had it; where it
    /// does not, the competitor's own time is what it must have waited.
    private func competed(_ clock: TickClock, _ length: Nanoseconds) throws -> Outcome {
        let competitor = try PinnedThread(pu: ThreadBinding.currentPU(), name: "competitor") {
            usleep(UInt32(NoiseDisturbance.delay.rawValue / 1000))
            let start = Double(ProcessorTime.ofThread())
            while Double(ProcessorTime.ofThread()) - start < length.rawValue {}
        }
        // It shares the core with the probe, so it may take twice its length, and a slice more.
        let probe = JitterProbe(
            clock: clock, duration: length * 3 + NoiseDisturbance.delay * 3,
            slice: .milliseconds(1))
        let reading = probe.run()
        competitor.join()
        // A group that is held back by its quota waits as well, and the account has that too.
        let lost = reading.causes.filter { $0.cause == .preempted || $0.cause == .throttled }
            .reduce(0) { $0 + $1.lost }
        // A thread that has precedence (chrt) never waited: then the competitor had no turn, and
        // what the probe did not see is held against what there was to see.
        let waited = reading.events.waitedForCore ?? 0
        return Outcome(
            length: waited > length.rawValue / 2 ? waited : length.rawValue, found: lost,
            cause: reading.causes.first?.cause, isAlone: true)
    }
}
