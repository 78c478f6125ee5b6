import CNilometerShims
import Glibc
import Measurement
import Synchronization

/// The sending side of a window: waits out the gap, stamps, and keeps what sending cost.
///
/// @unchecked Sendable: the sending thread alone uses it within a window, but for `taken`.
final class WakeupSender: @unchecked Sendable {
    private let clock: TickClock
    private let gapTicks: UInt64
    /// How many stamps the receiver has taken.
    private let taken: SharedLine
    private var handedOver: UInt64 = 0
    /// What each send took, in nanoseconds.
    private(set) var costs: [Double] = []

    /// A sender that is quiet for `gap` nanoseconds before each stamp.
    init(gap: Double, clock: TickClock, taken: SharedLine) {
        self.clock = clock
        gapTicks = UInt64(gap * clock.calibration.ticksPerNanosecond)
        self.taken = taken
    }

    /// Forgets the last window's costs.
    func beginWindow() {
        costs.removeAll(keepingCapacity: true)
        handedOver = taken.value.load(ordering: .acquiring)
    }

    /// Waits until the last stamp was taken, then for the gap; the time at which it ends.
    @inline(__always)
    func stampAfterGap() -> UInt64 {
        // Pairs with the releasing store in `WakeupReceiver.received`.
        while taken.value.load(ordering: .acquiring) != handedOver { nilometer_pause() }
        let start = clock.begin()
        while clock.begin() &- start < gapTicks { nilometer_pause() }
        return clock.begin()
    }

    /// Notes that the stamp is on its way.
    @inline(__always)
    func sent(_ stamp: UInt64) {
        costs.append(clock.nanoseconds(from: stamp, to: clock.end()))
        handedOver += 1
    }
}

/// The receiving side of a window: how long after each stamp it had it, and what it used meanwhile.
///
/// @unchecked Sendable: the receiving thread alone uses it within a window; the hand-over of the
/// window orders that with what the other thread reads afterwards.
final class WakeupReceiver: @unchecked Sendable {
    private let clock: TickClock
    private let taken: SharedLine
    private var waitStart: UInt64 = 0
    private var processorStart = 0.0
    private var isFirst = true

    /// Nanoseconds from each stamp to its arrival; the first of a window, which meets a receiver
    /// that is only just there, is not among them.
    private(set) var delays: [Double] = []
    /// Processor time of the waiting thread over the time it waited.
    private(set) var waited = 0.0
    private(set) var burnt = 0.0
    /// Times that it gave up its processor by itself, over the window.
    private(set) var switches = 0
    /// Stamps that seem to have arrived before they were made: the cores' counters differ.
    private(set) var early = 0

    /// A receiver that tells the sender through `taken`.
    init(clock: TickClock, taken: SharedLine) {
        self.clock = clock
        self.taken = taken
    }

    /// Forgets the last window; on the receiving thread.
    func beginWindow() {
        delays.removeAll(keepingCapacity: true)
        (waited, burnt, early) = (0, 0, 0)
        isFirst = true
        switches = WakeupReceiver.voluntarySwitches()
    }

    /// Completes the counts of the window; on the receiving thread.
    func endWindow() { switches = WakeupReceiver.voluntarySwitches() - switches }

    /// The receiver begins to wait.
    @inline(__always)
    func waits() {
        // The wall clock is read outermost, here and in `received`: the thread cannot have had more
        // of the processor than time has passed.
        waitStart = clock.begin()
        processorStart = Double(ProcessorTime.ofThread())
    }

    /// The receiver has the stamp.
    @inline(__always)
    func received(_ stamp: UInt64) {
        let now = clock.end()
        let used = Double(ProcessorTime.ofThread()) - processorStart
        let waitEnd = clock.end()
        if isFirst {
            isFirst = false
        } else {
            let ticks = Int64(bitPattern: now &- stamp)
            if ticks < 0 { early += 1 }
            delays.append(Double(max(0, ticks)) / clock.calibration.ticksPerNanosecond)
            waited += clock.nanoseconds(from: waitStart, to: waitEnd)
            burnt += used
        }
        // Publishes that the stamp was taken, to `WakeupSender.stampAfterGap`. One writer.
        let number = taken.value.load(ordering: .relaxed)
        taken.value.store(number + 1, ordering: .releasing)
    }

    /// How often the calling thread has given up its processor by itself.
    private static func voluntarySwitches() -> Int {
        var usage = rusage()
        // RUSAGE_THREAD: glibc declares the name of 1 only under _GNU_SOURCE.
        // SAFETY: `usage` outlives the call, which writes nothing else.
        unsafe getrusage(__rusage_who_t(1), &usage)
        return usage.ru_nvcsw
    }
}
