import Counters
import Hardware
import Quantities

/// Finds the noise on a core: a thread bound to it reads the clock as fast as it can, and whatever
/// takes the core away shows as a gap between two readings.
///
/// The method of the kernel's `hwlat` and `osnoise` tracers (D. B. de Oliveira, D. Casini,
/// T. Cucinotta, "Operating System Noise in the Linux Kernel", IEEE Transactions on Computers
/// 72(1), 2023) and of Solarflare's `sysjitter`, in user space: it sees what a measured thread
/// would see, needs no privilege, and names causes only as far as the kernel's counters do. The
/// spin runs in slices; between two of them the thread's counters are read, which a gap is then
/// held against.
public struct JitterProbe: Sendable {
    /// Gives the interrupts that the hardware threads have served since boot, or `nil` where nobody
    /// tells. Must be callable from any thread.
    public typealias InterruptReader = @Sendable () -> InterruptCounts?

    /// Tells how long this process was held back; its groups are looked up once.
    fileprivate static let throttledTime = ThrottledTime()

    /// The least difference between two readings that can be a gap: below lies what a cache miss
    /// or a page walk may cost.
    public static let leastThreshold = Nanoseconds.microseconds(1)

    /// How often the median reading must fit into a gap.
    static let thresholdFactor = 8.0

    private let clock: TickClock
    private let duration: Nanoseconds
    private let slice: Nanoseconds
    private let interrupts: InterruptReader

    /// A probe that spins for `duration`, at least one slice: 20 ms by default.
    ///
    /// - Parameters:
    ///   - clock: what is read.
    ///   - slice: how long it spins between two looks at the thread's counters: the time within
    ///     which a switch and a gap are held to be the same event.
    ///   - interrupts: who tells the counts of interrupts; `/proc/interrupts` by default.
    public init(
        clock: TickClock, duration: Nanoseconds = .milliseconds(20),
        slice: Nanoseconds = .milliseconds(1), interrupts: InterruptReader? = nil
    ) {
        precondition(slice > .zero && duration > .zero, "a probe needs time to run")
        self.clock = clock
        self.duration = duration
        self.slice = min(slice, duration)
        self.interrupts = interrupts ?? { InterruptCounts.interrupts() }
    }

    /// Probes a core from a new thread bound to it, and waits for the reading.
    /// Throws what ``PinnedThread`` throws.
    public func run(on processingUnit: Int) throws -> JitterReading {
        try PinnedReading.take(on: processingUnit, name: "jitter") { run() }
    }

    /// Probes the core that the calling thread runs on, which should be bound to it.
    public func run() -> JitterReading {
        let processingUnit = ThreadBinding.currentPU()
        let loopCost = medianReading()
        let threshold = max(
            JitterProbe.leastThreshold.rawValue, JitterProbe.thresholdFactor * loopCost)
        let counts = CoreCounts(processingUnit, interrupts)
        let start = clock.begin()
        let first = ThreadActivity.current()
        let tally = spin(from: start, threshold: ticks(threshold))
        let last = ThreadActivity.current()
        let elapsed = clock.nanoseconds(from: start, to: clock.end())
        var events = counts.since(interrupts)
        events.involuntarySwitches = last.involuntarySwitches - first.involuntarySwitches
        events.voluntarySwitches = last.voluntarySwitches - first.voluntarySwitches
        events.migrations = tally.slices.count(where: \.migrated)
        return tally.reading(
            processingUnit: processingUnit, elapsed: elapsed, loopCost: loopCost,
            threshold: threshold, events: events)
    }

    /// Slice after slice, with a look at the thread's counters behind each.
    private func spin(from start: UInt64, threshold: UInt64) -> JitterTally {
        var scan = GapScan(span: ticks(slice.rawValue), threshold: threshold)
        var tally = JitterTally()
        var number = 0
        var before = ThreadActivity.current()
        var place = ThreadBinding.currentPU()
        while clock.nanoseconds(from: start, to: clock.begin()) < duration.rawValue {
            let stretch = scan.run { clock.begin() }
            let after = ThreadActivity.current()
            let newPlace = ThreadBinding.currentPU()
            tally.add(stretch, scan.lengths, slice: number, clock)
            let events = GapAttribution.SliceEvents(
                slice: number,
                involuntary: after.involuntarySwitches - before.involuntarySwitches,
                voluntary: after.voluntarySwitches - before.voluntarySwitches,
                migrated: newPlace != place)
            if events.involuntary + events.voluntary > 0 || events.migrated {
                tally.slices.append(events)
            }
            number += 1
            before = after
            place = newPlace
        }
        return tally
    }

    /// The median difference between neighbouring readings of a loop, in nanoseconds.
    private func medianReading() -> Double {
        var differences = [Double](repeating: 0, count: 1001)
        var previous = clock.begin()
        for index in differences.indices {
            let now = clock.begin()
            differences[index] = clock.nanoseconds(from: previous, to: now)
            previous = now
        }
        differences.sort()
        return differences[differences.count / 2]
    }

    private func ticks(_ nanoseconds: Double) -> UInt64 {
        UInt64(max(1, (nanoseconds * clock.calibration.ticksPerNanosecond).rounded()))
    }
}

extension JitterTally {
    /// Adds what a slice saw.
    mutating func add(
        _ stretch: GapScan.Stretch, _ lengths: [UInt64], slice: Int, _ clock: TickClock
    ) {
        duration += clock.nanoseconds(from: 0, to: stretch.length)
        readings += stretch.readings
        backwards += stretch.backwards
        longest = max(longest, clock.nanoseconds(from: 0, to: stretch.longest))
        for length in lengths.prefix(stretch.gaps) {
            gaps.append(
                GapAttribution.Gap(length: clock.nanoseconds(from: 0, to: length), slice: slice))
        }
    }
}

/// What the kernel has counted for a core and the calling thread, from which a probe starts.
private struct CoreCounts {
    private let processingUnit: Int
    private let times: ProcessorTimes?
    private let interrupts: InterruptCounts?
    private let waited: Double?
    private let throttled: Double?

    init(_ processingUnit: Int, _ reader: JitterProbe.InterruptReader) {
        self.processingUnit = processingUnit
        interrupts = reader()
        throttled = JitterProbe.throttledTime.read()
        times = ProcessorTimes.current()
        waited = ThreadActivity.waitedForCore()
    }

    func since(_ reader: JitterProbe.InterruptReader) -> JitterEvents {
        let nowWaited = ThreadActivity.waitedForCore()
        let now = ProcessorTimes.current()
        let stolen = times.flatMap { now?.stolen(from: processingUnit, since: $0) }
        let nowThrottled = JitterProbe.throttledTime.read()
        let served = interrupts.flatMap { reader()?.since($0).served(by: processingUnit) }
        return JitterEvents(
            waitedForCore: waited.flatMap { then in nowWaited.map { $0 - then } },
            stolen: stolen,
            throttled: throttled.flatMap { then in nowThrottled.map { max(0, $0 - then) } },
            interrupts: served.map { sources in
                sources.map {
                    JitterEvents.Interrupts(source: $0.name, count: Int(clamping: $0.count))
                }
            })
    }
}
