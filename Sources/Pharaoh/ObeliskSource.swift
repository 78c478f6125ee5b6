import Storage
import Synchronization

/// Gives out the values of one counter's file to any number of threads: tickets, and a horizon that
/// they wait for.
///
/// A ticket is the value itself: the counter in memory runs on, and whoever has taken a value waits
/// until the horizon is beyond it. A value whose wait ends in an error is never given out: there is
/// a gap instead.
package final class ObeliskSource<Operations: FileOperations & ~Copyable>: Sendable {
    /// The next value, alone on its cache lines: every caller writes it, and reads the horizon.
    private let upcoming: LonelyWord
    package let horizon: DurableHorizon<Operations>
    private let path: String
    /// Whether callers take turns, each with a sync of its own.
    private let isOneByOne: Bool
    /// Whether a block is half of the reservation, since the thread reserves the other half.
    private let takesHalf: Bool
    private let turn = WaitLock()

    /// Sequences over `file` in `mode`.
    package init(
        _ file: consuming ObeliskFile<Operations>, mode: ObeliskMode
    ) throws(ObeliskError) {
        path = file.path
        upcoming = LonelyWord(file.reserved)
        isOneByOne = mode == .each
        let rule = mode.rule
        horizon = DurableHorizon(file, rule: rule)
        takesHalf = false
        if rule.isAhead { try horizon.startThread(at: path) }
    }

    /// Sequences over `file` for one caller, who takes blocks of `blockSize`.
    package init(
        _ file: consuming ObeliskFile<Operations>, forOne reservation: ObeliskReservation
    ) throws(ObeliskError) {
        path = file.path
        upcoming = LonelyWord(file.reserved)
        isOneByOne = false
        takesHalf = reservation.isAhead
        horizon = DurableHorizon(
            file,
            rule: HorizonRule(
                reach: HorizonReach(
                    reservation.count, growingTo: reservation.most,
                    surplus: reservation.isAhead ? .half : .none),
                isAhead: reservation.isAhead))
        if reservation.isAhead { try horizon.startThread(at: path) }
    }

    deinit {
        // Dropped rather than closed: there is nobody left to tell about an error.
        try? horizon.close()
    }

    /// How many values one caller takes at once, to keep within the reservation.
    package var blockSize: UInt64 {
        takesHalf ? max(1, horizon.distance / 2) : horizon.distance
    }

    /// The next value, which is on the device.
    @inline(__always)
    package func next() throws(ObeliskError) -> UInt64 {
        guard !isOneByOne else { return try nextInTurn() }
        // Nothing is handed over but the number, so that no order is needed.
        let value = upcoming.word.wrappingAdd(1, ordering: .relaxed).oldValue
        try horizon.cover(value)
        return value
    }

    /// The next `count` values, of which it gives the first; all are on the device.
    package func take(_ count: UInt64) throws(ObeliskError) -> UInt64 {
        if isOneByOne { turn.lock() }
        defer { if isOneByOne { turn.unlock() } }
        let first = try claim(count)
        try horizon.cover(first + count - 1)
        return first
    }

    /// Takes the next `count` values, which are not on the device yet, and gives the first.
    private func claim(_ count: UInt64) throws(ObeliskError) -> UInt64 {
        precondition(count >= 1 && count <= 1 << 40, "\(count) values at once")
        // A counter that is used up must not run on until it wraps.
        guard upcoming.word.load(ordering: .relaxed) <= ObeliskFile<SystemOperations>.most else {
            throw .usedUp(path: path)
        }
        return upcoming.word.wrappingAdd(count, ordering: .relaxed).oldValue
    }

    /// As `next` for threads: suspends the task until the value is on the device.
    @inline(__always)
    nonisolated(nonsending) package func next() async throws(ObeliskError) -> UInt64 {
        guard !isOneByOne else { return try await take(1) }
        // As for threads.
        let value = upcoming.word.wrappingAdd(1, ordering: .relaxed).oldValue
        try await horizon.cover(value)
        return value
    }

    /// As `take` for threads: suspends the task until the values are on the device.
    nonisolated(nonsending) package func take(_ count: UInt64) async throws(ObeliskError) -> UInt64
    {
        guard isOneByOne else {
            let first = try claim(count)
            try await horizon.cover(first + count - 1)
            return first
        }
        // Turns are taken on the executor's thread, where waiting holds up nobody else.
        return try await horizon.startedExecutor().perform { [self] () throws(ObeliskError) in
            try take(count)
        }
    }

    @inline(never)
    private func nextInTurn() throws(ObeliskError) -> UInt64 { try take(1) }
}

/// A word that shares its cache lines with nothing that others write.
///
/// 128 bytes on both sides: processors fetch lines in pairs.
final class LonelyWord: Sendable {
    private let before = InlineArray<16, UInt64>(repeating: 0)
    let word: Atomic<UInt64>
    private let after = InlineArray<16, UInt64>(repeating: 0)

    init(_ value: UInt64) { word = Atomic(value) }
}
