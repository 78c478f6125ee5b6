import Synchronization

/// What a worker's thread is doing.
@frozen
public enum WorkerPhase: UInt8, Sendable, Equatable, CaseIterable, CustomStringConvertible {
    /// Its thread exists, and has not called `start` yet.
    case launching
    /// In `start`.
    case starting
    /// Waiting for a message.
    case idle
    /// In `handle`.
    case handling
    /// In `tick`.
    case ticking
    /// Paused by a control message.
    case paused
    /// Waiting before it tries again or restarts.
    case backingOff
    /// Has drained its old inbox in a resize, and waits for those that give keys to it.
    case handingOver
    /// In `stop`.
    case stopping
    /// Ended: it will do nothing any more.
    case ended

    /// The word for it.
    public var description: String {
        switch self {
        case .launching: "launching"
        case .starting: "starting"
        case .idle: "idle"
        case .handling: "handling"
        case .ticking: "ticking"
        case .paused: "paused"
        case .backingOff: "backing off"
        case .handingOver: "handing over"
        case .stopping: "stopping"
        case .ended: "ended"
        }
    }

    /// Whether the worker's own code is running, so that lasting long is the worker's doing.
    @inlinable public var isInWorker: Bool {
        switch self {
        case .starting, .handling, .ticking, .stopping: true
        case .launching, .idle, .paused, .backingOff, .handingOver, .ended: false
        }
    }
}

/// What a stall detector reads of a worker: words that only the worker's thread writes, on a cache
/// line of their own, and that anyone reads at any time without a lock.
///
/// The words are read one by one, so that a reading may mix two neighbouring moments. A stall is
/// what two readings agree on.
public final class WorkerVitals: Sendable {
    /// Keeps the words off the line of the object's reference count.
    private let padding = InlineArray<14, UInt64>(repeating: 0)
    @usableFromInline let phaseWord = Atomic<UInt8>(WorkerPhase.launching.rawValue)
    @usableFromInline let heartbeatCount = Atomic<UInt64>(0)
    @usableFromInline let messageOrdinal = Atomic<UInt64>(0)
    @usableFromInline let sinceNanoseconds = Atomic<UInt64>(0)
    /// Bit 0 says whether the thread has nothing to do. The rest is for how many nanoseconds that has
    /// been so in all; less, while it is so, the moment at which it began. One word, so that a
    /// reader never sees a span counted twice or not at all.
    @usableFromInline let idleWord = Atomic<UInt64>(0)
    private let paddingAfter = InlineArray<11, UInt64>(repeating: 0)

    /// Of a thread that has done nothing yet.
    public init() {}

    /// What the words say now. Any thread.
    public func read() -> Reading {
        Reading(
            // Acquiring: a reader that sees a phase sees the words written before it.
            phase: WorkerPhase(rawValue: phaseWord.load(ordering: .acquiring)) ?? .ended,
            heartbeats: heartbeatCount.load(ordering: .relaxed),
            ordinal: messageOrdinal.load(ordering: .relaxed),
            since: MonotonicTime(nanoseconds: sinceNanoseconds.load(ordering: .relaxed)))
    }

    /// For how many nanoseconds in all the thread has not been in the worker's own code: waiting for
    /// messages, paused, backing off, handing over. With what still lasts at `now`. Any thread.
    public func idleNanoseconds(until now: MonotonicTime) -> UInt64 {
        // Relaxed: the word says all by itself.
        let word = idleWord.load(ordering: .relaxed)
        guard word & 1 != 0 else { return word >> 1 }
        let sum = ((word >> 1) &+ now.nanoseconds) & (.max >> 1)
        // Negative where this is a moment before what still lasts began.
        return sum >> 62 == 0 ? sum : 0
    }

    /// What a worker was seen doing.
    public struct Reading: Equatable, Sendable {
        /// What its thread is in.
        public let phase: WorkerPhase
        /// Grows whenever the thread passes the head of its loop: at least once a message.
        public let heartbeats: UInt64
        /// Messages taken up so far, so the number of the one in hand, from 1; attempts count one.
        public let ordinal: UInt64
        /// When the thread last read the clock: as the phase began, and of messages that follow one
        /// another for every 32nd.
        public let since: MonotonicTime

        /// Memberwise.
        public init(phase: WorkerPhase, heartbeats: UInt64, ordinal: UInt64, since: MonotonicTime) {
            self.phase = phase
            self.heartbeats = heartbeats
            self.ordinal = ordinal
            self.since = since
        }
    }
}

extension WorkerVitals {
    // Called by the worker's thread alone: hence a load and a store where anybody else would need
    // an addition.

    /// Marks the head of the loop.
    @inlinable @inline(__always)
    func beat() {
        heartbeatCount.store(
            heartbeatCount.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Counts a message that is taken up.
    @inlinable @inline(__always)
    func takeUp() {
        let ordinal = messageOrdinal.load(ordering: .relaxed) &+ 1
        messageOrdinal.store(ordinal, ordering: .relaxed)
        if ordinal & 31 == 0 { readClock() }
    }

    /// Enters a phase.
    @inlinable
    func enter(_ phase: WorkerPhase) {
        readClock(isIdle: !phase.isInWorker)
        // Releasing: pairs with the acquiring load in `read`.
        phaseWord.store(phase.rawValue, ordering: .releasing)
    }

    /// Enters the phase of waiting.
    @inlinable @inline(__always)
    func enterIdle() { enter(.idle) }

    /// Begins a short wait, or ends it, without a change of phase: the time counts as idle.
    @inlinable
    func markIdle(_ isIdle: Bool) { readClock(isIdle: isIdle) }

    /// Whether the thread waits for a message, or is about to.
    var isIdle: Bool { phaseWord.load(ordering: .acquiring) == WorkerPhase.idle.rawValue }

    @inlinable
    func readClock() {
        sinceNanoseconds.store(MonotonicTime.now().nanoseconds, ordering: .relaxed)
    }

    @inlinable
    func readClock(isIdle: Bool) {
        let now = MonotonicTime.now().nanoseconds
        sinceNanoseconds.store(now, ordering: .relaxed)
        let word = idleWord.load(ordering: .relaxed)
        guard isIdle != (word & 1 != 0) else { return }
        let sum = word >> 1
        idleWord.store(isIdle ? (sum &- now) << 1 | 1 : (sum &+ now) << 1, ordering: .relaxed)
    }
}
