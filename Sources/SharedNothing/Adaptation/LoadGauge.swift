/// Makes readings of the load of what is counted of a pool's workers: a value without clock or
/// thread.
struct LoadGauge {
    /// What is counted of a worker at a moment, from its start.
    struct Sample: Equatable, Sendable {
        /// Tells the worker from those before and after it.
        var worker: ObjectIdentifier
        /// For how long it has had nothing to do.
        var idleNanoseconds: UInt64
        /// How many messages it has handled.
        var handled: UInt64
    }

    /// What was seen over an interval.
    struct Interval: Equatable, Sendable {
        var reading: LoadReading
        /// Messages that were handled in it.
        var handled: UInt64
        /// How long it was.
        var nanoseconds: UInt64
    }

    private var begin: MonotonicTime
    private var first: [Sample]
    private var queued = 0.0
    private var looks = 0

    /// Begins an interval.
    init(_ samples: [Sample], at now: MonotonicTime) {
        begin = now
        first = samples
    }

    /// Notes how many messages wait at this moment.
    mutating func note(queued count: Int) {
        queued += Double(max(0, count))
        looks += 1
    }

    /// How long the interval has lasted.
    func length(at now: MonotonicTime) -> Duration { now - begin }

    /// Ends the interval and begins the next. Nil where nothing can be said of it: no time has
    /// passed, nobody looked at the queues, or no worker was there all the time.
    mutating func end(_ samples: [Sample], at now: MonotonicTime) -> Interval? {
        defer {
            (begin, first) = (now, samples)
            (queued, looks) = (0, 0)
        }
        guard now > begin else { return nil }
        let length = now.nanoseconds - begin.nanoseconds
        var busy = 0.0
        var handled: UInt64 = 0
        var count = 0
        for sample in samples {
            let before = first.first { $0.worker == sample.worker }
            // A worker that came meanwhile has worked for part of the interval only.
            handled &+= sample.handled &- (before?.handled ?? 0)
            guard let before else { continue }
            let idle = sample.idleNanoseconds &- min(sample.idleNanoseconds, before.idleNanoseconds)
            busy += Double(length - min(idle, length))
            count += 1
        }
        guard count > 0, looks > 0 else { return nil }
        let utilisation = min(1, max(0, busy / (Double(length) * Double(count))))
        return Interval(
            reading: LoadReading(utilisation: utilisation, queued: queued / Double(looks)),
            handled: handled, nanoseconds: length)
    }
}
