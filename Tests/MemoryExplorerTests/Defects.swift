@testable import Channels
@testable import MemoryExplorer

// SAFETY (of all): what a caller hands over is handed on.

/// Never passes a fence of its own.
enum WithoutFence: Weakened {
    static func fenceSequentiallyConsistent() {}
}

/// Loads of four bytes that acquire nothing: tokens, and states of slots.
enum UnacquiredWords: Weakened {
    static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt32 {
        unsafe ExploredAtomics.loadRelaxed(word)
    }
}

/// Loads of eight bytes that acquire nothing: stamps and positions.
enum UnacquiredPositions: Weakened {
    static func loadAcquiring(_ word: UnsafeMutableRawPointer) -> UInt64 {
        unsafe ExploredAtomics.loadRelaxed(word)
    }
}

/// Waits that take the line, and acquire nothing by it.
enum UnacquiredPolls: Weakened {
    static func compareExchangeAcquiring(
        _ word: UnsafeMutableRawPointer, expected: UInt32, desired: UInt32
    ) -> UInt32 {
        UInt32(
            unsafe ExploredAtomics.perform(
                .compareExchange(
                    expected: UInt64(expected), desired: UInt64(desired), isAcquiring: false,
                    isReleasing: false), word))
    }
}

/// Claims of positions that do not release what their thread knows.
enum UnreleasedClaims: Weakened {
    static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.compareExchangeAcquiring(word, expected: expected, desired: desired)
    }
}

/// An SPSC channel's consumer that gives room back without saying that the element is out: of the two
/// words of a block, the one at its fourth byte is the consumer's.
enum UnreleasedRoom: Weakened {
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        if UInt(bitPattern: word) & 63 == 4 {
            unsafe ExploredAtomics.storeRelaxed(word, value)
        } else {
            unsafe ExploredAtomics.storeReleasing(word, value)
        }
    }
}

/// Receivers of a ring of one slot that give it back without saying that the element is out: stamps of
/// free slots are even there.
enum UnreleasedSlots: Weakened {
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt64) {
        if value & 1 == 0 {
            unsafe ExploredAtomics.storeRelaxed(word, value)
        } else {
            unsafe ExploredAtomics.storeReleasing(word, value)
        }
    }
}

/// References to segments that are given up without order: the last one does not know what others did.
enum UnorderedDrops: Weakened {
    static func addAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ amount: UInt64
    ) -> UInt64 {
        guard Int64(bitPattern: amount) < 0 else {
            return unsafe ExploredAtomics.addAcquiringAndReleasing(word, amount)
        }
        return unsafe ExploredAtomics.perform(
            .update(.add(amount), isAcquiring: false, isReleasing: false), word)
    }
}

/// Segments that are taken for their next life without acquiring what was done in the last one.
enum UnorderedReuse: Weakened {
    static func exchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ value: UInt64
    ) -> UInt64 {
        unsafe ExploredAtomics.perform(
            .update(.exchange(value), isAcquiring: false, isReleasing: false), word)
    }
}

/// Receivers that say that they are through with a slot, and not what they did there.
enum UnreleasedEnds: Weakened {
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        if value == SlotState.done {
            unsafe ExploredAtomics.storeRelaxed(word, value)
        } else {
            unsafe ExploredAtomics.storeReleasing(word, value)
        }
    }
}

/// Receivers of numbers that say that they are through with a slot before they have read it, and not
/// after it.
enum PrematureEnds: Weakened {
    static func storeReleasing(_ word: UnsafeMutableRawPointer, _ value: UInt32) {
        if value != SlotState.done { unsafe ExploredAtomics.storeReleasing(word, value) }
    }

    static func willRead<Value: ~Copyable>(
        _ address: UnsafeMutablePointer<Value>, count: Int
    ) {
        let slot = unsafe UnsafeMutableRawPointer(address) - SegmentLayout<Int>.elementOffset
        unsafe ExploredAtomics.storeReleasing(slot, SlotState.done)
        unsafe ExploredAtomics.willRead(address, count: count)
    }
}

/// Looks that hold no reference to the segment that they look at.
enum Unpeeked: Weakened {
    static func addAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, _ amount: UInt64
    ) -> UInt64 {
        let counted = amount == ReceiveTickets.peek ? 0 : amount
        return unsafe ExploredAtomics.addAcquiringAndReleasing(word, counted)
    }

    static func compareExchangeAcquiringAndReleasing(
        _ word: UnsafeMutableRawPointer, expected: UInt64, desired: UInt64
    ) -> UInt64 {
        // What was not taken is not given back either.
        if expected &- desired == ReceiveTickets.peek { return expected }
        return unsafe ExploredAtomics.compareExchangeAcquiringAndReleasing(
            word, expected: expected, desired: desired)
    }
}
