import Hardware

/// Turns readings of the load into settings, with hysteresis: a value without clock or thread.
///
/// What keeps it from oscillating. Each setting changes only after every reading of a dwell asked
/// for it, and then the dwell begins anew. The work that comes in is utilisation × workers, which a
/// change of workers does not change: the number is raised above `high`, to bring the utilisation to
/// `target`, and lowered only while what remains would be below `low`, which is below `target`. So
/// neither change calls for the other. Where all workers are busy the work is unknown: the number
/// is raised by half, and may be lowered again once. The batch is doubled when more than four
/// batches wait for each worker and halved when less than half a one does; the wait has two
/// thresholds of its own.
///
/// This is proportional control with a dead band, as of autoscalers; the utilisation as measure of
/// work is the utilisation law (Denning and Buzen, "The Operational Analysis of Queueing Network
/// Models", 1978).
public struct LoadController: Sendable, Equatable {
    /// Where and when settings change.
    public struct Rules: Sendable, Equatable {
        /// The fewest and the most workers.
        public var workers: ClosedRange<Int>
        /// The largest batch; a power of two.
        public var largestBatch: Int
        /// Hardware threads for the workers: with more workers than these, they sleep while idle.
        public var processors: Int
        /// Workers are added above this utilisation.
        public var high: Double
        /// What adding and removing workers aims at.
        public var target: Double
        /// Workers are removed while the rest would have less than this.
        public var low: Double
        /// Idle workers spin above this utilisation,
        public var spinAbove: Double
        /// and sleep below this one.
        public var sleepBelow: Double
        /// So many readings in a row have to agree.
        public var dwell: Int

        /// Memberwise.
        public init(
            workers: ClosedRange<Int>, largestBatch: Int = 256, processors: Int,
            high: Double = 0.85, target: Double = 0.65, low: Double = 0.5,
            spinAbove: Double = 0.5, sleepBelow: Double = 0.2, dwell: Int = 5
        ) {
            self.workers = workers
            self.largestBatch = largestBatch
            self.processors = processors
            self.high = high
            self.target = target
            self.low = low
            self.spinAbove = spinAbove
            self.sleepBelow = sleepBelow
            self.dwell = dwell
        }

        /// Whether the thresholds are in an order that cannot oscillate.
        var isSound: Bool {
            workers.lowerBound > 0 && processors > 0 && dwell > 0
                && largestBatch > 0 && largestBatch & (largestBatch - 1) == 0
                && 0 < low && low < target && target < high && high < 1
                && 0 <= sleepBelow && sleepBelow < spinAbove && spinAbove < 1
        }
    }

    /// Where and when settings change.
    public let rules: Rules
    /// What is to be in force.
    public private(set) var settings: LoadSettings

    /// How many readings in a row asked for the same change: raising counts up, lowering down.
    private var workerVotes = 0
    private var batchVotes = 0
    private var waitVotes = 0
    /// The largest and the smallest amount of work among those readings.
    private var work = (least: Double.infinity, most: 0.0)

    /// Begins with `settings`, which are brought into the bounds of `rules`.
    public init(_ rules: Rules, from settings: LoadSettings) {
        precondition(rules.isSound, "thresholds that could oscillate: \(rules)")
        self.rules = rules
        var settings = settings
        settings.workers = min(
            max(settings.workers, rules.workers.lowerBound), rules.workers.upperBound)
        let batch = min(max(settings.batch, 1), rules.largestBatch)
        settings.batch = 1 << (Int.bitWidth - 1 - batch.leadingZeroBitCount)
        if settings.workers > rules.processors { settings.wait = .spinThenPark }
        self.settings = settings
    }

    /// Takes the reading of the last interval, during which `settings` were in force; returns the
    /// new settings if they change.
    public mutating func take(_ reading: LoadReading) -> LoadSettings? {
        let before = settings
        considerWorkers(reading)
        considerBatch(reading)
        considerWait(reading)
        if settings.workers != before.workers {
            // What was seen with another number of workers says nothing of these.
            (batchVotes, waitVotes) = (0, 0)
        }
        return settings == before ? nil : settings
    }

    /// Above this nobody knows how much more there would be to do.
    private static var saturated: Double { 0.98 }

    private mutating func considerWorkers(_ reading: LoadReading) {
        let count = settings.workers
        let load = reading.utilisation * Double(count)
        let vote: Int
        if reading.utilisation > rules.high {
            vote = 1
        } else if count > 1, load / Double(count - 1) < rules.low {
            vote = -1
        } else {
            vote = 0
        }
        if vote == 0 || vote.signum() != workerVotes.signum() {
            workerVotes = 0
            work = (.infinity, 0)
        }
        workerVotes += vote
        work = (min(work.least, load), max(work.most, load))
        guard vote != 0, abs(workerVotes) >= rules.dwell else { return }
        let isSaturated = reading.utilisation >= Self.saturated
        // Raised for the least of what was seen and lowered for the most, so that a single reading
        // does not carry it too far.
        let wanted =
            vote > 0
            ? max((work.least / rules.target).roundedUp, isSaturated ? count + (count + 1) / 2 : 0)
            : (work.most / rules.target).roundedUp
        let bounded = min(max(wanted, rules.workers.lowerBound), rules.workers.upperBound)
        workerVotes = 0
        work = (.infinity, 0)
        guard vote > 0 ? bounded > count : bounded < count else { return }
        settings.workers = bounded
        if bounded > rules.processors { settings.wait = .spinThenPark }
    }

    private mutating func considerBatch(_ reading: LoadReading) {
        let queued = reading.queued / Double(settings.workers)
        let batch = Double(settings.batch)
        let vote: Int
        if queued > 4 * batch, settings.batch < rules.largestBatch {
            vote = 1
        } else if queued < batch / 2, settings.batch > 1 {
            vote = -1
        } else {
            vote = 0
        }
        guard Self.agree(vote, &batchVotes, rules.dwell) else { return }
        settings.batch = vote > 0 ? settings.batch * 2 : settings.batch / 2
    }

    private mutating func considerWait(_ reading: LoadReading) {
        guard settings.workers <= rules.processors else { return }
        let vote: Int
        if reading.utilisation > rules.spinAbove, settings.wait != .spinThenYield {
            vote = 1
        } else if reading.utilisation < rules.sleepBelow, settings.wait != .spinThenPark {
            vote = -1
        } else {
            vote = 0
        }
        guard Self.agree(vote, &waitVotes, rules.dwell) else { return }
        settings.wait = vote > 0 ? .spinThenYield : .spinThenPark
    }

    /// Counts a vote; whether enough in a row were alike, which uses them up.
    private static func agree(_ vote: Int, _ votes: inout Int, _ dwell: Int) -> Bool {
        if vote == 0 || vote.signum() != votes.signum() { votes = 0 }
        votes += vote
        guard vote != 0, abs(votes) >= dwell else { return false }
        votes = 0
        return true
    }

    /// Whether all that the controller remembers is the same.
    public static func == (left: LoadController, right: LoadController) -> Bool {
        left.rules == right.rules && left.settings == right.settings
            && left.workerVotes == right.workerVotes && left.batchVotes == right.batchVotes
            && left.waitVotes == right.waitVotes && left.work == right.work
    }
}

extension Double {
    /// The next whole number, for numbers that are small.
    fileprivate var roundedUp: Int { Int(rounded(.up)) }
}
