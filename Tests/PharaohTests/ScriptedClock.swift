import Pharaoh
import Synchronization

/// A clock that a test sets. Waiting moves it on, unless it stands still.
final class ScriptedClock: ScarabClock {
    private let time: Atomic<UInt64>
    private let pauses = Atomic<Int>(0)
    private let isStopped = Atomic(false)
    let idsPerReading: Int

    /// A clock that says `milliseconds` since 1970.
    init(_ milliseconds: UInt64, idsPerReading: Int = 1) {
        time = Atomic(milliseconds * 1_000_000)
        self.idsPerReading = idsPerReading
    }

    func now() -> UInt64 { time.load(ordering: .relaxed) }
    func hint() -> UInt64 { now() }

    func nap(_ nanoseconds: UInt64) {
        pauses.add(1, ordering: .relaxed)
        if !isStopped.load(ordering: .relaxed) { time.add(nanoseconds, ordering: .relaxed) }
    }

    /// How often somebody has waited.
    var naps: Int { pauses.load(ordering: .relaxed) }

    /// The time, in milliseconds since 1970.
    var milliseconds: UInt64 { now() / 1_000_000 }

    func set(_ milliseconds: UInt64) { time.store(milliseconds * 1_000_000, ordering: .relaxed) }

    /// Moves it by so many milliseconds, back as well.
    func step(_ milliseconds: Int64) {
        set(UInt64(Int64(self.milliseconds) + milliseconds))
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }
}

/// A limit in memory, which may refuse.
final class MemoryLimit: DurableLimit {
    private let limit: Atomic<UInt64>
    private let moves = Atomic<Int>(0)
    private let isBroken = Atomic(false)

    init(_ limit: UInt64 = 0) { self.limit = Atomic(limit) }

    func cover(_ number: UInt64) throws(ObeliskError) {
        if number < limit.load(ordering: .relaxed) { return }
        if isBroken.load(ordering: .relaxed) { throw .usedUp(path: "memory") }
        moves.add(1, ordering: .relaxed)
        limit.max(number + 4, ordering: .relaxed)
    }

    func close() throws(ObeliskError) {}

    func breakDown() { isBroken.store(true, ordering: .relaxed) }
    var position: UInt64 { limit.load(ordering: .relaxed) }
    var moveCount: Int { moves.load(ordering: .relaxed) }
}
