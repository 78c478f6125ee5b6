/// A hash table from keys to where their records lie: open addressing with linear probing, and
/// deletion by moving the followers back (Knuth, The Art of Computer Programming, volume 3, 6.4).
///
/// The keys lie one behind the other in one array, so that a key costs no allocation of its own.
struct IndexTable {
    /// Where a record lies.
    struct Location: Equatable {
        /// Which of the index's segments; 0 is none.
        var segment: UInt32
        /// Bytes of the whole record.
        var count: UInt32
        /// Where it begins.
        var offset: UInt64
    }

    private struct Slot {
        var hash: UInt64 = 0
        /// Where the key begins among the keys, and in the lowest 16 bits its length.
        var key: UInt64 = 0
        var location = Location(segment: 0, count: 0, offset: 0)

        var isEmpty: Bool { location.segment == 0 }
        var keyCount: Int { Int(key & 0xFFFF) }
        var keyRange: Range<Int> { Int(key >> 16)..<Int(key >> 16) + keyCount }
    }

    /// How many keys there are.
    private(set) var count = 0
    private var slots: [Slot] = []
    private var keys: [UInt8] = []
    /// Bytes of keys that nothing refers to any more.
    private var deadKeyBytes = 0

    /// Where the record of `key`, whose hash is `hash`, lies.
    func location(of key: Span<UInt8>, hash: UInt64) -> Location? {
        guard count > 0, let index = find(key, hash), !slots[index].isEmpty else { return nil }
        return slots[index].location
    }

    /// Notes where the record of `key` lies now; gives where it lay before.
    mutating func insert(
        _ key: Span<UInt8>, hash: UInt64, at location: Location
    ) -> Location? {
        if (count + 1) * 4 > slots.count * 3 { grow() }
        guard let index = find(key, hash) else {
            preconditionFailure("a table of \(slots.count) slots is full of \(count) keys")
        }
        if slots[index].isEmpty {
            slots[index] = Slot(
                hash: hash, key: UInt64(keys.count) << 16 | UInt64(key.count),
                location: location)
            keys.append(key)
            count += 1
            return nil
        }
        let before = slots[index].location
        slots[index].location = location
        return before
    }

    /// Forgets `key`; gives where its record lay.
    mutating func remove(_ key: Span<UInt8>, hash: UInt64) -> Location? {
        guard count > 0, let index = find(key, hash), !slots[index].isEmpty else { return nil }
        let before = slots[index].location
        deadKeyBytes += slots[index].keyCount
        count -= 1
        closeGap(at: index)
        if deadKeyBytes > 1 << 16 && deadKeyBytes * 2 > keys.count { gatherKeys() }
        return before
    }

    /// Lets `body` see every key, in no order that means anything.
    func forEach<Failure: Error>(
        _ body: (Span<UInt8>, Location) throws(Failure) -> Void
    ) throws(Failure) {
        for slot in slots where !slot.isEmpty {
            try body(keys.span.extracting(slot.keyRange), slot.location)
        }
    }

    /// The slot of a key, or the empty one where it would go; `nil` when there is neither.
    private func find(_ key: Span<UInt8>, _ hash: UInt64) -> Int? {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        for _ in 0...mask {
            if slots[index].isEmpty { return index }
            if slots[index].hash == hash && slots[index].keyCount == key.count
                && keys.span.extracting(slots[index].keyRange).holdsSame(as: key)
            {
                return index
            }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Empties a slot and moves those behind it back that would not be found any more.
    private mutating func closeGap(at index: Int) {
        let mask = slots.count - 1
        var gap = index
        var next = (gap + 1) & mask
        while !slots[next].isEmpty {
            let home = Int(truncatingIfNeeded: slots[next].hash) & mask
            // It may move unless its home lies cyclically behind the gap, up to itself.
            if (next - home) & mask >= (next - gap) & mask {
                slots[gap] = slots[next]
                gap = next
            }
            next = (next + 1) & mask
        }
        slots[gap] = Slot()
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(), count: max(16, old.count * 2))
        let mask = slots.count - 1
        for slot in old where !slot.isEmpty {
            var index = Int(truncatingIfNeeded: slot.hash) & mask
            while !slots[index].isEmpty { index = (index + 1) & mask }
            slots[index] = slot
        }
    }

    private mutating func gatherKeys() {
        var gathered: [UInt8] = []
        gathered.reserveCapacity(keys.count - deadKeyBytes)
        for index in slots.indices where !slots[index].isEmpty {
            let start = UInt64(gathered.count)
            gathered += keys[slots[index].keyRange]
            slots[index].key = start << 16 | UInt64(slots[index].keyCount)
        }
        keys = gathered
        deadKeyBytes = 0
    }
}
