import Randomness
import StateMachines

/// What a search has been at: which operations were done, and the state that they left.
///
/// A hash table with open addressing over one array of words. Its hash is kept up by who asks, one
/// exclusive-or for each operation done or undone (Zobrist, "A new hashing method with application for game
/// playing", 1970), and equality is that of the whole, so nothing is taken for what it is not.
/// Space: `words + 2` words a configuration.
struct ConfigurationCache {
    private let words: Int
    private let planted: Planted<CheckerMistake>
    private var count = 0
    /// Of each configuration its hash, its states, and its set of operations.
    private var entries: [UInt64] = []
    /// Numbers of configurations, from 1; 0 where there is none. As many as a power of two.
    private var slots: [UInt32] = Array(repeating: 0, count: 64)

    /// Configurations of sets that take this many words.
    init(words: Int, planted: Planted<CheckerMistake>) {
        self.words = words
        self.planted = planted
    }

    /// What an operation's being done adds to the hash.
    static func mark(of operation: Int) -> UInt64 {
        SplitMix64.mix(UInt64(operation) &+ 0x9E37_79B9_7F4A_7C15)
    }

    /// Notes a configuration; false where it was noted before. O(words) expected.
    ///
    /// - Parameter hash: the exclusive-or of the marks of all operations in `done`.
    mutating func insert(_ done: [UInt64], hash: UInt64, state: Int32, origin: Int32) -> Bool {
        let states =
            planted.has(.stateNotRemembered)
            ? 0 : UInt64(UInt32(bitPattern: state)) << 32 | UInt64(UInt32(bitPattern: origin))
        let hash = planted.has(.operationsNotRemembered) ? 0 : hash
        let mixed = SplitMix64.mix(hash ^ SplitMix64.mix(states))
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: mixed) & mask
        while slots[slot] != 0 {
            if holds(done, mixed, states, at: Int(slots[slot] - 1) * (words + 2)) { return false }
            slot = (slot + 1) & mask
        }
        count += 1
        slots[slot] = UInt32(count)
        entries.append(mixed)
        entries.append(states)
        entries.append(contentsOf: done)
        if count * 2 > slots.count { grow() }
        return true
    }

    private func holds(
        _ done: [UInt64], _ hash: UInt64, _ states: UInt64, at start: Int
    ) -> Bool {
        guard entries[start] == hash, entries[start + 1] == states else { return false }
        for word in 0..<words where entries[start + 2 + word] != done[word] {
            return planted.has(.operationsNotRemembered)
        }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: 0, count: slots.count * 2)
        let mask = slots.count - 1
        for number in 0..<count {
            var slot = Int(truncatingIfNeeded: entries[number * (words + 2)]) & mask
            while slots[slot] != 0 { slot = (slot + 1) & mask }
            slots[slot] = UInt32(number + 1)
        }
    }
}
